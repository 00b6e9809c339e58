// SPDX-License-Identifier: GPL-2.0
#include "effective_policy.h"

#include "armed_policy.h"
#include "kernel_state.h"
#include "policy_file.h"

namespace owctl {

Result<EffectivePolicy> effective_policy(const Paths& paths) {
  EffectivePolicy effective;
  const auto kernel = read_kernel_state(paths);
  if (kernel && kernel->state == State::kArmed)
    effective.armed = remembered_policy(paths, kernel->generation);
  auto file = read_default_policy(paths);
  if (effective.armed) {
    effective.restart = effective.armed->restart;
    effective.source = "armed";
    if (!file || *file != effective.restart)
      effective.warning = fmt::format(
          "{} is not what is armed: owctl arm makes it so", kPolicyFile);
    return effective;
  }
  if (!file)
    return file.error();
  effective.restart = std::move(*file);
  effective.source = exists(paths(kPolicyFile)) ? "file" : "built-in";
  return effective;
}

}  // namespace owctl
