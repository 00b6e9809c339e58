// SPDX-License-Identifier: GPL-2.0
#include "policy_file.h"

#include <fmt/ranges.h>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <span>

#include "policy_cycles.h"
#include "policy_words.h"
#include "region.h"

namespace owctl {
namespace {

// More is nothing that a person wrote.
constexpr size_t kLargestFile = 1 << 20;
constexpr int64_t kMostParentAfter = 1000;
// One region takes three pages at least.
constexpr uint64_t kSmallestStore = 64 * kKiB;
constexpr uint64_t kLargestStore = 1024 * kGiB;

using Keys = std::span<const std::string_view>;

constexpr std::string_view kTopKeys[] = {"default", "rule",   "group",
                                         "regions", "plugin", "plugin_limit"};
constexpr std::string_view kDefaultKeys[] = {"action", "limit", "escalate",
                                             "within"};
constexpr std::string_view kRuleKeys[] = {
    "program", "user", "group", "action", "limit", "escalate", "within"};
constexpr std::string_view kGroupKeys[] = {
    "name",     "users",  "together",    "depends_on",
    "escalate", "within", "parent_after"};
constexpr std::string_view kRegionKeys[] = {"size", "per_user"};
constexpr std::string_view kChoiceWords[] = {
    "wish", "continue", "procedure", "hot-restart", "reload", "terminate"};
constexpr Keys kActionWords = Keys(kChoiceWords).subspan(1);

class Reading {
 public:
  explicit Reading(const Paths& paths) : paths_(paths) {}

  PolicyFile run(std::string_view text) {
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
      const auto& error = parsed.error();
      problem(error.source(), std::string(error.description()));
      return std::move(file_);
    }
    read_top(parsed.table());
    std::stable_sort(file_.problems.begin(), file_.problems.end(),
                     [](const auto& a, const auto& b) {
                       return std::pair(a.line, a.column) <
                              std::pair(b.line, b.column);
                     });
    return std::move(file_);
  }

 private:
  void problem(const toml::source_region& where, std::string what,
               std::string allowed = {}) {
    file_.problems.push_back({where.begin.line, where.begin.column,
                              std::move(what), std::move(allowed)});
  }

  void check_keys(const toml::table& table, Keys known, const std::string& in) {
    for (auto&& [key, node] : table) {
      const std::string name(key.str());
      if (std::find(known.begin(), known.end(), name) != known.end())
        continue;
      problem(key.source(),
              fmt::format("there is no '{}' {}{}", name, in,
                          did_you_mean(name, known)),
              fmt::format("There may be {}.", fmt::join(known, ", ")));
    }
  }

  // The value, if it is there and of its kind.
  template <typename T>
  const T* get(const toml::table& table, std::string_view key,
               const char* kind) {
    const toml::node* node = table.get(key);
    if (node == nullptr)
      return nullptr;
    if (const auto* value = node->as<T>())
      return &value->get();
    problem(node->source(), fmt::format("{} is not {}", key, kind));
    return nullptr;
  }

  const std::string* get_text(const toml::table& table, std::string_view key) {
    const auto* text = get<std::string>(table, key, "a string");
    if (text != nullptr && text->empty()) {
      problem(table.get(key)->source(), fmt::format("{} is empty", key));
      return nullptr;
    }
    return text;
  }

  template <typename Each>
  void each_text(const toml::table& table, std::string_view key, Each each) {
    const toml::node* node = table.get(key);
    if (node == nullptr)
      return;
    const auto* array = node->as_array();
    if (array == nullptr) {
      problem(node->source(), fmt::format("{} is not a list", key),
              R"(A list stands in brackets: ["a", "b"].)");
      return;
    }
    for (const auto& element : *array) {
      if (const auto* text = element.as_string())
        each(text->get(), element.source());
      else
        problem(
            element.source(),
            fmt::format("{} has something in it that is not a string", key));
    }
  }

  std::optional<Duration> get_duration(const toml::table& table,
                                       std::string_view key, Duration longest) {
    const toml::node* node = table.get(key);
    if (node == nullptr)
      return {};
    const auto* text = node->as_string();
    const auto duration =
        text != nullptr ? parse_duration(text->get()) : std::nullopt;
    if (!duration) {
      problem(node->source(), fmt::format("{} is not a time", key),
              R"(Write it like "500ms", "10s", "2m" or "1h".)");
      return {};
    }
    if (duration->count() == 0 || *duration > longest) {
      problem(
          node->source(),
          fmt::format("{} is {}: it is at least 1ms and at most {}", key,
                      format_duration(*duration), format_duration(longest)));
      return {};
    }
    return duration;
  }

  std::optional<uint64_t> get_size(const toml::table& table,
                                   std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr)
      return {};
    const auto* text = node->as_string();
    const auto size = text != nullptr ? parse_size(text->get())
                                      : Result<uint64_t>(Error{"not a string"});
    if (!size) {
      problem(node->source(), fmt::format("{} is not a size", key),
              R"(Write it like "512K", "64M" or "1G".)");
      return {};
    }
    if (*size < kSmallestStore || *size > kLargestStore) {
      problem(node->source(),
              fmt::format("{} is {}: it is at least {} and at most {}", key,
                          format_size(*size), format_size(kSmallestStore),
                          format_size(kLargestStore)));
      return {};
    }
    return *size;
  }

