// SPDX-License-Identifier: GPL-2.0
// Any bytes as a whole dead kernel, VMCOREINFO and memory: its log is walked,
// formatted and searched for a cause, and that ends.
#include <cstdlib>

#include "input.h"
#include "ow_cause.h"

namespace {

struct Visit {
  ow_cause cause;
  uint64_t count;
};

bool record(void* priv, const ow_log_record* rec) {
  auto* visit = static_cast<Visit*>(priv);
  ow_cause_feed(&visit->cause, rec);
  char line[256];
  size_t n =
      ow_log_format(rec, OW_LOG_CALLER | OW_LOG_LEVEL, line, sizeof(line));
  if (std::strlen(line) != (n < sizeof(line) ? n : sizeof(line) - 1))
    std::abort();
  // A ring of a million equal records is correct, and takes too long here.
  return ++visit->count < 4096;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input in(data, size);
  auto text_len = in.take<uint16_t>();
  auto text = in.text(text_len);
  fuzz::Memory memory(in.rest());

  ow_fault_info why{};
  ow_vmcoreinfo vi;
  ow_pagetable pt;
  ow_log log;
  if (ow_vmcoreinfo_init(&vi, text.data(), text.size(), &why) != OW_OK ||
      ow_pagetable_init(&pt, memory.get(), &vi, &why) != OW_OK ||
      ow_log_open(&log, &pt, &vi, &why) != OW_OK)
    return 0;
  // The walk's own bound is minutes of a sanitizer's time.
  if (log.count_bits > 12)
    return 0;

  Visit visit{};
  ow_cause_init(&visit.cause);
  ow_log_visitor visitor{record, &visit};
  ow_log_stats stats;
  char buf[OW_LOG_TEXT_MAX];
  (void)!ow_log_walk(&log, buf, sizeof(buf), &visitor, &stats, &why);
  if (stats.records != visit.count || stats.records + stats.recycled +
                                              stats.dropped + stats.torn +
                                              stats.unreadable >
                                          1ULL << log.count_bits)
    std::abort();
  ow_cause_found found;
  ow_cause_finish(&visit.cause, &found);
  if (std::strlen(found.text) >= sizeof(found.text))
    std::abort();
  return 0;
}
