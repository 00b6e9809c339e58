// SPDX-License-Identifier: GPL-2.0
#include "report_parts.h"

namespace owctl {
namespace {

// More of the lost than these are only counted.
constexpr size_t kNamed = 12;

void put_link(Html& page, const char* to, std::string_view text) {
  page.put("a", {{"href", to}}, text);
}

void put_lost(Html& page, const Report& report, size_t count) {
  const auto item = page.open("li");
  page.put("b", fmt::format("Start {} again",
                            counted(count, "lost process", "lost processes")));
  page.text(", where no service manager and no restart has done so: ");
  size_t named = 0;
  for (const auto& process : report.processes) {
    if (process.grade != grade_name(OTHERWORLD_LOST) || named == kNamed)
      continue;
    page.text(named++ == 0 ? "" : ", ");
    put_whose(page, process.pid, process.name);
  }
  if (count > named)
    page.text(fmt::format(" and {} more", count - named));
  page.text(".");
}

void put_degraded(Html& page, size_t count) {
  const auto item = page.open("li");
  page.put("b", fmt::format("Check {}", counted(count, "degraded process",
                                                "degraded processes")));
  page.text(count == 1 ? ": it goes on, but something about it is "
                       : ": they go on, but something about each is ");
  put_link(page, "#losses", "lost or changed");
  page.text(". Restart what cannot do without.");
}

void put_failed(Html& page, size_t count) {
  const auto item = page.open("li");
  page.put("b", fmt::format("Check {}", counted(count, "crash procedure",
                                                "crash procedures")));
  page.text(" that ");
  put_link(page, "#procedures", "did not end well");
  page.text(", and what the policy did instead.");
}

void put_machine(Html& page, size_t count) {
  const auto item = page.open("li");
  page.put("b", "Check the machine");
  page.text(": ");
  put_link(page, "#losses",
           counted(count, "thing of no process", "things of no process"));
  page.text(count == 1 ? " is not as it was." : " are not as they were.");
}

}  // namespace

void put_advice(Html& page, const Report& report) {
  const auto section = page.open("section", {{"id", "advice"}});
  page.put("h2", "What to do");
  const size_t lost = count_of(report, grade_name(OTHERWORLD_LOST));
  const size_t degraded = count_of(report, grade_name(OTHERWORLD_DEGRADED));
  const size_t failed = count_failed_procedures(report);
  const size_t machine = count_losses(report.machine);
  const auto list = page.open("ul");
  if (report.processes.empty())
    page.put("li",
             "No process was brought back: start what this machine is "
             "there for.");
  else if (lost + degraded + failed + machine == 0)
    page.put("li", "Nothing: all is exactly as it was.");
  if (lost > 0)
    put_lost(page, report, lost);
  if (degraded > 0)
    put_degraded(page, degraded);
  if (failed > 0)
    put_failed(page, failed);
  if (machine > 0)
    put_machine(page, machine);
  const auto item = page.open("li");
  page.put("code", "owctl status");
  page.text(" says whether the next crash would be survived, too.");
}

}  // namespace owctl
