// SPDX-License-Identifier: GPL-2.0
#include "decide.h"

#include <fnmatch.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "group_instances.h"
#include "selection.h"

namespace owctl {
namespace {

// Of what the history keeps. Users can run programs of as many names as they
// like, and must not thereby have others forgotten.
constexpr size_t kMostRestarts = 2048;
constexpr size_t kMostOfOneUser = 256;
constexpr size_t kLongestName = 256;
constexpr unsigned kMostSteps = 100000;

bool rule_matches(const RestartRule& rule, const Candidate& candidate) {
  if (!rule.program.empty()) {
    const bool path = rule.program.find('/') != std::string::npos;
    if (path ? ::fnmatch(rule.program.c_str(), candidate.program.c_str(),
                         FNM_PATHNAME) != 0
             : !name_matches(rule.program, candidate.name))
      return false;
  }
  if (rule.user && rule.user->uid != candidate.uid)
    return false;
  return rule.group.empty() || (is_group_name(candidate.group) &&
                                group_matches(rule.group, candidate.group));
}

// What a process asks for, as far as it makes sense.
otherworld_action wish_of(const Candidate& candidate) {
  if (candidate.wish < OTHERWORLD_ACTION_COUNT &&
      candidate.wish != OTHERWORLD_ACTION_PROCEDURE)
    return static_cast<otherworld_action>(candidate.wish);
  return candidate.has_procedure ? OTHERWORLD_ACTION_PROCEDURE
                                 : OTHERWORLD_ACTION_CONTINUE;
}

bool is_possible(const Candidate& candidate, otherworld_action action) {
  if (action == OTHERWORLD_ACTION_PROCEDURE)
    return candidate.has_procedure;
  return candidate.pid != kInitPid || !is_restart(action);
}

// Whatever bytes a path has, a file of JSON gives it back as it is here.
std::string printable(std::string_view text) {
  std::string safe;
  for (const char c : text.substr(0, kLongestName))
    safe += c >= ' ' && c <= '~' ? std::string(1, c)
                                 : fmt::format("\\x{:02x}", c & 0xff);
  return safe;
}

std::string program_key(const Candidate& candidate) {
  return fmt::format("program {} {}", candidate.uid,
                     printable(candidate.program.empty() ? candidate.name
                                                         : candidate.program));
}

// How often it happened before, each time soon after the one before.
unsigned step_of(const History& history, const std::string& key,
                 std::optional<Duration> within, Moment now) {
  const auto before = history.find(key);
  if (before == history.end() || before->second.when > now ||
      now - before->second.when >
          within.value_or(RestartPolicy::kDefaultWithin))
    return 0;
  return std::min(before->second.step, kMostSteps) + 1;
}

std::string failed_again(const std::string& what, unsigned step) {
  return fmt::format("{} met its {}. crash in a row", what, step + 1);
}

class Deciding {
 public:
  Deciding(const RestartPolicy& policy,
           const std::vector<Candidate>& candidates, Decisions& decisions)
      : policy_(policy),
        candidates_(candidates),
        decisions_(decisions),
        instances_(group_instances(policy, candidates)) {}

  void begin(const PluginAnswers& answers) {
    for (const auto& candidate : candidates_)
      decisions_.processes.push_back(decide_own(candidate, answers));
  }

  void go_on_by_history(const History& history, Moment now) {
    for (const auto& instance : instances_)
      climb(instance, history, now);
    std::vector<size_t> by_user(candidates_.size());
    std::iota(by_user.begin(), by_user.end(), 0);
    std::stable_sort(by_user.begin(), by_user.end(), [&](size_t a, size_t b) {
      return candidates_[a].uid < candidates_[b].uid;
    });
    for (const size_t i : by_user)
      climb(i, history, now);
    for (const auto& [key, restart] : history)
      if (restart.when <= now &&
          now - restart.when <= RestartPolicy::kLongestWithin)
        record(key, restart);
  }

  // What groups make of it, until nothing gets severer.
  void settle() {
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto& instance : instances_) {
        if (instance.group->together)
          changed |= follow_each_other(instance);
        changed |= follow_providers(instance);
      }
    }
    announce();
  }

  std::vector<int> fail(int pid, const std::string& what) {
    const size_t i = place_of(pid);
    if (i == candidates_.size())
      return {};
    const auto before = decisions_.processes;
    const auto next = after(i);
    if (!next)
      return {};
    raise(i, *next, what + " failed");
    remember_failure(i, *next);
    settle();
    std::vector<int> changed;
    for (size_t k = 0; k < before.size(); ++k)
      if (before[k].action != decisions_.processes[k].action)
        changed.push_back(before[k].pid);
    return changed;
  }

 private:
  [[nodiscard]] size_t place_of(int pid) const {
    const auto found =
        std::find_if(candidates_.begin(), candidates_.end(),
                     [&](const auto& other) { return other.pid == pid; });
    return found - candidates_.begin();
  }

