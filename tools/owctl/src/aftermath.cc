// SPDX-License-Identifier: GPL-2.0
#include "aftermath.h"

#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "live_processes.h"
#include "policy_plugin.h"
#include "visible_text.h"

namespace owctl {
namespace {

constexpr int kInit = 1;
constexpr unsigned kLookUs = 10000;
// Until it is on its way: it may be stopped, and be so for days.
constexpr unsigned long long kBeginUs = 5 * 1000000ULL;
// For what follows a crash procedure: to execute a program, from a slow disk.
constexpr unsigned long long kFollowUs = 30 * 1000000ULL;

bool has_ended(otherworld_procedure_state state) {
  return (OTHERWORLD_PROCEDURE_OVER >> state & 1U) != 0;
}

// What give_up() decides: nothing follows it.
bool is_last_resort(otherworld_action action) {
  return action == OTHERWORLD_ACTION_TERMINATE ||
         action == OTHERWORLD_ACTION_CONTINUE;
}

}  // namespace

Aftermath::Aftermath(const ProcedureDevice& device, const RestartPolicy& policy,
                     const Paths& paths, Reporter& reporter)
    : device_(device), policy_(policy), paths_(paths), reporter_(reporter) {}

// The usual case must not cost the outage anything.
bool Aftermath::is_trivial(const std::vector<Candidate>& all) const {
  return policy_ == RestartPolicy() &&
         std::none_of(all.begin(), all.end(), [](const Candidate& candidate) {
           return candidate.has_procedure || !candidate.group.empty() ||
                  candidate.wish != OTHERWORLD_ACTION_CONTINUE;
         });
}

void Aftermath::decide(const std::vector<otherworld_process>& processes) {
  std::set<int> running;
  for (const auto& process : processes) {
    const auto pact = device_.pact(process.pid);
    if (!pact || (process.flags & OTHERWORLD_PROCESS_ZOMBIE) != 0)
      continue;
    auto candidate = make_candidate(paths_, process, *pact);
    if (pact->state == OTHERWORLD_PACT_TORN)
      reporter_.warn(fmt::format("{} ({}): its pact is damaged and not heeded",
                                 visible_text(candidate.name), process.pid));
    if (pact->running != 0)
      running.insert(process.pid);
    candidates_.push_back(std::move(candidate));
  }
  if (is_trivial(candidates_))
    return;
  const auto history = load_history(paths_, reporter_);
  const auto now = now_moment();
  decisions_ = owctl::decide(policy_, candidates_, history, now);
  const auto answers = ask_plugin(policy_, candidates_, decisions_, reporter_);
  if (!answers.empty())
    decisions_ = owctl::decide(policy_, candidates_, history, now, answers);
  for (auto& decision : decisions_.processes) {
    if (running.contains(decision.pid)) {
      // Where it stood, and that is in the middle of it.
      decision.action = OTHERWORLD_ACTION_PROCEDURE;
      decision.reason = "it was in its crash procedure when the kernel died";
    }
    if (decision.action != OTHERWORLD_ACTION_CONTINUE)
      tell_kernel(decision);
  }
}

void Aftermath::tell_kernel(const ProcessDecision& decision) {
  auto told = device_.decide(decision.pid, decision.action);
  if (!told) {
    reporter_.warn(told.error().what);
    // One that is watched is still given its time, and no more.
    if (!watched_.contains(decision.pid))
      return;
  }
  auto& watched = watched_[decision.pid];
  watched.action = decision.action;
  watched.reason = decision.reason;
  watched.limit = decision.limit;
  watched.decided_us = now_us();
  watched.settled = false;
}

// Nothing severer is left for it. Process 1 goes on, whatever it asked for.
void Aftermath::give_up(int pid) {
  ProcessDecision last;
  last.pid = pid;
  last.action =
      pid == kInit ? OTHERWORLD_ACTION_CONTINUE : OTHERWORLD_ACTION_TERMINATE;
  last.reason = "nothing else is left";
  tell_kernel(last);
}

void Aftermath::escalate(int pid, const std::string& what_failed) {
  const auto changed =
      next_action(policy_, candidates_, pid, what_failed, decisions_);
  if (changed.empty())
    give_up(pid);
  for (const auto& decision : decisions_.processes)
    if (std::find(changed.begin(), changed.end(), decision.pid) !=
        changed.end()) {
      reporter_.warn(fmt::format("process {}: {}: {}", decision.pid,
                                 action_name(decision.action),
                                 decision.reason));
      tell_kernel(decision);
    }
  remember();
}

bool Aftermath::look_at(int pid, Watched& watched) {
  const auto procedure = device_.procedure(pid);
  if (!procedure) {
    watched.settled = true;
    return true;
  }
  const auto state = static_cast<otherworld_procedure_state>(procedure->state);
  const auto seconds = static_cast<double>(procedure->nanoseconds) / 1e9;
  const auto limit_s = std::chrono::duration<double>(watched.limit).count();
  const auto waited_us = now_us() - watched.decided_us;
  const bool by_procedure = watched.action == OTHERWORLD_ACTION_PROCEDURE;

  if (by_procedure) {
    watched.state = state;
    watched.seconds = seconds;
  }
  if (has_ended(state)) {
    watched.settled = true;
  } else if (state == OTHERWORLD_PROCEDURE_FAILED) {
    escalate(pid, by_procedure ? "its crash procedure"
                               : action_name(watched.action));
  } else if (state == OTHERWORLD_PROCEDURE_RUNNING && by_procedure &&
             seconds > limit_s) {
    watched.state = OTHERWORLD_PROCEDURE_FAILED;
    escalate(pid, fmt::format("its crash procedure, which took longer than {},",
                              format_duration(watched.limit)));
  } else if (state == OTHERWORLD_PROCEDURE_RUNNING && !by_procedure &&
             waited_us > kFollowUs) {
    if (is_last_resort(watched.action)) {
      reporter_.warn(fmt::format(
          "process {}: {} could not be done: it is not watched any more", pid,
          action_name(watched.action)));
      watched.settled = true;
    } else {
      escalate(pid,
               fmt::format("{}, which took longer than {} s,",
                           action_name(watched.action), kFollowUs / 1000000));
    }
  } else if (state == OTHERWORLD_PROCEDURE_NONE && waited_us > kBeginUs) {
    if (::kill(pid, 0) == 0)
      reporter_.info(fmt::format(
          "process {} does not run yet: what was decided will be done then",
          pid));
    watched.settled = true;
  }
  return watched.settled;
}

void Aftermath::announce() {
  for (const auto& group : decisions_.groups) {
    const auto known = announced_.find(group.name);
    if (known != announced_.end() && known->second == group.action)
      continue;
    announced_[group.name] = group.action;
    otherworld_event event = {};
    event.kind = OTHERWORLD_EVENT_RESTARTED;
    event.action = group.action;
    std::strncpy(event.group, group.name.c_str(), sizeof(event.group) - 1);
    auto told = device_.announce(event);
    if (!told)
      reporter_.warn(told.error().what);
  }
}

// At each step: the next crash may come in the midst of what it led to, and is
// what it shall be counted for.
void Aftermath::remember() {
  auto saved = save_history(paths_, decisions_.history);
  if (!saved)
    reporter_.warn(saved.error().what);
}

void Aftermath::see_through(const std::function<void()>& news) {
  const auto pending = [](const auto& entry) { return !entry.second.settled; };
  remember();
  announce();
  while (std::any_of(watched_.begin(), watched_.end(), pending)) {
    bool settled = false;
    // Others may be added meanwhile: a whole group.
    for (auto& [pid, watched] : watched_)
      if (!watched.settled && look_at(pid, watched))
        settled = true;
    announce();
    if (settled)
      news();
    sleep_us(kLookUs);
  }
}

void Aftermath::report_to(Report& report) const {
  for (const auto& [pid, watched] : watched_)
    report.procedures.push_back({pid, procedure_state_name(watched.state),
                                 watched.seconds, action_name(watched.action),
                                 watched.reason});
  for (const auto& [group, action] : announced_)
    report.groups.push_back({group, action_name(action)});
}

}  // namespace owctl
