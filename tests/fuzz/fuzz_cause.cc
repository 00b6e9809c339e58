// SPDX-License-Identifier: GPL-2.0
// Any bytes as the lines of a log: the cause is one printable line.
#include <cstdlib>

#include "input.h"
#include "ow_cause.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input in(data, size);
  static ow_cause cause;
  ow_cause_init(&cause);

  // Each record: a byte of time passed since the last one, then one line.
  auto rest = in.rest();
  ow_log_record rec{};
  while (!rest.empty()) {
    rec.ts_nsec += static_cast<uint64_t>(static_cast<uint8_t>(rest[0])) << 28;
    rest.remove_prefix(1);
    size_t len = rest.find('\n');
    if (len == std::string_view::npos)
      len = rest.size();
    rec.text = rest.data();
    rec.len = static_cast<uint32_t>(len);
    ow_cause_feed(&cause, &rec);
    rec.seq++;
    rest.remove_prefix(len < rest.size() ? len + 1 : len);
  }

  ow_cause_found found;
  ow_cause_finish(&cause, &found);
  for (const char* p = found.text; *p != 0; p++)
    if (static_cast<uint8_t>(*p) < 0x20)
      std::abort();
  if ((found.kind == OW_CAUSE_UNKNOWN) != (found.text[0] == 0))
    std::abort();
  return 0;
}
