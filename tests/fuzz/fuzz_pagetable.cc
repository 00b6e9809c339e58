// SPDX-License-Identifier: GPL-2.0
// Any bytes as page tables: every address is translated or refused, and what
// is read stays inside the memory there is.
#include <cstdlib>
#include <vector>

#include "input.h"
#include "ow_pagetable.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input in(data, size);
  ow_pagetable pt{};
  pt.levels = in.take<uint8_t>() & 1 ? 5 : 4;
  pt.root = ow_phys_at(fuzz::kMemoryStart);
  pt.text_start = ow_virt_at(0xffffffff80000000);
  pt.text_size = in.take<uint32_t>();
  pt.phys_base = in.take<uint64_t>();
  uint64_t addresses[4];
  for (auto& at : addresses)
    at = in.take<uint64_t>();
  auto len = in.take<uint16_t>();
  fuzz::Memory memory(in.rest());
  pt.mem = memory.get();

  std::vector<uint8_t> out(len);
  for (uint64_t at : addresses) {
    ow_fault_info why{};
    ow_mapping map;
    if (ow_virt_to_phys(&pt, ow_virt_at(at), &map, &why) == OW_OK &&
        (map.left == 0 || map.left > map.page_size ||
         map.phys.a >= OW_PHYS_LIMIT))
      std::abort();
    if (ow_virt_read(&pt, ow_virt_at(at), out.data(), out.size(), &why) !=
        OW_OK) {
      for (uint8_t byte : out)
        if (byte != 0)
          std::abort();
    }
  }
  return 0;
}
