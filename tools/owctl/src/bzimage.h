// SPDX-License-Identifier: GPL-2.0
// What the boot protocol says in the head of a kernel image
// (Documentation/arch/x86/boot.rst).
#ifndef OWCTL_BZIMAGE_H
#define OWCTL_BZIMAGE_H

#include <cstdint>
#include <string>
#include <string_view>

#include "result.h"

namespace owctl {

struct BzImage {
  unsigned protocol = 0;      // 0x20f is 2.15
  uint64_t init_size = 0;     // memory it needs to unpack itself and start
  uint64_t cmdline_size = 0;  // longest command line it takes
  bool relocatable = false;   // else it cannot run in a crash region
  bool above_4g = false;      // may be loaded above 4 GiB
  std::string release;        // as `uname -r`
  std::string build;          // as `uname -v`
};

// The longest prefix of the file that parse_bzimage() looks at.
inline constexpr size_t kBzImageHead = 0x10000;

Result<BzImage> parse_bzimage(std::string_view head);

}  // namespace owctl

#endif
