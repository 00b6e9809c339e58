// SPDX-License-Identifier: GPL-2.0
#include "ps_view.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "pact_words.h"
#include "process_tree.h"
#include "visible_text.h"

namespace owctl {
namespace {

constexpr const char* kLeftOut = "left out";

// With its limit, which is nothing without one.
std::string procedure_text(const PsLine& line) {
  return line.live.candidate.has_procedure
             ? format_duration(line.decision.limit)
             : kNothing;
}

std::string action_text(const PsLine& line) {
  return line.comes_back ? action_name(line.decision.action) : kLeftOut;
}

enum Column {
  kPid,
  kUser,
  kName,
  kPact,
  kProcedure,
  kGroup,
  kGrade,
  kAction,
  kWhy,
  kColumns
};
using Row = std::array<std::string, kColumns>;

constexpr const char* kTitles[kColumns] = {"PID",   "USER",      "NAME",
                                           "PACT",  "PROCEDURE", "GROUP",
                                           "GRADE", "ACTION",    "WHY"};

Row row_of(const PsLine& line) {
  const Candidate& candidate = line.live.candidate;
  return {std::to_string(candidate.pid),
          visible_text(line.user),
          visible_text(candidate.name),
          pact_word(line.live.pact),
          procedure_text(line),
          candidate.group.empty() ? kNothing : visible_text(candidate.group),
          line.grade,
          action_text(line),
          line.comes_back ? visible_text(line.decision.reason) : ""};
}

Colour colour_of(Column column, const std::string& text) {
  if (column == kName)
    return Colour::kBold;
  if (column == kPact)
    return pact_colour(text);
  if (column != kAction)
    return Colour::kNone;
  if (text == kLeftOut || text == action_name(OTHERWORLD_ACTION_TERMINATE))
    return Colour::kRed;
  return text == action_name(OTHERWORLD_ACTION_CONTINUE) ? Colour::kGreen
                                                         : Colour::kYellow;
}

std::string padded(const std::string& text, size_t width, bool right) {
  const std::string space(width - std::min(width, text_width(text)), ' ');
  return right ? space + text : text + space;
}

}  // namespace

std::string render_ps(const std::vector<PsLine>& lines, const Look& look) {
  std::vector<Row> rows = {{}};
  std::copy(std::begin(kTitles), std::end(kTitles), rows[0].begin());
  std::transform(lines.begin(), lines.end(), std::back_inserter(rows), row_of);
  std::array<size_t, kColumns> widths = {};
  for (const auto& row : rows)
    for (size_t i = 0; i < kColumns; ++i)
      widths[i] = std::max(widths[i], text_width(row[i]));
  const bool graded =
      std::any_of(lines.begin(), lines.end(),
                  [](const auto& l) { return !l.grade.empty(); });
  std::string text;
  for (size_t i = 0; i < rows.size(); ++i) {
    for (int c = 0; c < kColumns; ++c) {
      const auto column = static_cast<Column>(c);
      if (column == kGrade && !graded)
        continue;
      // Nothing follows the last.
      const std::string cell = padded(
          rows[i][column], column == kWhy ? 0 : widths[column], column == kPid);
      const Colour colour =
          i == 0 ? Colour::kDim : colour_of(column, rows[i][column]);
      text += (c == 0 ? "" : "  ") + paint(cell, colour, look.colour);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += "\n";
    if (i > 0)
      for (const auto& note : verdict_notes(lines[i - 1].losses, look.colour))
        text += fmt::format("{:{}}  {}\n", "", widths[kPid], note);
  }
  return text;
}

nlohmann::json ps_json(const std::vector<PsLine>& lines) {
  auto array = nlohmann::json::array();
  for (const auto& line : lines) {
    const Candidate& candidate = line.live.candidate;
    nlohmann::json json = {{"pid", candidate.pid},
                           {"ppid", candidate.ppid},
                           {"uid", candidate.uid},
                           {"user", line.user},
                           {"name", candidate.name},
                           {"program", candidate.program},
                           {"pact", nullptr},
                           {"procedure", candidate.has_procedure},
                           {"group", candidate.group},
                           {"comes_back", line.comes_back},
                           {"action", action_name(line.decision.action)},
                           {"limit_ms", line.decision.limit.count()},
                           {"reason", line.decision.reason}};
    if (line.live.pact)
      json["pact"] = pact_word(line.live.pact);
    if (!line.grade.empty()) {
      json["grade"] = line.grade;
      json["verdicts"] = verdicts_json(line.losses);
    }
    array.push_back(std::move(json));
  }
  return array;
}

}  // namespace owctl