  std::optional<Ladder> get_ladder(const toml::table& table) {
    if (!table.contains("escalate"))
      return {};
    Ladder ladder;
    each_text(table, "escalate", [&](const std::string& word, const auto& at) {
      const auto action = action_from(word);
      if (!action)
        problem(at, unknown_word(word, kActionWords), allowed(kActionWords));
      else if (!ladder.empty() && ladder.back() >= *action)
        problem(at,
                fmt::format("escalate goes from {} to {}, which is not severer",
                            action_name(ladder.back()), word),
                "The order is " +
                    fmt::format("{}.", fmt::join(kActionWords, ", ")));
      else
        ladder.push_back(*action);
    });
    return ladder;
  }

  static std::string unknown_word(const std::string& word, Keys words) {
    return fmt::format("'{}' is not an action{}", word,
                       did_you_mean(word, words));
  }
  static std::string allowed(Keys words) {
    return fmt::format("It is one of {}.", fmt::join(words, ", "));
  }

  std::optional<PolicyUser> find_user(const std::string& name,
                                      const toml::source_region& at) {
    uint32_t uid = 0;
    if (parse_number(name, uid))
      return PolicyUser{name, uid};
    const auto found = uid_of(paths_, name);
    if (!found)
      problem(at, fmt::format("there is no user '{}' in /etc/passwd", name),
              "A user from elsewhere is named by number.");
    else
      return PolicyUser{name, *found};
    return {};
  }

  std::optional<PolicyUser> get_user(const toml::table& table) {
    const toml::node* node = table.get("user");
    if (node == nullptr)
      return {};
    if (const auto* number = node->as_integer()) {
      if (number->get() >= 0 && number->get() < UINT32_MAX)
        return PolicyUser{std::to_string(number->get()),
                          static_cast<uint32_t>(number->get())};
      problem(node->source(), "user is not a number that a user has");
      return {};
    }
    if (const auto* name = get_text(table, "user"))
      return find_user(*name, node->source());
    return {};
  }

  void read_actions(const toml::table& table, RestartRule& rule) {
    if (const auto* word = get_text(table, "action")) {
      rule.action = choice_from(*word);
      if (!rule.action)
        problem(table.get("action")->source(),
                unknown_word(*word, kChoiceWords), allowed(kChoiceWords));
    }
    rule.limit = get_duration(table, "limit", RestartPolicy::kLongestLimit);
    rule.escalate = get_ladder(table);
    rule.within = get_duration(table, "within", RestartPolicy::kLongestWithin);
    const auto first = rule.action ? rule.action->action() : std::nullopt;
    if (first && rule.escalate && !rule.escalate->empty() &&
        rule.escalate->front() <= *first)
      problem(table.get("escalate")->source(),
              fmt::format("escalate begins with {}, which is not severer than "
                          "the action, {}",
                          action_name(rule.escalate->front()),
                          action_name(*first)));
  }

  void read_rule(const toml::table& table) {
    check_keys(table, kRuleKeys, "in a [[rule]]");
    RestartRule rule;
    if (const auto* program = get_text(table, "program"))
      rule.program = *program;
    rule.user = get_user(table);
    if (const auto* group = get_text(table, "group"))
      rule.group = *group;
    if (!table.contains("program") && !table.contains("user") &&
        !table.contains("group"))
      problem(table.source(), "the rule is for every process",
              "Give it a program, a user or a group, or make it the "
              "[default].");
    read_actions(table, rule);
    file_.policy.rules.push_back(std::move(rule));
  }

  void check_group_name(const std::string& name,
                        const toml::source_region& at) {
    if (!is_group_name(name))
      problem(at, fmt::format("'{}' is not a name of a group", name),
              "It has letters, digits, '.', '-' and '_', and '/' between its "
              "parts.");
  }

  void read_group(const toml::table& table) {
    check_keys(table, kGroupKeys, "in a [[group]]");
    RestartGroup group;
    if (const auto* name = get_text(table, "name")) {
      group.name = *name;
      check_group_name(*name, table.get("name")->source());
      for (const auto& other : file_.policy.groups)
        if (other.name == *name)
          problem(table.get("name")->source(),
                  fmt::format("there are two groups '{}'", *name));
    } else if (!table.contains("name")) {
      problem(table.source(), "the group has no name");
    }
    each_text(table, "users", [&](const std::string& name, const auto& at) {
      if (const auto user = find_user(name, at))
        group.users.push_back(*user);
    });
    if (const auto* together = get<bool>(table, "together", "true or false"))
      group.together = *together;
    each_text(
        table, "depends_on", [&](const std::string& name, const auto& at) {
          check_group_name(name, at);
          if (group_covers(name, group.name) || group_covers(group.name, name))
            problem(at, fmt::format("'{}' cannot depend on '{}': one is "
                                    "part of the other",
                                    group.name, name));
          group.depends_on.push_back(name);
        });
    if (auto ladder = get_ladder(table))
      group.escalate = std::move(*ladder);
    group.within = get_duration(table, "within", RestartPolicy::kLongestWithin);
    read_parent_after(table, group);
    file_.policy.groups.push_back(std::move(group));
  }

