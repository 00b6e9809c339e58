// SPDX-License-Identifier: GPL-2.0
#include "report_view.h"

#include <algorithm>

#include "process_tree.h"
#include "restart_policy.h"
#include "visible_text.h"

namespace owctl {
namespace {

constexpr size_t kSummaryLines = 8;

std::vector<std::string> grades_of(const Report& report) {
  std::vector<std::string> grades;
  for (const auto& process : report.processes)
    grades.push_back(process.grade);
  return grades;
}

std::string name_of(const Report& report, int pid) {
  for (const auto& process : report.processes)
    if (process.pid == pid)
      return process.name;
  return "";
}

std::string summarize_procedures(const Report& report, const Look& look) {
  const auto ran = std::count_if(report.procedures.begin(),
                                 report.procedures.end(), had_procedure);
  const auto well = std::count_if(report.procedures.begin(),
                                  report.procedures.end(), went_well);
  std::string text;
  if (ran != 0)
    text += fmt::format(
        "{} crash procedure{}: {}\n", ran, ran == 1 ? "" : "s",
        paint(well == ran ? "all well"
                          : fmt::format("{} did not end well", ran - well),
              well == ran ? Colour::kGreen : Colour::kRed, look.colour));
  for (const auto& group : report.groups)
    text += fmt::format(
        "group {}: {}\n", visible_text(group.name),
        paint(visible_text(group.action), Colour::kYellow, look.colour));
  return text;
}

// Where there is no tree that shows them.
std::string list_procedures(const Report& report) {
  std::string text;
  for (const auto& procedure : report.procedures)
    if (const auto said = procedure_text(procedure); !said.empty())
      text += fmt::format("  {} {}  {}\n", procedure.pid,
                          visible_text(name_of(report, procedure.pid)), said);
  return text;
}

}  // namespace

bool had_procedure(const ProcedureReport& procedure) {
  return procedure.state != procedure_state_name(OTHERWORLD_PROCEDURE_NONE);
}

bool went_well(const ProcedureReport& procedure) {
  constexpr unsigned kWell[] = {OTHERWORLD_PROCEDURE_CONTINUED,
                                OTHERWORLD_PROCEDURE_RESTARTED,
                                OTHERWORLD_PROCEDURE_EXITED};
  return std::any_of(std::begin(kWell), std::end(kWell), [&](unsigned state) {
    return procedure.state == procedure_state_name(state);
  });
}

bool went_wrong(const ProcedureReport& procedure) {
  return had_procedure(procedure) && !went_well(procedure);
}

std::string short_time(double seconds) {
  if (seconds < 0.001)
    return fmt::format("{:.0f} us", seconds * 1e6);
  if (seconds < 1)
    return fmt::format("{:.1f} ms", seconds * 1e3);
  return fmt::format("{:.2f} s", seconds);
}

std::string procedure_text(const ProcedureReport& procedure) {
  std::string text;
  if (had_procedure(procedure))
    text = fmt::format("crash procedure {} after {}", procedure.state,
                       short_time(procedure.seconds));
  const bool own = procedure.action == action_name(OTHERWORLD_ACTION_PROCEDURE);
  if (!own && !procedure.action.empty())
    text += fmt::format("{}{}{}", text.empty() ? "" : "; ", procedure.action,
                        procedure.reason.empty() ? "" : ": ") +
            procedure.reason;
  return visible_text(text);
}

bool all_exact(const Report& report) {
  const auto exact = [](const auto& part) { return part.grade == "exact"; };
  return std::all_of(report.processes.begin(), report.processes.end(), exact) &&
         std::all_of(report.machine.begin(), report.machine.end(), exact);
}

std::string render_report(const Report& report, const Look& look) {
  std::vector<TreeNode> nodes;
  for (const auto& process : report.processes) {
    std::string line = fmt::format(
        "{} {}  {}", process.pid,
        paint(visible_text(process.name), Colour::kBold, look.colour),
        paint_grade(process.grade, look.colour));
    if (process.threads > 1)
      line += fmt::format(", {} threads", process.threads);
    auto notes = verdict_notes(process.verdicts, look.colour);
    for (const auto& procedure : report.procedures)
      if (procedure.pid == process.pid)
        notes.push_back(procedure_text(procedure));
    nodes.push_back(
        {process.pid, process.ppid, std::move(line), std::move(notes)});
  }
  std::string text = render_tree(nodes, look.unicode);
  for (const auto& note : verdict_notes(report.machine, look.colour))
    text += note + "\n";
  return text + count_grades(grades_of(report), look.colour) + "\n" +
         summarize_procedures(report, look);
}

std::string summarize_report(const Report& report, const Look& look) {
  std::string text = count_grades(grades_of(report), look.colour) + "\n";
  size_t lines = 0;
  for (const auto& process : report.processes) {
    if (process.grade == "exact")
      continue;
    if (++lines > kSummaryLines) {
      text += "  ... (owctl report)\n";
      break;
    }
    const auto notes = verdict_notes(process.verdicts, look.colour);
    text +=
        fmt::format("  {} {}  {}\n", process.pid, visible_text(process.name),
                    notes.empty() ? paint_grade(process.grade, look.colour)
                                  : notes.front());
  }
  return text + summarize_procedures(report, look) + list_procedures(report);
}

}  // namespace owctl
