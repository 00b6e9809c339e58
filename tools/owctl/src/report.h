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

struct Report {
  std::vector<ProcessReport> processes;
  // Of no process: mounts, lists, what was damaged.
  std::vector<Verdict> machine;
};

// "exact", "degraded", "lost"
const char* grade_name(unsigned grade);
// Of a process with these: the worst, but a process that lives is not lost.
std::string grade_of(const std::vector<Verdict>& verdicts);

Report make_report(const std::vector<otherworld_process>& processes,
                   const std::vector<otherworld_verdict>& verdicts);
nlohmann::json verdicts_json(const std::vector<Verdict>& verdicts);
std::string report_to_json(const Report& report);
Result<Report> report_from_json(std::string_view text);

}  // namespace owctl

#endif
