// SPDX-License-Identifier: GPL-2.0
// What a dump tells about the kernel that died.
#ifndef OWCTL_DEAD_KERNEL_H
#define OWCTL_DEAD_KERNEL_H

#include <cstdint>
#include <string>

#include "result.h"

namespace owctl {

class DumpFile;

struct DeadKernel {
  std::string vmcoreinfo;
  std::string release;  // as its `uname -r`
  std::string build_id;
  uint64_t crash_time = 0;  // seconds since 1970; 0: unknown
  std::string log;          // as dmesg would show it
  std::string backtrace;    // the log from where the end began
  std::string cause;        // in one line; empty if the log does not tell
  std::string problem;      // of the dump, or why the log may have gaps
};

// An unreadable log is a `problem`; an unreadable dump is an error.
Result<DeadKernel> read_dead_kernel(const DumpFile& dump);
Result<DeadKernel> read_dead_kernel(const std::string& vmcore);

}  // namespace owctl

#endif
