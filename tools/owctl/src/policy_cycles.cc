// SPDX-License-Identifier: GPL-2.0
#include "policy_cycles.h"

#include <algorithm>

namespace owctl {
namespace {

class Search {
 public:
  explicit Search(const std::vector<RestartGroup>& groups)
      : groups_(groups), state_(groups.size(), State::kNew) {}

  std::optional<DependencyCycle> run() {
    for (size_t i = 0; i < groups_.size() && !found_; ++i)
      visit(i);
    return std::move(found_);
  }

 private:
  enum class State { kNew, kOnTheWay, kDone };

  // The restart of a group is one of what it is part of, and of its parts.
  [[nodiscard]] bool touches(size_t group, const std::string& name) const {
    return group_covers(groups_[group].name, name) ||
           group_covers(name, groups_[group].name);
  }

  void visit(size_t group) {
    if (state_[group] == State::kOnTheWay)
      tell(group);
    if (state_[group] != State::kNew)
      return;
    state_[group] = State::kOnTheWay;
    way_.push_back(group);
    for (const auto& name : groups_[group].depends_on)
      for (size_t next = 0; next < groups_.size() && !found_; ++next)
        if (touches(next, name))
          visit(next);
    way_.pop_back();
    state_[group] = State::kDone;
  }

  void tell(size_t group) {
    found_ = DependencyCycle{group, {}};
    for (auto it = std::find(way_.begin(), way_.end(), group); it != way_.end();
         ++it)
      found_->path += groups_[*it].name + " -> ";
    found_->path += groups_[group].name;
  }

  const std::vector<RestartGroup>& groups_;
  std::vector<State> state_;
  std::vector<size_t> way_;
  std::optional<DependencyCycle> found_;
};

}  // namespace

std::optional<DependencyCycle> find_cycle(
    const std::vector<RestartGroup>& groups) {
  return Search(groups).run();
}

}  // namespace owctl
