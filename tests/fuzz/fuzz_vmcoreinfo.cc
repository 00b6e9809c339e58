// SPDX-License-Identifier: GPL-2.0
// Any bytes as VMCOREINFO: every question about them has an answer.
#include <cstdlib>

#include "input.h"
#include "ow_vmcoreinfo.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ow_fault_info why{};
  ow_vmcoreinfo vi;
  std::string_view text(reinterpret_cast<const char*>(data), size);

  // The same bytes as an ELF note, with the text behind a header.
  fuzz::Memory memory(text);
  char buf[4096];
  if (ow_vmcoreinfo_read_note(&vi, memory.get(), ow_phys_at(fuzz::kMemoryStart),
                              buf, sizeof(buf), &why) != OW_OK) {
    char line[OW_FAULT_TEXT_MAX];
    ow_fault_format(&why, line, sizeof(line));
  }

  if (ow_vmcoreinfo_init(&vi, text.data(), text.size(), &why) != OW_OK)
    return 0;
  u64 n = 0;
  s64 num = 0;
  ow_virt sym;
  char value[64];
  for (const char* name : {"prb", "prb_desc", "prb_desc.state_var", "phys_base",
                           "PAGESIZE", "OSRELEASE", "KERNELOFFSET", ""}) {
    (void)!ow_vmcoreinfo_symbol(&vi, name, &sym, &why);
    (void)!ow_vmcoreinfo_offset(&vi, name, &n, &why);
    (void)!ow_vmcoreinfo_size(&vi, name, &n, &why);
    (void)!ow_vmcoreinfo_length(&vi, name, &n, &why);
    (void)!ow_vmcoreinfo_number(&vi, name, &num, &why);
    (void)!ow_vmcoreinfo_decimal(&vi, name, &n, &why);
    (void)!ow_vmcoreinfo_hex(&vi, name, &n, &why);
    if (ow_vmcoreinfo_string(&vi, name, value, sizeof(value), &why) == OW_OK &&
        std::strlen(value) >= sizeof(value))
      std::abort();
  }
  return 0;
}
