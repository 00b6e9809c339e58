// SPDX-License-Identifier: GPL-2.0
// Ways to kill the running kernel on purpose.
#ifndef OWCTL_TRIGGER_H
#define OWCTL_TRIGGER_H

#include <span>
#include <string>
#include <string_view>

#include "files.h"
#include "reporter.h"
#include "result.h"

namespace owctl {

enum class TriggerBy {
  kLkdtm,    // a word for /sys/kernel/debug/provoke-crash/DIRECT
  kProvoke,  // a word for /sys/kernel/debug/otherworld/provoke
  kSysrq,    // a key for /proc/sysrq-trigger
};

// A sysctl or module parameter that makes the detector quick.
struct Threshold {
  std::string_view file;
  std::string_view value;
};

struct TriggerKind {
  std::string_view name;
  std::string_view summary;
  TriggerBy by;
  std::string_view word;
  // Without this sysctl at 1 only the calling process dies, or nothing does.
  std::string_view needs_sysctl;
  std::span<const Threshold> fast;
};

std::span<const TriggerKind> trigger_kinds();
Result<TriggerKind> find_trigger(std::string_view name);
std::string trigger_file(TriggerBy by);

// Lowers the thresholds; what this kernel does not have is left out.
void hurry(const Paths& paths, const TriggerKind& kind, Reporter& reporter);

// Mounts debugfs if needed and checks that the kernel has this kind.
Result<> prepare_trigger(const Paths& paths, const TriggerKind& kind);

Result<> pin_to_cpu(unsigned cpu);

// Returns only if the kernel survived it.
Result<> pull_trigger(const Paths& paths, const TriggerKind& kind);

}  // namespace owctl

#endif
