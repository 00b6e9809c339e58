// SPDX-License-Identifier: GPL-2.0
// Pacts as processes write them, and a mock process that has one.
#pragma once

#include <uapi/linux/otherworld.h>

#include <cstring>
#include <string_view>

#include "parse_mock_machine.h"

namespace mock {

inline void seal(otherworld_pact_copy& copy) {
  constexpr size_t kSkip = sizeof(copy.checksum);
  copy.checksum = xxh64(&copy.sequence, sizeof(copy) - kSkip, 0);
}

inline otherworld_pact_copy pact_copy(uint64_t sequence,
                                      std::string_view group) {
  otherworld_pact_copy copy = {};
  copy.sequence = sequence;
  copy.procedure = 0x401000;
  copy.action = OTHERWORLD_ACTION_RELOAD;
  copy.limit_ms = 250;
  std::memcpy(copy.group, group.data(), group.size());
  seal(copy);
  return copy;
}

// The second copy is the newer one.
inline otherworld_pact pact(int32_t pid) {
  otherworld_pact page = {};
  page.magic = OTHERWORLD_PACT_MAGIC;
  page.version = OTHERWORLD_PACT_VERSION;
  page.pid = pid;
  page.copies[0] = pact_copy(6, "old");
  page.copies[1] = pact_copy(7, "shop");
  page.running.tid = 5;
  return page;
}

// Where it is in each process that has one.
constexpr uint64_t kPactAt = 0x600000;

struct PactHolder {
  Process process;
  uint64_t page = 0;  // physical
};

// A child of the idle task that asked for something by the device.
inline PactHolder populate_pact(Machine& machine, int pid) {
  const uint64_t device = machine.make("file_operations");
  machine.layout.table[OW_A_ow_fops].value = device;
  PactHolder made;
  made.process = machine.process(pid, 0, "asker");
  const uint64_t name = machine.dentry("otherworld", machine.root_dentry,
                                       machine.inode(0020666, "devtmpfs"));
  const uint64_t file = machine.file(machine.root_mount, name);
  machine.set(file, OW_F_file_f_op, device);
  machine.vma(made.process, kPactAt, kPactAt + 4096,
              machine.constant(OW_C_VM_READ) | machine.constant(OW_C_VM_WRITE),
              file);
  machine.finish_maps(made.process);
  made.page = machine.page();
  machine.user_page(made.process, kPactAt, made.page / 4096);
  machine.mem.put(made.page, pact(pid));
  return made;
}

}  // namespace mock
