// SPDX-License-Identifier: GPL-2.0
#include "restart_policy.h"

#include <fnmatch.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "files.h"

namespace owctl {
namespace {

using nlohmann::json;

constexpr const char* kActions[] = {"continue", "procedure", "hot-restart",
                                    "reload", "terminate"};
static_assert(std::size(kActions) == OTHERWORLD_ACTION_COUNT);

struct Unit {
  const char* name;
  int64_t milliseconds;
};
// The longest first: formatting takes the first that fits.
constexpr Unit kUnits[] = {
    {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

bool is_word(std::string_view part) {
  return !part.empty() && part != "." && part != ".." &&
         std::all_of(part.begin(), part.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
         });
}

json to_json(const PolicyUser& user) {
  return {{"name", user.name}, {"uid", user.uid}};
}

PolicyUser user_from_json(const json& from) {
  return {from.at("name").get<std::string>(), from.at("uid").get<uint32_t>()};
}

json to_json(const Ladder& ladder) {
  auto array = json::array();
  for (const auto action : ladder)
    array.push_back(action_name(action));
  return array;
}

Ladder ladder_from_json(const json& from) {
  Ladder ladder;
  for (const auto& word : from) {
    const auto action = action_from(word.get<std::string>());
    if (!action)
      throw std::invalid_argument("unknown action");
    ladder.push_back(*action);
  }
  return ladder;
}

json to_json(const RegionLimits& limits) {
  json to = json::object();
  if (limits.size)
    to["size"] = *limits.size;
  if (limits.per_user)
    to["per_user"] = *limits.per_user;
  return to;
}

RegionLimits regions_from_json(const json& from) {
  RegionLimits limits;
  if (from.contains("size"))
    limits.size = from.at("size").get<uint64_t>();
  if (from.contains("per_user"))
    limits.per_user = from.at("per_user").get<uint64_t>();
  return limits;
}

void put(json& to, const char* key, const std::optional<Duration>& duration) {
  if (duration)
    to[key] = duration->count();
}

std::optional<Duration> take(const json& from, const char* key) {
  if (!from.contains(key))
    return {};
  return Duration(from.at(key).get<int64_t>());
}

json to_json(const RestartRule& rule) {
  json to = {{"program", rule.program}, {"group", rule.group}};
  if (rule.user)
    to["user"] = to_json(*rule.user);
  if (rule.action)
    to["action"] = rule.action->word();
  put(to, "limit_ms", rule.limit);
  if (rule.escalate)
    to["escalate"] = to_json(*rule.escalate);
  put(to, "within_ms", rule.within);
  return to;
}

RestartRule rule_from_json(const json& from) {
  RestartRule rule;
  rule.program = from.at("program").get<std::string>();
  rule.group = from.at("group").get<std::string>();
  if (from.contains("user"))
    rule.user = user_from_json(from.at("user"));
  if (from.contains("action")) {
    rule.action = choice_from(from.at("action").get<std::string>());
    if (!rule.action)
      throw std::invalid_argument("unknown action");
  }
  rule.limit = take(from, "limit_ms");
  if (from.contains("escalate"))
    rule.escalate = ladder_from_json(from.at("escalate"));
  rule.within = take(from, "within_ms");
  return rule;
}

json to_json(const RestartGroup& group) {
  auto users = json::array();
  for (const auto& user : group.users)
    users.push_back(to_json(user));
  json to = {{"name", group.name},
             {"users", std::move(users)},
             {"together", group.together},
             {"depends_on", group.depends_on},
             {"escalate", to_json(group.escalate)},
             {"parent_after", group.parent_after}};
  put(to, "within_ms", group.within);
  return to;
}

RestartGroup group_from_json(const json& from) {
  RestartGroup group;
  group.name = from.at("name").get<std::string>();
  for (const auto& user : from.at("users"))
    group.users.push_back(user_from_json(user));
  group.together = from.at("together").get<bool>();
  group.depends_on = from.at("depends_on").get<std::vector<std::string>>();
  group.escalate = ladder_from_json(from.at("escalate"));
  group.parent_after = from.at("parent_after").get<unsigned>();
  group.within = take(from, "within_ms");
  return group;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const size_t digits =
      std::min(text.find_first_not_of("0123456789"), text.size());
  int64_t value = 0;
  if (!parse_number(text.substr(0, digits), value))
    return {};
  for (const auto& unit : kUnits)
    if (text.substr(digits) == unit.name) {
      if (value > INT64_MAX / unit.milliseconds)
        return {};
      return Duration(value * unit.milliseconds);
    }
  return {};
}

std::string format_duration(Duration duration) {
  for (const auto& unit : kUnits)
    if (duration.count() != 0 && duration.count() % unit.milliseconds == 0)
      return fmt::format("{}{}", duration.count() / unit.milliseconds,
                         unit.name);
  return "0s";
}

const char* action_name(unsigned action) {
  return action < std::size(kActions) ? kActions[action] : "unknown";
}

std::optional<otherworld_action> action_from(std::string_view word) {
  const auto* const found =
      std::find(std::begin(kActions), std::end(kActions), word);
  if (found == std::end(kActions))
    return {};
  return static_cast<otherworld_action>(found - std::begin(kActions));
}

std::optional<Choice> choice_from(std::string_view word) {
  if (word == Choice().word())
    return Choice();
  const auto action = action_from(word);
  if (!action)
    return {};
  return Choice(*action);
}

bool is_group_name(std::string_view name) {
  if (name.size() >= OTHERWORLD_GROUP_LEN)
    return false;
  const auto parts = split(name, '/');
  // split() passes over what is empty.
  size_t length = parts.empty() ? 0 : parts.size() - 1;
  for (const auto& part : parts) {
    if (!is_word(part))
      return false;
    length += part.size();
  }
  return length == name.size() && !name.empty();
}

bool group_covers(std::string_view outer, std::string_view inner) {
  return !outer.empty() && inner.starts_with(outer) &&
         (inner.size() == outer.size() || inner[outer.size()] == '/');
}

bool group_matches(const std::string& pattern, const std::string& group) {
  const auto slashes = std::count(pattern.begin(), pattern.end(), '/');
  size_t end = group.find('/');
  for (auto i = slashes; i > 0 && end != std::string::npos; --i)
    end = group.find('/', end + 1);
  // One with fewer parts than the pattern does not match it.
  return ::fnmatch(pattern.c_str(), group.substr(0, end).c_str(),
                   FNM_PATHNAME) == 0;
}

std::string parent_group(const std::string& name) {
  const size_t slash = name.rfind('/');
  return slash == std::string::npos ? "" : name.substr(0, slash);
}

json to_json(const RestartPolicy& policy) {
  auto rules = json::array();
  for (const auto& rule : policy.rules)
    rules.push_back(to_json(rule));
  auto groups = json::array();
  for (const auto& group : policy.groups)
    groups.push_back(to_json(group));
  json to = {{"default", to_json(policy.fallback)},
             {"rules", std::move(rules)},
             {"groups", std::move(groups)},
             {"plugin", policy.plugin},
             {"regions", to_json(policy.regions)}};
  put(to, "plugin_limit_ms", policy.plugin_limit);
  return to;
}

RestartPolicy restart_policy_from_json(const json& from) {
  RestartPolicy policy;
  policy.fallback = rule_from_json(from.at("default"));
  for (const auto& rule : from.at("rules"))
    policy.rules.push_back(rule_from_json(rule));
  for (const auto& group : from.at("groups"))
    policy.groups.push_back(group_from_json(group));
  policy.plugin = from.at("plugin").get<std::string>();
  policy.plugin_limit = take(from, "plugin_limit_ms");
  // One from before an update may lie on disk, and says nothing of them.
  if (from.contains("regions"))
    policy.regions = regions_from_json(from.at("regions"));
  return policy;
}

}  // namespace owctl
