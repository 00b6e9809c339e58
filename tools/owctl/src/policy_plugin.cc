// SPDX-License-Identifier: GPL-2.0
#include "policy_plugin.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "filter.h"

namespace owctl {
namespace {

using nlohmann::json;

constexpr size_t kMostPerAnswer = 1024;
constexpr size_t kLongestReason = 120;

std::string question(const Candidate& candidate, const ProcessDecision& now) {
  const json line = {{"pid", candidate.pid},
                     {"ppid", candidate.ppid},
                     {"name", candidate.name},
                     {"program", candidate.program},
                     {"uid", candidate.uid},
                     {"group", candidate.group},
                     {"procedure", candidate.has_procedure},
                     {"wish", action_name(candidate.wish)},
                     {"action", action_name(now.action)},
                     {"limit_ms", now.limit.count()},
                     {"reason", now.reason}};
  return line.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
}

// It is shown on terminals.
std::string harmless(const std::string& text) {
  std::string safe;
  for (const char c : text.substr(0, kLongestReason))
    safe += c >= ' ' && c <= '~' ? c : '?';
  return safe;
}

Result<PluginAnswer> parse_answer(const json& line) {
  PluginAnswer answer;
  for (const auto& [key, value] : line.items())
    if (key != "pid" && key != "action" && key != "limit_ms" && key != "reason")
      return Error{fmt::format("there is no '{}' in an answer", harmless(key))};
  if (line.contains("action")) {
    const auto& word = line.at("action").get_ref<const std::string&>();
    answer.action = action_from(word);
    if (!answer.action)
      return Error{fmt::format("'{}' is not an action", harmless(word))};
  }
  if (line.contains("limit_ms")) {
    const auto& limit = line.at("limit_ms");
    const auto longest = RestartPolicy::kLongestLimit.count();
    if (!limit.is_number_unsigned() || limit.get<uint64_t>() == 0 ||
        limit.get<uint64_t>() > static_cast<uint64_t>(longest))
      return Error{fmt::format("limit_ms is not 1 to {}", longest)};
    answer.limit = Duration(limit.get<int64_t>());
  }
  if (line.contains("reason"))
    answer.reason = harmless(line.at("reason").get_ref<const std::string&>());
  return answer;
}

Result<PluginAnswers> ask(const RestartPolicy& policy,
                          const std::vector<Candidate>& candidates,
                          const Decisions& without) {
  auto checked = check_plugin(policy.plugin);
  if (!checked)
    return checked.error();
  std::string questions;
  for (size_t i = 0; i < candidates.size(); ++i)
    questions += question(candidates[i], without.processes[i]);
  auto text = run_filter(
      policy.plugin, questions,
      {policy.plugin_limit.value_or(RestartPolicy::kDefaultPluginLimit),
       kMostPerAnswer * candidates.size()});
  if (!text)
    return text.error();
  auto answers = parse_answers(*text, candidates);
  if (!answers)
    return answers.error().in(policy.plugin);
  return answers;
}

}  // namespace

Result<> check_plugin(const std::string& program) {
  struct stat st = {};
  if (::stat(program.c_str(), &st) != 0)
    return errno_error(program);
  if (!S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != ::geteuid()) ||
      (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return Error{program + ": others could have written it"};
  if ((st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
    return Error{program + ": it is not executable"};
  return {};
}

void warn_of_plugin(const Paths& paths, const RestartPolicy& policy,
                    Reporter& reporter) {
  if (policy.plugin.empty())
    return;
  const auto checked = check_plugin(paths(policy.plugin));
  if (!checked)
    reporter.warn(
        fmt::format("the policy's plug-in would not be asked: {}; until that "
                    "is mended the file's rules hold",
                    checked.error().what));
}

Result<PluginAnswers> parse_answers(std::string_view text,
                                    const std::vector<Candidate>& candidates) {
  std::map<int, bool> answered;
  for (const auto& candidate : candidates)
    answered[candidate.pid] = false;
  PluginAnswers answers;
  size_t number = 0;
  for (const auto& line : split(text, '\n')) {
    const std::string where = fmt::format("answer {}", ++number);
    try {
      const auto parsed = json::parse(line);
      const int pid = parsed.at("pid").get<int>();
      const auto asked = answered.find(pid);
      if (asked == answered.end() || asked->second)
        return Error{fmt::format("{}: {} {}", where, pid,
                                 asked == answered.end()
                                     ? "was not asked for"
                                     : "was answered before")};
      asked->second = true;
      auto answer = parse_answer(parsed);
      if (!answer)
        return answer.error().in(where);
      answers[pid] = std::move(*answer);
    } catch (const json::exception&) {
      return Error{where + ": this is not an answer: " + harmless(line)};
    }
  }
  if (answers.size() != answered.size())
    return Error{fmt::format("{} answers to {} questions", answers.size(),
                             answered.size())};
  return answers;
}

PluginAnswers ask_plugin(const RestartPolicy& policy,
                         const std::vector<Candidate>& candidates,
                         const Decisions& without, Reporter& reporter) {
  if (policy.plugin.empty() || candidates.empty())
    return {};
  auto answers = ask(policy, candidates, without);
  if (answers)
    return std::move(*answers);
  reporter.warn(fmt::format("the policy's plug-in: {}: the file's rules hold",
                            answers.error().what));
  return {};
}

}  // namespace owctl
