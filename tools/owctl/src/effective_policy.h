// SPDX-License-Identifier: GPL-2.0
// The policy that a crash at this moment would go by.
#ifndef OWCTL_EFFECTIVE_POLICY_H
#define OWCTL_EFFECTIVE_POLICY_H

#include <optional>
#include <string>

#include "files.h"
#include "policy.h"

namespace owctl {

struct EffectivePolicy {
  RestartPolicy restart;
  // "armed", "file" (nothing is armed) or "built-in" (nor is there a file)
  std::string source;
  std::optional<Policy> armed;
  std::string warning;  // the file says something else by now
};

Result<EffectivePolicy> effective_policy(const Paths& paths);

}  // namespace owctl

#endif
