// SPDX-License-Identifier: GPL-2.0
// The kernel command line: taken apart, filtered for the next kernel.
#ifndef OWCTL_CMDLINE_H
#define OWCTL_CMDLINE_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace owctl {

// Words as the kernel sees them: white space separates, double quotes protect.
std::vector<std::string> cmdline_words(std::string_view cmdline);

// The value of the last `name=value`; empty for a bare `name`.
std::optional<std::string> cmdline_value(std::string_view cmdline,
                                         std::string_view name);

enum class CrashKernelKind { kTakeover, kPlainKdump };

// The crash kernel's command line: the running kernel's without what belongs
// to one boot only, then the word that asks for a takeover, then `append`.
std::string crash_cmdline(std::string_view current, CrashKernelKind kind,
                          std::string_view append);

struct RootOptions {
  std::string root;       // /dev/vda1, UUID=…, PARTUUID=…, LABEL=…
  std::string type;       // empty: try what the kernel knows
  std::string flags;      // as for mount -o
  bool read_only = true;  // the kernel's own default
  std::string init;       // empty: the usual places
};

RootOptions root_options(std::string_view cmdline);

}  // namespace owctl

#endif
