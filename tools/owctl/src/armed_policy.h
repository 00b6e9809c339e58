// SPDX-License-Identifier: GPL-2.0
// A copy of the policy that is armed, for `owctl status` to show: the one that
// counts is in the crash initramfs, where nobody can look.
#ifndef OWCTL_ARMED_POLICY_H
#define OWCTL_ARMED_POLICY_H

#include <optional>

#include "files.h"
#include "policy.h"

namespace owctl {

// Written only if it is another one: the root may be read-only still when a
// later generation arms.
Result<> remember_policy(const Paths& paths, unsigned generation,
                         const Policy& policy);

// Nothing if it is of an earlier boot, and no takeover was between.
std::optional<Policy> remembered_policy(const Paths& paths,
                                        unsigned generation);

Result<> forget_policy(const Paths& paths);

}  // namespace owctl

#endif
