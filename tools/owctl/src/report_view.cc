// SPDX-License-Identifier: GPL-2.0
#include "report_view.h"

#include <algorithm>

#include "process_tree.h"

namespace owctl {
namespace {

constexpr size_t kSummaryLines = 8;

std::vector<std::string> grades_of(const Report& report) {
  std::vector<std::string> grades;
  for (const auto& process : report.processes)
    grades.push_back(process.grade);
  return grades;
}

}  // namespace

bool all_exact(const Report& report) {
  const auto exact = [](const auto& part) { return part.grade == "exact"; };
  return std::all_of(report.processes.begin(), report.processes.end(), exact) &&
         std::all_of(report.machine.begin(), report.machine.end(), exact);
}

std::string render_report(const Report& report, const Look& look) {
  std::vector<TreeNode> nodes;
  for (const auto& process : report.processes) {
    std::string line =
        fmt::format("{} {}  {}", process.pid,
                    paint(process.name, Colour::kBold, look.colour),
                    paint_grade(process.grade, look.colour));
    if (process.threads > 1)
      line += fmt::format(", {} threads", process.threads);
    nodes.push_back({process.pid, process.ppid, std::move(line),
                     verdict_notes(process.verdicts, look.colour)});
  }
  std::string text = render_tree(nodes, look.unicode);
  for (const auto& note : verdict_notes(report.machine, look.colour))
    text += note + "\n";
  return text + count_grades(grades_of(report), look.colour) + "\n";
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
    text += fmt::format("  {} {}  {}\n", process.pid, process.name,
                        notes.empty() ? paint_grade(process.grade, look.colour)
                                      : notes.front());
  }
  return text;
}

}  // namespace owctl