  [[nodiscard]] const RestartRule* rule_of(const Candidate& candidate) const {
    const auto found = std::find_if(
        policy_.rules.begin(), policy_.rules.end(),
        [&](const auto& rule) { return rule_matches(rule, candidate); });
    return found == policy_.rules.end() ? &policy_.fallback : &*found;
  }

  [[nodiscard]] std::string name_of(const RestartRule& rule) const {
    return &rule == &policy_.fallback
               ? "the [default]"
               : fmt::format("rule {}", &rule - policy_.rules.data() + 1);
  }

  // What was said of it, by whom.
  [[nodiscard]] ProcessDecision say_own(const Candidate& candidate,
                                        const RestartRule& rule,
                                        const PluginAnswers& answers) const {
    ProcessDecision decision;
    decision.pid = candidate.pid;
    decision.limit = rule.limit.value_or(
        policy_.fallback.limit.value_or(RestartPolicy::kDefaultLimit));
    const RestartRule& says = rule.action ? rule : policy_.fallback;
    const auto said = says.action ? says.action->action() : std::nullopt;
    decision.own = said.value_or(wish_of(candidate));
    if (said)
      decision.reason = name_of(says);
    else if (decision.own != OTHERWORLD_ACTION_CONTINUE)
      decision.reason = "its own wish";
    const auto answer = answers.find(candidate.pid);
    if (answer == answers.end())
      return decision;
    decision.limit = answer->second.limit.value_or(decision.limit);
    if (!answer->second.action)
      return decision;
    decision.own = *answer->second.action;
    decision.reason = answer->second.reason.empty()
                          ? "the plug-in"
                          : "the plug-in: " + answer->second.reason;
    return decision;
  }

  [[nodiscard]] ProcessDecision decide_own(const Candidate& candidate,
                                           const PluginAnswers& answers) const {
    const RestartRule& rule = *rule_of(candidate);
    ProcessDecision decision = say_own(candidate, rule, answers);
    if (!is_possible(candidate, decision.own)) {
      decision.reason += decision.own == OTHERWORLD_ACTION_PROCEDURE
                             ? "; but it has no crash procedure"
                             : "; but process 1 is never restarted";
      decision.own = candidate.has_procedure ? OTHERWORLD_ACTION_PROCEDURE
                                             : OTHERWORLD_ACTION_CONTINUE;
    }
    decision.action = decision.own;
    if (candidate.limit_ms != 0)
      decision.limit = std::min(decision.limit, Duration(candidate.limit_ms));
    decision.ladder = steps_above(
        decision.own, candidate,
        rule.escalate ? *rule.escalate
                      : policy_.fallback.escalate.value_or(Ladder()));
    return decision;
  }

  static Ladder steps_above(otherworld_action action,
                            const Candidate& candidate, const Ladder& ladder) {
    Ladder above;
    for (const auto step : ladder)
      if (step > action && is_possible(candidate, step))
        above.push_back(step);
    return above;
  }

  // One step more, for each takeover within the time.
  void climb(size_t i, const History& history, Moment now) {
    const Ladder& ladder = decisions_.processes[i].ladder;
    if (ladder.empty())
      return;
    const RestartRule& rule = *rule_of(candidates_[i]);
    const std::string key = program_key(candidates_[i]);
    const unsigned step = step_of(
        history, key, rule.within ? rule.within : policy_.fallback.within, now);
    record(key, {now, step}, candidates_[i].uid);
    climb_to(i, ladder, step, "it");
  }

  void climb(const GroupInstance& instance, const History& history,
             Moment now) {
    const RestartGroup& group = *instance.group;
    if (group.escalate.empty() && group.parent_after == 0)
      return;
    const std::string key = instance.history_key();
    const unsigned step = step_of(history, key, group.within, now);
    record(key, {now, step}, instance.owner.value_or(0));
    size_t longest = 0;
    for (const size_t i : instance.members) {
      const Ladder ladder = steps_above(decisions_.processes[i].own,
                                        candidates_[i], group.escalate);
      longest = std::max(longest, ladder.size());
      climb_to(i, ladder, step, "group " + group.name);
    }
    if (group.parent_after > 0 && step >= longest + group.parent_after)
      for (const size_t i : instance.family)
        raise(i, OTHERWORLD_ACTION_HOT_RESTART,
              failed_again("group " + group.name, step));
  }

  void climb_to(size_t i, const Ladder& ladder, unsigned step,
                const std::string& what) {
    if (step > 0 && !ladder.empty())
      raise(i, ladder[std::min<size_t>(step, ladder.size()) - 1],
            failed_again(what, step));
  }

  bool raise(size_t i, otherworld_action action, const std::string& reason) {
    ProcessDecision& decision = decisions_.processes[i];
    if (action <= decision.action || !is_possible(candidates_[i], action))
      return false;
    decision.action = action;
    decision.reason = reason;
    return true;
  }

