// SPDX-License-Identifier: GPL-2.0
// Groups that depend on each other in a circle, of which none can be restarted
// before the other.
#ifndef OWCTL_POLICY_CYCLES_H
#define OWCTL_POLICY_CYCLES_H

#include <optional>
#include <string>
#include <vector>

#include "restart_policy.h"

namespace owctl {

struct DependencyCycle {
  size_t group = 0;  // one of it, that has dependencies
  std::string path;  // "a -> b -> a"
};

std::optional<DependencyCycle> find_cycle(
    const std::vector<RestartGroup>& groups);

}  // namespace owctl

#endif
