// SPDX-License-Identifier: GPL-2.0
// /proc/PID/stat: "PID (NAME) STATE PPID GROUP SESSION TTY TPGID FLAGS...".
#ifndef OWCTL_PROC_STAT_H
#define OWCTL_PROC_STAT_H

#include <optional>
#include <string>
#include <string_view>

namespace owctl {

struct ProcStat {
  std::string name;
  std::string rest;  // from the state on
};

// Nothing if there is no name in it, or nothing behind that. The name may have
// anything in it, brackets too.
std::optional<ProcStat> parse_proc_stat(std::string_view text);

}  // namespace owctl

#endif
