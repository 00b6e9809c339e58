// SPDX-License-Identifier: GPL-2.0
// The policy's groups, as they are found among processes.
#ifndef OWCTL_GROUP_INSTANCES_H
#define OWCTL_GROUP_INSTANCES_H

#include <optional>
#include <vector>

#include "decide.h"

namespace owctl {

inline constexpr int kInitPid = 1;

// Processes by their place among the candidates.
struct GroupInstance {
  const RestartGroup* group = nullptr;
  // Whose processes these are; none if the policy names the group's users.
  std::optional<uint32_t> owner;
  std::vector<size_t> members;
  std::vector<size_t> providers;  // on whose restart it depends
  std::vector<size_t> family;     // in the group that it is part of

  [[nodiscard]] std::string history_key() const;
};

// Process 1 is in none.
std::vector<GroupInstance> group_instances(
    const RestartPolicy& policy, const std::vector<Candidate>& candidates);

// Whether the policy lets it belong to the group that it says; one that has no
// users there is anybody's.
bool has_group(const RestartPolicy& policy, const Candidate& candidate);

}  // namespace owctl

#endif
