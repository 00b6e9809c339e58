// SPDX-License-Identifier: GPL-2.0
// Processes, policies as an administrator would write them, and decisions in
// words.
#ifndef TESTS_UNIT_OWCTL_DECIDE_HELPERS_H
#define TESTS_UNIT_OWCTL_DECIDE_HELPERS_H

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "decide.h"
#include "policy_file.h"

namespace owctl {

using namespace std::chrono_literals;

inline constexpr uint32_t kAlice = 1000;
inline constexpr uint32_t kMallory = 1001;
inline constexpr Moment kNow = Moment(1000000s);

inline RestartPolicy policy(const std::string& text) {
  auto file = parse_policy(Paths("/nowhere"), text);
  for (const auto& problem : file.problems)
    ADD_FAILURE() << problem.text("policy");
  return file.policy;
}

inline Candidate candidate(int pid, const std::string& group = "",
                           unsigned wish = OTHERWORLD_ACTION_CONTINUE,
                           uint32_t uid = kAlice) {
  Candidate made;
  made.pid = pid;
  made.ppid = 1;
  made.name = fmt::format("p{}", pid);
  made.program = fmt::format("/usr/bin/p{}", pid);
  made.uid = uid;
  made.group = group;
  made.wish = wish;
  return made;
}

// Wishes for it, as libow says, if for nothing else.
inline Candidate with_procedure(Candidate candidate) {
  candidate.has_procedure = true;
  if (candidate.wish == OTHERWORLD_ACTION_CONTINUE)
    candidate.wish = OTHERWORLD_ACTION_PROCEDURE;
  return candidate;
}

// "continue reload ...", in the order of the candidates.
inline std::string actions(const Decisions& decisions) {
  std::string text;
  for (const auto& process : decisions.processes)
    text +=
        (text.empty() ? "" : " ") + std::string(action_name(process.action));
  return text;
}

inline std::string announced(const Decisions& decisions) {
  std::string text;
  for (const auto& group : decisions.groups)
    text += (text.empty() ? "" : ", ") + group.name + " " +
            action_name(group.action);
  return text;
}

inline std::string decided(const std::string& rules,
                           const std::vector<Candidate>& candidates) {
  return actions(decide(policy(rules), candidates, {}, kNow));
}

// What one takeover after another, each `apart`, makes of them.
inline std::vector<std::string> again_and_again(
    const std::string& rules, const std::vector<Candidate>& candidates,
    Duration apart, int times) {
  const auto restart_policy = policy(rules);
  std::vector<std::string> each;
  History history;
  for (int i = 0; i < times; ++i) {
    auto decisions =
        decide(restart_policy, candidates, history, kNow + i * apart);
    each.push_back(actions(decisions));
    history = std::move(decisions.history);
  }
  return each;
}

using Words = std::vector<std::string>;

}  // namespace owctl

#endif