  [[nodiscard]] size_t severest(const std::vector<size_t>& among) const {
    return *std::max_element(among.begin(), among.end(),
                             [this](size_t a, size_t b) {
                               return decisions_.processes[a].action <
                                      decisions_.processes[b].action;
                             });
  }

  bool raise_all(const std::vector<size_t>& members, otherworld_action action,
                 const std::string& reason) {
    bool changed = false;
    for (const size_t i : members)
      changed |= raise(i, action, reason);
    return changed;
  }

  bool follow_each_other(const GroupInstance& instance) {
    const size_t leader = severest(instance.members);
    const Candidate& who = candidates_[leader];
    return raise_all(
        instance.members, decisions_.processes[leader].action,
        fmt::format("together with process {} of {}", who.pid, who.group));
  }

  bool follow_providers(const GroupInstance& instance) {
    if (instance.providers.empty())
      return false;
    const size_t leader = severest(instance.providers);
    // Who is to be there no more is no reason for others to end.
    const auto action =
        std::min(decisions_.processes[leader].action, OTHERWORLD_ACTION_RELOAD);
    const Candidate& who = candidates_[leader];
    return is_restart(action) &&
           raise_all(
               instance.members, action,
               fmt::format("depends on process {} of {}", who.pid, who.group));
  }

  void announce() {
    std::map<std::string, otherworld_action> groups;
    for (size_t i = 0; i < candidates_.size(); ++i) {
      const auto action = decisions_.processes[i].action;
      if (!is_restart(action) || !has_group(policy_, candidates_[i]))
        continue;
      auto& severest =
          groups.try_emplace(candidates_[i].group, action).first->second;
      severest = std::max(severest, action);
    }
    decisions_.groups.clear();
    for (const auto& [name, action] : groups)
      decisions_.groups.push_back({name, action});
  }

  // New ones first: what was there before fills what is left.
  void record(const std::string& key, Restart restart, uint32_t uid) {
    if (decisions_.history.contains(key) || of_user_[uid] >= kMostOfOneUser)
      return;
    of_user_[uid]++;
    record(key, restart);
  }
  void record(const std::string& key, Restart restart) {
    if (decisions_.history.size() < kMostRestarts)
      decisions_.history.emplace(key, restart);
  }

  // The next of any ladder that it is on; without one, the next there is.
  [[nodiscard]] std::optional<otherworld_action> after(size_t i) const {
    const Candidate& candidate = candidates_[i];
    const auto failed = decisions_.processes[i].action;
    std::set<otherworld_action> next;
    for (const auto step :
         steps_above(failed, candidate, decisions_.processes[i].ladder))
      next.insert(step);
    for (const auto* instance : instances_of(i))
      for (const auto step :
           steps_above(failed, candidate, instance->group->escalate))
        next.insert(step);
    if (next.empty())
      for (unsigned action = failed + 1; action < OTHERWORLD_ACTION_COUNT;
           ++action)
        if (is_possible(candidate, static_cast<otherworld_action>(action)))
          next.insert(static_cast<otherworld_action>(action));
    if (next.empty())
      return {};
    return *next.begin();
  }

  [[nodiscard]] std::vector<const GroupInstance*> instances_of(size_t i) const {
    std::vector<const GroupInstance*> found;
    for (const auto& instance : instances_)
      if (std::binary_search(instance.members.begin(), instance.members.end(),
                             i))
        found.push_back(&instance);
    return found;
  }

  // The next takeover goes on from behind this one.
  void remember_failure(size_t i, otherworld_action action) {
    const auto note = [&](const std::string& key, const Ladder& ladder) {
      const auto found = decisions_.history.find(key);
      if (found == decisions_.history.end())
        return;
      const auto steps = static_cast<unsigned>(
          std::count_if(ladder.begin(), ladder.end(),
                        [&](auto step) { return step <= action; }));
      found->second.step = std::max(found->second.step, steps);
    };
    note(program_key(candidates_[i]), decisions_.processes[i].ladder);
    for (const auto* instance : instances_of(i))
      note(instance->history_key(),
           steps_above(decisions_.processes[i].own, candidates_[i],
                       instance->group->escalate));
  }

  const RestartPolicy& policy_;
  const std::vector<Candidate>& candidates_;
  Decisions& decisions_;
  const std::vector<GroupInstance> instances_;
  std::map<uint32_t, size_t> of_user_;
};

}  // namespace

Decisions decide(const RestartPolicy& policy,
                 const std::vector<Candidate>& candidates,
                 const History& history, Moment now,
                 const PluginAnswers& answers) {
  Decisions decisions;
  Deciding deciding(policy, candidates, decisions);
  deciding.begin(answers);
  deciding.go_on_by_history(history, now);
  deciding.settle();
  return decisions;
}

std::vector<int> next_action(const RestartPolicy& policy,
                             const std::vector<Candidate>& candidates, int pid,
                             const std::string& what_failed,
                             Decisions& decisions) {
  return Deciding(policy, candidates, decisions).fail(pid, what_failed);
}

}  // namespace owctl
