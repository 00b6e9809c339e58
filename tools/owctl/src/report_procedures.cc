// SPDX-License-Identifier: GPL-2.0
#include <algorithm>

#include "report_parts.h"
#include "report_view.h"

namespace owctl {
namespace {

void put_groups(Html& page, const std::vector<RestartedGroup>& groups) {
  page.put("h3", "Restarted groups");
  const auto list = page.open("ul", {{"class", "groups"}});
  for (const auto& group : groups)
    page.put("li", {{"class", "chip"}},
             fmt::format("{}: {}", group.name, group.action));
}

std::string name_of(const Report& report, int pid) {
  const auto found =
      std::find_if(report.processes.begin(), report.processes.end(),
                   [&](const auto& process) { return process.pid == pid; });
  return found == report.processes.end() ? "" : found->name;
}

void put_procedure(Html& page, const Report& report,
                   const ProcedureReport& procedure, double longest) {
  page.line();
  const bool failed = went_wrong(procedure);
  const auto row = page.open("tr");
  {
    const auto cell = page.open("td", {{"class", "what"}});
    put_whose(page, procedure.pid, name_of(report, procedure.pid));
  }
  page.put("td",
           {{"class", failed ? "word bad" : "word"},
            {"data-label", "crash procedure: "}},
           procedure.state);
  const bool timed = procedure.seconds > 0;
  page.put("td", {{"class", "num"}},
           timed ? short_time(procedure.seconds) : "");
  {
    const auto cell = page.open("td", {{"class", "duration"}});
    if (timed)
      page.put("i",
               {{"class", "bar back"},
                {"style", fmt::format("width:{:.3f}%",
                                      100 * procedure.seconds / longest)}},
               "");
  }
  page.put("td", {{"class", "word"}, {"data-label", "action: "}},
           procedure.action);
  page.put("td", {{"class", "why"}}, procedure.reason);
}

}  // namespace

void put_procedures(Html& page, const Report& report) {
  if (report.procedures.empty() && report.groups.empty())
    return;
  const auto section = page.open("section", {{"id", "procedures"}});
  page.put("h2", "Crash procedures and restarts");
  if (!report.groups.empty())
    put_groups(page, report.groups);
  if (report.procedures.empty())
    return;
  double longest = 0;
  for (const auto& procedure : report.procedures)
    longest = std::max(longest, procedure.seconds);
  const auto table = page.open("table", {{"class", "procedures"}});
  put_head_row(page,
               {"Process", "Crash procedure", "Took", "", "Action", "Why"});
  const auto body = page.open("tbody");
  for (const auto& procedure : report.procedures)
    put_procedure(page, report, procedure, longest);
}

}  // namespace owctl
