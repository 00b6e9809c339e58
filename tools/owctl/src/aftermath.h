// SPDX-License-Identifier: GPL-2.0
// What becomes of processes that came back: each is asked what it wishes, the
// policy says what it gets, the kernel does it when the gate opens; and crash
// procedures are watched until the last has ended.
#ifndef OWCTL_AFTERMATH_H
#define OWCTL_AFTERMATH_H

#include <linux/otherworld.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "decide.h"
#include "files.h"
#include "procedure_device.h"
#include "report.h"
#include "reporter.h"
#include "restart_policy.h"

namespace owctl {

class Aftermath {
 public:
  Aftermath(const ProcedureDevice& device, const RestartPolicy& policy,
            const Paths& paths, Reporter& reporter);

  // While all stand at the gate.
  void decide(const std::vector<otherworld_process>& processes);
  // Whether nothing was decided that takes time, is to be told, or counts when
  // the kernel dies again.
  [[nodiscard]] bool is_over() const {
    return watched_.empty() && decisions_.history.empty();
  }
  // The gate is open: until every crash procedure has ended, and whatever
  // follows from that. Calls `news` whenever there is something to report.
  void see_through(const std::function<void()>& news);

  // What there is to report of it: into `report`.
  void report_to(Report& report) const;

 private:
  struct Watched {
    otherworld_action action = OTHERWORLD_ACTION_CONTINUE;  // the last one
    std::string reason;                                     // for it
    Duration limit;
    unsigned long long decided_us = 0;
    otherworld_procedure_state state = OTHERWORLD_PROCEDURE_NONE;
    double seconds = 0;  // of its crash procedure
    bool settled = false;
  };

  [[nodiscard]] bool is_trivial(const std::vector<Candidate>& all) const;
  void tell_kernel(const ProcessDecision& decision);
  // Whether it is settled now.
  bool look_at(int pid, Watched& watched);
  void escalate(int pid, const std::string& what_failed);
  void give_up(int pid);
  void announce();
  void remember();

  const ProcedureDevice& device_;
  const RestartPolicy& policy_;
  const Paths& paths_;
  Reporter& reporter_;
  std::vector<Candidate> candidates_;
  Decisions decisions_;
  std::map<int, Watched> watched_;
  std::map<std::string, otherworld_action> announced_;
};

}  // namespace owctl

#endif
