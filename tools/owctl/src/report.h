// SPDX-License-Identifier: GPL-2.0
// The verdicts of a takeover, as they are kept: report.json.
#ifndef OWCTL_REPORT_H
#define OWCTL_REPORT_H

#include <linux/otherworld.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "result.h"

namespace owctl {

struct Verdict {
  std::string grade;  // exact, degraded, lost; see also kUnknownGrade
  std::string resource;
  std::string reason;
  uint64_t address = 0;
  // Not a rule said so: something was not as it must be. Not kept.
  bool misread = false;
};

// Of what changed too often while a rehearsal read it.
inline constexpr const char* kUnknownGrade = "unknown";

struct ProcessReport {
  int pid = 0;
  int ppid = 0;
  int pgid = 0;
  int sid = 0;
  unsigned threads = 0;
  std::string name;
  // The worst of its verdicts.
  std::string grade;
  std::vector<Verdict> verdicts;
};

// What became of a process by its own crash procedure, or by the policy.
struct ProcedureReport {
  int pid = 0;
  std::string state;   // see procedure_state_name()
  double seconds = 0;  // that the procedure took
  std::string action;  // the last that was decided, see action_name()
  std::string reason;  // for it, in words
};

struct RestartedGroup {
  std::string name;
  std::string action;  // the severest that one of its processes met
};

struct Report {
  std::vector<ProcessReport> processes;
  // Of no process: mounts, lists, what was damaged.
  std::vector<Verdict> machine;
  // Of those that did not just continue.
  std::vector<ProcedureReport> procedures;
  std::vector<RestartedGroup> groups;
};

// "none", "running", "continued", "restarted", "exited", "failed", "refused"
const char* procedure_state_name(unsigned state);

// "exact", "degraded", "lost"
const char* grade_name(unsigned grade);
// Of a process with these: the worst, but a process that lives is not lost.
std::string grade_of(const std::vector<Verdict>& verdicts);

Report make_report(const std::vector<otherworld_process>& processes,
                   const std::vector<otherworld_verdict>& verdicts);
nlohmann::json verdicts_json(const std::vector<Verdict>& verdicts);
nlohmann::json procedures_json(const Report& report);
nlohmann::json groups_json(const Report& report);
std::string report_to_json(const Report& report);
Result<Report> report_from_json(std::string_view text);

}  // namespace owctl

#endif
