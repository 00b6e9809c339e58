// SPDX-License-Identifier: GPL-2.0
// The pacts of a DumpModel.
#include "dump_reader.h"

namespace owctl {

void doubt_pact(DumpPact& pact, const ow_fault_info& why) {
  if (pact.at != 0 || !pact.state)
    return;
  pact.state.reset();
  pact.reason = fault_text(why);
}

void DumpReader::read_pact(const ow_task& body, const ow_vma& vma,
                           ow_user_tables* tables, DumpPact& pact) {
  ow_cursor c = cursor();
  // The kernel takes the first, too.
  if (pact.at != 0)
    return;
  if (!::ow_vma_is_pact(&c, &vma)) {
    if (!::ow_cursor_ok(&c))
      doubt_pact(pact, c.fault);
    return;
  }
  ow_dead_pact dead = {};
  const bool is_read = ::ow_dead_pact_read(&c, tables, &body, vma.start, &dead);
  pact = {};
  pact.at = vma.start;
  pact.state.reset();
  pact.swapped_out = dead.swapped_out;
  if (!is_read)
    pact.reason = fault_text(c.fault);
  else if (!dead.swapped_out)
    pact.state = dead.state;
  if (pact.state != OTHERWORLD_PACT_VALID)
    return;
  const otherworld_pact_copy& copy = dead.pact.copy;
  pact.has_procedure = copy.procedure != 0;
  pact.action = copy.action;
  pact.limit_ms = copy.limit_ms;
  pact.group = copy.group;
}

}  // namespace owctl
