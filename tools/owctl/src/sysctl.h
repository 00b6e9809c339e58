// SPDX-License-Identifier: GPL-2.0
// The sysctls that turn every fatal fault into a panic, and the way back.
#ifndef OWCTL_SYSCTL_H
#define OWCTL_SYSCTL_H

#include <string>
#include <utility>
#include <vector>

#include "files.h"
#include "policy.h"
#include "reporter.h"

namespace owctl {

// What arming sets. kernel.sysrq is left alone: who may press keys is the
// administrator's decision.
const SysctlValues& armed_sysctls();

// What the next kernel would get wrong, as the values are now: limits that a
// kernel derives at boot from the memory it has free then, which in a crash
// kernel is little; the console's log level, which is low while it boots; what
// a panic does, which is a reset as long as nobody is armed; and kernel.sysrq,
// which a dead kernel cannot be asked for (set_sysctls() is for those it can).
SysctlValues carried_sysctls(const Paths& paths);

Result<std::string> read_sysctl(const Paths& paths, const std::string& name);
Result<> write_sysctl(const Paths& paths, const std::string& name,
                      std::string_view value);

// The values from before anything was armed: those remembered on disk if they
// belong to this boot or, after a takeover, to the generations before it
// (`carried` from the policy when the disk has none), else the present ones.
SysctlValues original_sysctls(const Paths& paths, unsigned generation,
                              const SysctlValues& carried);

bool sysctls_remembered(const Paths& paths);

// Remembers them for `owctl disarm`.
Result<> remember_sysctls(const Paths& paths, const SysctlValues& original);

// A sysctl this kernel does not have is no error; one that refuses is a
// warning. Returns how many were set.
unsigned apply_sysctls(const Paths& paths, const SysctlValues& values,
                       Reporter& reporter);

struct SysctlFailure {
  std::string name;
  Error error;
};

// Sets those that are not so already, in this order, and tells which would not
// be set. One that was set by setting another is not set again.
std::vector<SysctlFailure> set_sysctls(
    const Paths& paths,
    const std::vector<std::pair<std::string, std::string>>& wanted);

// Puts the remembered values back and forgets them.
Result<> restore_sysctls(const Paths& paths, Reporter& reporter);

}  // namespace owctl

#endif
