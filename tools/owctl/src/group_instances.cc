// SPDX-License-Identifier: GPL-2.0
#include "group_instances.h"

#include <algorithm>

namespace owctl {
namespace {

bool has_user(const std::vector<PolicyUser>& users, uint32_t uid) {
  return std::any_of(users.begin(), users.end(),
                     [&](const auto& user) { return user.uid == uid; });
}

const RestartGroup* find_group(const RestartPolicy& policy,
                               const std::string& name) {
  const auto found =
      std::find_if(policy.groups.begin(), policy.groups.end(),
                   [&](const auto& group) { return group.name == name; });
  return found == policy.groups.end() ? nullptr : &*found;
}

class Finding {
 public:
  Finding(const RestartPolicy& policy, const std::vector<Candidate>& candidates)
      : policy_(policy), candidates_(candidates) {
    for (size_t i = 0; i < candidates.size(); ++i)
      if (candidates[i].pid != kInitPid && has_group(policy, candidates[i]))
        grouped_.push_back(i);
  }

  std::vector<GroupInstance> run() {
    for (const auto& group : policy_.groups)
      find(group);
    for (auto& instance : found_) {
      for (const auto& name : instance.group->depends_on)
        add_parts_of(name, instance, instance.providers);
      if (instance.group->parent_after > 0)
        add_parts_of(parent_group(instance.group->name), instance,
                     instance.family);
    }
    return std::move(found_);
  }

 private:
  void find(const RestartGroup& group) {
    std::map<std::optional<uint32_t>, GroupInstance> by_owner;
    for (const size_t i : grouped_) {
      const Candidate& candidate = candidates_[i];
      if (!group_covers(group.name, candidate.group))
        continue;
      std::optional<uint32_t> owner;
      if (group.users.empty())
        owner = candidate.uid;
      else if (!has_user(group.users, candidate.uid))
        continue;
      auto& instance = by_owner[owner];
      instance.group = &group;
      instance.owner = owner;
      instance.members.push_back(i);
    }
    for (auto& [owner, instance] : by_owner)
      found_.push_back(std::move(instance));
  }

  // Those of the other group that this one has to do with: of the users that
  // the policy says, else of its own.
  void add_parts_of(const std::string& name, const GroupInstance& instance,
                    std::vector<size_t>& to) const {
    const RestartGroup* const other = find_group(policy_, name);
    for (const size_t i : grouped_) {
      const Candidate& candidate = candidates_[i];
      if (!group_covers(name, candidate.group))
        continue;
      const bool counts = other != nullptr && !other->users.empty()
                              ? has_user(other->users, candidate.uid)
                          : instance.owner
                              ? candidate.uid == *instance.owner
                              : has_user(instance.group->users, candidate.uid);
      if (counts)
        to.push_back(i);
    }
  }

  const RestartPolicy& policy_;
  const std::vector<Candidate>& candidates_;
  std::vector<size_t> grouped_;
  std::vector<GroupInstance> found_;
};

}  // namespace

std::string GroupInstance::history_key() const {
  return owner ? fmt::format("group {} {}", *owner, group->name)
               : fmt::format("group * {}", group->name);
}

std::vector<GroupInstance> group_instances(
    const RestartPolicy& policy, const std::vector<Candidate>& candidates) {
  return Finding(policy, candidates).run();
}

// The nearest one that names its users decides.
bool has_group(const RestartPolicy& policy, const Candidate& candidate) {
  if (!is_group_name(candidate.group))
    return false;
  for (std::string name = candidate.group; !name.empty();
       name = parent_group(name))
    if (const auto* group = find_group(policy, name);
        group != nullptr && !group->users.empty())
      return has_user(group->users, candidate.uid);
  return true;
}

}  // namespace owctl
