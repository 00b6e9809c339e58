// SPDX-License-Identifier: GPL-2.0
// What shall become of each process after a takeover, and why: of what they ask
// for, what the policy says, and what happened before. Nothing is done here.
//
// First each process gets an action of its own: of the first rule that matches
// it, else of the [default], else its wish; a plug-in may say else. If the
// program or its group had a takeover before, within a time, the ladder goes
// on by a step. Then groups have their say, until nothing changes: members who
// are restarted together, dependents of what restarts. Actions only ever get
// severer by that, so it ends. Process 1 is never restarted nor terminated.
//
// A pact is anybody's to write: what it says of a group counts among processes
// of one user only, unless the policy names the users of the group.
#ifndef OWCTL_DECIDE_H
#define OWCTL_DECIDE_H

#include <map>
#include <string>
#include <vector>

#include "restart_history.h"
#include "restart_policy.h"

namespace owctl {

// A process, and what its pact says; nothing of that is trusted.
struct Candidate {
  int pid = 0;
  int ppid = 0;
  std::string name;     // as ps -o comm shows it
  std::string program;  // path of its executable; empty if unknown
  uint32_t uid = 0;
  std::string group;
  bool has_procedure = false;
  unsigned wish = OTHERWORLD_ACTION_CONTINUE;  // enum otherworld_action
  unsigned limit_ms = 0;                       // 0: as the policy says
};

struct ProcessDecision {
  int pid = 0;
  otherworld_action action = OTHERWORLD_ACTION_CONTINUE;
  Duration limit = RestartPolicy::kDefaultLimit;  // of its crash procedure
  std::string reason;  // in words; empty if nothing was asked for
  // For next_action(): without groups and history, and what follows then.
  otherworld_action own = OTHERWORLD_ACTION_CONTINUE;
  Ladder ladder;
};

struct GroupRestart {
  std::string name;
  otherworld_action action = OTHERWORLD_ACTION_HOT_RESTART;  // the severest
};

struct Decisions {
  std::vector<ProcessDecision> processes;  // in the order of the candidates
  std::vector<GroupRestart> groups;        // to announce, by name
  History history;
};

// What a plug-in said of a process.
struct PluginAnswer {
  std::optional<otherworld_action> action;  // nothing: as the file says
  std::optional<Duration> limit;
  std::string reason;
};
using PluginAnswers = std::map<int, PluginAnswer>;  // by PID

Decisions decide(const RestartPolicy& policy,
                 const std::vector<Candidate>& candidates,
                 const History& history, Moment now,
                 const PluginAnswers& answers = {});

// When an action failed, say a crash procedure that took longer than its limit:
// the process gets the next severer one, and with it whoever restarts together
// with it or depends on it. The PIDs of those whose decision is another now,
// empty if nothing severer is left. The history knows of it.
std::vector<int> next_action(const RestartPolicy& policy,
                             const std::vector<Candidate>& candidates, int pid,
                             const std::string& what_failed,
                             Decisions& decisions);

}  // namespace owctl

#endif
