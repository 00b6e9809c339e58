// SPDX-License-Identifier: GPL-2.0
#include "policy_text.h"

#include <algorithm>

#include "files.h"
#include "region.h"

namespace owctl {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += static_cast<unsigned char>(c) < ' ' || c == '\x7f'
               ? fmt::format("\\u{:04x}", c)
               : std::string(1, c);
  }
  return out + '"';
}

std::string list(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words)
    out += (out.empty() ? "" : ", ") + quoted(word);
  return "[" + out + "]";
}

std::string list(const Ladder& ladder) {
  std::vector<std::string> words(ladder.size());
  std::transform(ladder.begin(), ladder.end(), words.begin(), action_name);
  return list(words);
}

std::string list(const std::vector<PolicyUser>& users) {
  std::vector<std::string> names(users.size());
  std::transform(users.begin(), users.end(), names.begin(),
                 [](const auto& user) { return user.name; });
  return list(names);
}

std::string line(std::string_view key, std::string_view value) {
  return fmt::format("{} = {}\n", key, value);
}

std::string line(std::string_view key, std::optional<Duration> duration) {
  return duration ? line(key, quoted(format_duration(*duration))) : "";
}

std::string line(std::string_view key, std::optional<uint64_t> bytes) {
  return bytes ? line(key, quoted(format_size(*bytes))) : "";
}

std::string lines(const RegionLimits& limits) {
  return line("size", limits.size) + line("per_user", limits.per_user);
}

std::string lines(const RestartRule& rule) {
  std::string text;
  if (!rule.program.empty())
    text += line("program", quoted(rule.program));
  if (rule.user)
    text += line("user", quoted(rule.user->name));
  if (!rule.group.empty())
    text += line("group", quoted(rule.group));
  if (rule.action)
    text += line("action", quoted(rule.action->word()));
  text += line("limit", rule.limit);
  if (rule.escalate)
    text += line("escalate", list(*rule.escalate));
  return text + line("within", rule.within);
}

std::string lines(const RestartGroup& group) {
  std::string text = line("name", quoted(group.name));
  if (!group.users.empty())
    text += line("users", list(group.users));
  if (group.together)
    text += line("together", "true");
  if (!group.depends_on.empty())
    text += line("depends_on", list(group.depends_on));
  if (!group.escalate.empty())
    text += line("escalate", list(group.escalate));
  text += line("within", group.within);
  if (group.parent_after != 0)
    text += line("parent_after", std::to_string(group.parent_after));
  return text;
}

}  // namespace

std::string policy_text(const RestartPolicy& policy) {
  std::string text;
  if (!policy.plugin.empty())
    text += line("plugin", quoted(policy.plugin));
  text += line("plugin_limit", policy.plugin_limit);
  if (!text.empty())
    text += "\n";
  // What is not said is said here, for whoever reads it.
  RestartRule fallback = policy.fallback;
  fallback.action = fallback.action.value_or(Choice());
  fallback.limit = fallback.limit.value_or(RestartPolicy::kDefaultLimit);
  fallback.escalate = fallback.escalate.value_or(Ladder());
  fallback.within = fallback.within.value_or(RestartPolicy::kDefaultWithin);
  text += "[default]\n" + lines(fallback);
  for (const auto& rule : policy.rules)
    text += "\n[[rule]]\n" + lines(rule);
  for (const auto& group : policy.groups)
    text += "\n[[group]]\n" + lines(group);
  if (policy.regions != RegionLimits())
    text += "\n[regions]\n" + lines(policy.regions);
  return text;
}

}  // namespace owctl