  void read_parent_after(const toml::table& table, RestartGroup& group) {
    const auto* times =
        get<int64_t>(table, "parent_after", "a number of times");
    if (times == nullptr)
      return;
    const auto& at = table.get("parent_after")->source();
    if (*times < 0 || *times > kMostParentAfter)
      problem(at, fmt::format("parent_after is {}: it is at least 0 and at "
                              "most {}",
                              *times, kMostParentAfter));
    else if (*times > 0 && parent_group(group.name).empty())
      problem(at, fmt::format("'{}' is part of no other group", group.name));
    else
      group.parent_after = static_cast<unsigned>(*times);
  }

  void read_regions(const toml::table& table) {
    check_keys(table, kRegionKeys, "in [regions]");
    auto& limits = file_.policy.regions;
    limits.size = get_size(table, "size");
    limits.per_user = get_size(table, "per_user");
    if (limits.size && limits.per_user && *limits.per_user > *limits.size)
      problem(table.get("per_user")->source(),
              fmt::format("per_user is {}: more than all users together have",
                          format_size(*limits.per_user)));
  }

  // The table of this name, if it is there and is one.
  template <typename Read>
  void one_table(const toml::table& top, const char* key, Read read) {
    const toml::node* node = top.get(key);
    if (node == nullptr)
      return;
    if (const auto* table = node->as_table())
      read(*table);
    else
      problem(node->source(), fmt::format("{} is not a table", key),
              fmt::format("It begins with [{}].", key));
  }

  template <typename Read>
  void each_table(const toml::table& top, const char* key, Read read) {
    const toml::node* node = top.get(key);
    if (node == nullptr)
      return;
    const auto* array = node->as_array();
    if (array == nullptr || !array->is_array_of_tables()) {
      problem(node->source(), fmt::format("there may be many of '{}'", key),
              fmt::format("Each begins with [[{}]].", key));
      return;
    }
    for (const auto& element : *array)
      read(*element.as_table());
  }

  void read_plugin(const toml::table& top) {
    if (const auto* plugin = get_text(top, "plugin")) {
      file_.policy.plugin = *plugin;
      if (plugin->front() != '/')
        problem(top.get("plugin")->source(),
                "plugin is not an absolute path of a program");
    }
    file_.policy.plugin_limit =
        get_duration(top, "plugin_limit", RestartPolicy::kLongestPluginLimit);
  }

  void read_top(const toml::table& top) {
    check_keys(top, kTopKeys, "in a policy");
    one_table(top, "default", [this](const auto& table) {
      check_keys(table, kDefaultKeys, "in the [default]");
      read_actions(table, file_.policy.fallback);
    });
    each_table(top, "rule", [this](const auto& table) { read_rule(table); });
    each_table(top, "group", [this](const auto& table) { read_group(table); });
    one_table(top, "regions",
              [this](const auto& table) { read_regions(table); });
    read_plugin(top);
    // Else what is wrong with one group would be told twice.
    const auto cycle =
        file_.problems.empty() ? find_cycle(file_.policy.groups) : std::nullopt;
    if (cycle) {
      const auto& groups = *top.get("group")->as_array();
      problem(groups[cycle->group].as_table()->get("depends_on")->source(),
              "groups depend on each other: " + cycle->path);
    }
  }

  const Paths& paths_;
  PolicyFile file_;
};

}  // namespace

std::string PolicyProblem::text(std::string_view file) const {
  std::string text = fmt::format("{}:{}:{}: {}", file, line, column, what);
  if (!allowed.empty())
    text += "\n  " + allowed;
  return text;
}

PolicyFile parse_policy(const Paths& paths, std::string_view text) {
  return Reading(paths).run(text);
}

Result<RestartPolicy> read_policy_file(const Paths& paths,
                                       const std::string& file) {
  auto text = read_file(file);
  if (!text)
    return text.error();
  if (text->size() > kLargestFile)
    return Error{fmt::format("{}: is too large for a policy", file)};
  auto parsed = parse_policy(paths, *text);
  if (parsed.problems.empty())
    return std::move(parsed.policy);
  std::string what;
  for (const auto& problem : parsed.problems)
    what += (what.empty() ? "" : "\n") + problem.text(file);
  return Error{std::move(what), {}, Exit::kRefused};
}

Result<RestartPolicy> read_default_policy(const Paths& paths) {
  const std::string file = paths(kPolicyFile);
  if (!exists(file))
    return RestartPolicy();
  return read_policy_file(paths, file);
}

}  // namespace owctl
