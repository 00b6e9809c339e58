// SPDX-License-Identifier: GPL-2.0
#include <algorithm>
#include <map>

#include "report_parts.h"

namespace owctl {
namespace {

// More of one reason than these are only counted.
constexpr size_t kNamed = 12;

struct Whose {
  const ProcessReport* process;  // none: it is the machine's
  std::string resource;
};

struct Loss {
  std::string grade, reason;
  size_t count = 0;
  std::vector<Whose> named = {};
};

// One for each reason: the worst and the most frequent first.
std::vector<Loss> losses_of(const Report& report) {
  std::map<std::pair<std::string, std::string>, Loss> found;
  const auto add = [&](const Verdict& verdict, const ProcessReport* process) {
    if (!is_loss(verdict))
      return;
    Loss& loss = found[{verdict.grade, verdict.reason}];
    loss.grade = verdict.grade;
    loss.reason = verdict.reason;
    if (++loss.count <= kNamed)
      loss.named.push_back({process, verdict.resource});
  };
  for (const auto& process : report.processes)
    for (const auto& verdict : process.verdicts)
      add(verdict, &process);
  for (const auto& verdict : report.machine)
    add(verdict, nullptr);
  std::vector<Loss> sorted;
  sorted.reserve(found.size());
  for (auto& [key, loss] : found)
    sorted.push_back(std::move(loss));
  const auto rank = [](const Loss& loss) {
    return std::pair(loss.grade != grade_name(OTHERWORLD_LOST),
                     SIZE_MAX - loss.count);
  };
  std::stable_sort(
      sorted.begin(), sorted.end(),
      [&](const Loss& a, const Loss& b) { return rank(a) < rank(b); });
  return sorted;
}

void put_loss(Html& page, const Loss& loss) {
  page.line();
  const auto row = page.open("tr");
  {
    const auto cell = page.open("td", {{"class", "word"}});
    put_grade(page, loss.grade);
  }
  page.put("td", {{"class", "why"}},
           loss.reason.empty() ? "no reason was given" : loss.reason);
  page.put("td", {{"class", "num"}, {"data-label", "times: "}},
           std::to_string(loss.count));
  const auto cell = page.open("td", {{"class", "what"}});
  const auto list = page.open("ul");
  for (const auto& whose : loss.named) {
    const auto item = page.open("li");
    if (whose.process != nullptr) {
      put_whose(page, whose.process->pid, whose.process->name);
      page.text(": ");
    }
    page.put("bdi", whose.resource);
  }
  if (loss.count > loss.named.size())
    page.put("li", {{"class", "dim"}},
             fmt::format("and {} more", loss.count - loss.named.size()));
}

}  // namespace

void put_losses(Html& page, const Report& report) {
  const auto section = page.open("section", {{"id", "losses"}});
  page.put("h2", "What is lost, and why");
  const auto all = losses_of(report);
  if (all.empty()) {
    page.put("p", {{"class", "none"}}, "Nothing.");
    return;
  }
  const auto table = page.open("table", {{"class", "losses"}});
  put_head_row(page, {"Verdict", "Why", "Times", "What"});
  const auto body = page.open("tbody");
  for (const auto& loss : all)
    put_loss(page, loss);
}

}  // namespace owctl
