// SPDX-License-Identifier: GPL-2.0
// The restart policy: what becomes of which process after a takeover, as an
// administrator wrote it in policy.toml. It is read from there by policy_file,
// sealed as JSON when the crash kernel is armed, and followed by decide().
#ifndef OWCTL_RESTART_POLICY_H
#define OWCTL_RESTART_POLICY_H

#include <linux/otherworld.h>

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "result.h"

namespace owctl {

using Duration = std::chrono::milliseconds;

// "500ms", "10s", "2m", "1h"; nothing if it is none, or too long for a number.
std::optional<Duration> parse_duration(std::string_view text);
// As short as it is exact.
std::string format_duration(Duration duration);

// "continue", "procedure", "hot-restart", "reload", "terminate"
const char* action_name(unsigned action);
std::optional<otherworld_action> action_from(std::string_view word);
inline bool is_restart(otherworld_action action) {
  return action >= OTHERWORLD_ACTION_HOT_RESTART;
}

// What a rule says: an action, or "wish": what the process asks for.
class Choice {
 public:
  Choice() = default;
  Choice(otherworld_action action) : action_(action) {}
  // Nothing: "wish".
  [[nodiscard]] std::optional<otherworld_action> action() const {
    return action_;
  }
  [[nodiscard]] std::string word() const {
    return action_ ? action_name(*action_) : "wish";
  }
  bool operator==(const Choice& other) const = default;

 private:
  std::optional<otherworld_action> action_;
};
std::optional<Choice> choice_from(std::string_view word);

// What actions follow if it happens again within a time, the milder first.
using Ladder = std::vector<otherworld_action>;

// A user as the file names it, and the number that it stood for.
struct PolicyUser {
  std::string name;
  uint32_t uid = 0;
  bool operator==(const PolicyUser& other) const = default;
};

// What is empty matches everything, or is left to the [default].
struct RestartRule {
  std::string program;  // a pattern: with a '/' of the path, else of the name
  std::optional<PolicyUser> user;
  std::string group;  // a pattern, which covers what is below as well
  std::optional<Choice> action;
  std::optional<Duration> limit;
  std::optional<Ladder> escalate;
  std::optional<Duration> within;
  bool operator==(const RestartRule& other) const = default;
};

struct RestartGroup {
  std::string name;
  // Any process may say that it belongs to a group. If there are users here,
  // only theirs do; if not, each user has a group of this name.
  std::vector<PolicyUser> users;
  bool together = false;                // one restarts, all do
  std::vector<std::string> depends_on;  // one of these restarts, this does
  Ladder escalate;
  std::optional<Duration> within;
  // So often the end of the ladder, then the group that it is part of restarts;
  // 0: never.
  unsigned parent_after = 0;
  bool operator==(const RestartGroup& other) const = default;
};

// How much memory persistent regions may take, in bytes. What is not said
// follows from the machine's memory (region_store.h).
struct RegionLimits {
  std::optional<uint64_t> size;      // of all together
  std::optional<uint64_t> per_user;  // of each user's
  bool operator==(const RegionLimits& other) const = default;
};

struct RestartPolicy {
  static constexpr Duration kDefaultLimit = std::chrono::seconds(10);
  static constexpr Duration kDefaultWithin = std::chrono::seconds(60);
  static constexpr Duration kDefaultPluginLimit = std::chrono::seconds(2);
  // The machine waits for it, and the crash kernel's guard does not for ever.
  static constexpr Duration kLongestLimit = std::chrono::seconds(60);
  static constexpr Duration kLongestPluginLimit = std::chrono::seconds(10);
  static constexpr Duration kLongestWithin = std::chrono::hours(24);

  RestartRule fallback;  // [default]
  std::vector<RestartRule> rules;
  std::vector<RestartGroup> groups;
  std::string plugin;  // absolute path; none if it is empty
  std::optional<Duration> plugin_limit;
  RegionLimits regions;

  bool operator==(const RestartPolicy& other) const = default;
};

// Letters, digits, '.', '-', '_' between single '/', not too long.
bool is_group_name(std::string_view name);
// "shop" covers "shop" and "shop/db", not "shopping".
bool group_covers(std::string_view outer, std::string_view inner);
// The same, where each part of the pattern is one of the shell.
bool group_matches(const std::string& pattern, const std::string& group);
// What it is part of: "shop" of "shop/db", "" of "shop".
std::string parent_group(const std::string& name);

nlohmann::json to_json(const RestartPolicy& policy);
// Throws a std::exception if it is none.
RestartPolicy restart_policy_from_json(const nlohmann::json& from);

}  // namespace owctl

#endif
