// SPDX-License-Identifier: GPL-2.0
#include "report_parts.h"

#include <algorithm>

#include "report_view.h"

namespace owctl {

bool is_loss(const Verdict& verdict) {
  return verdict.grade != grade_name(OTHERWORLD_EXACT);
}

size_t count_of(const Report& report, std::string_view grade) {
  return static_cast<size_t>(std::count_if(
      report.processes.begin(), report.processes.end(),
      [&](const auto& process) { return process.grade == grade; }));
}

size_t count_losses(const std::vector<Verdict>& verdicts) {
  return static_cast<size_t>(
      std::count_if(verdicts.begin(), verdicts.end(), is_loss));
}

size_t count_failed_procedures(const Report& report) {
  return static_cast<size_t>(std::count_if(
      report.procedures.begin(), report.procedures.end(), went_wrong));
}

std::string counted(size_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string grade_class(std::string_view grade) {
  for (const unsigned known :
       {OTHERWORLD_EXACT, OTHERWORLD_DEGRADED, OTHERWORLD_LOST})
    if (grade == grade_name(known))
      return fmt::format("grade {}", grade);
  return "grade unknown";
}

void put_grade(Html& page, const std::string& grade) {
  page.put("span", {{"class", grade_class(grade)}}, grade);
}

void put_name(Html& page, const std::string& name) {
  // A process may call itself so, and would not be seen.
  const bool blank = name.find_first_not_of(" \t\n") == std::string::npos;
  page.put("bdi", {{"class", "name"}}, blank ? "(no name)" : name);
}

void put_whose(Html& page, int pid, const std::string& name) {
  const auto link = page.open("a", {{"href", fmt::format("#p{}", pid)}});
  page.put("span", {{"class", "pid"}}, std::to_string(pid));
  page.text(" ");
  put_name(page, name);
}

void put_head_row(Html& page, std::initializer_list<const char*> titles) {
  const auto head = page.open("thead");
  const auto row = page.open("tr");
  for (const auto* title = titles.begin(); title != titles.end();) {
    const auto* const next = std::find_if(
        title + 1, titles.end(), [](const char* t) { return *t != 0; });
    page.put("th",
             {{"scope", "col"}, {"colspan", std::to_string(next - title)}},
             *title);
    title = next;
  }
}

}  // namespace owctl
