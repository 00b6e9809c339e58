// SPDX-License-Identifier: GPL-2.0
#include <algorithm>
#include <map>

#include "process_tree.h"
#include "report_parts.h"
#include "report_view.h"

namespace owctl {
namespace {

// Deeper than this the eye is lost anyway, and a telephone has no room.
constexpr size_t kDeepest = 16;

class Tree {
 public:
  Tree(Html& page, const Report& report) : page_(page), report_(report) {
    for (const auto& procedure : report.procedures)
      procedures_.emplace(procedure.pid, &procedure);
  }

  void put() {
    std::vector<TreeNode> nodes;
    nodes.reserve(report_.processes.size());
    for (const auto& process : report_.processes)
      nodes.push_back({process.pid, process.ppid, {}, {}});
    const auto places = tree_order(nodes);
    const auto wanted = not_exact_or_above(places);
    if (std::find(wanted.begin(), wanted.end(), true) != wanted.end())
      put_filter();
    const auto tree = page_.open("ol", {{"class", "tree"}});
    for (size_t i = 0; i < places.size(); ++i)
      put_process(report_.processes[places[i].node], places[i].depth,
                  wanted[i]);
  }

 private:
  // The style hides what is not wanted: there is no script.
  void put_filter() {
    page_.put_void("input", {{"type", "checkbox"}, {"id", "only"}});
    page_.put("label", {{"for", "only"}},
              "only those that are not exactly as they were, and above them "
              "their parents");
  }

  // From the end: a parent is the next that is less deep.
  [[nodiscard]] std::vector<bool> not_exact_or_above(
      const std::vector<TreePlace>& places) const {
    std::vector<bool> wanted(places.size());
    size_t parents_below = 0;
    for (size_t i = places.size(); i-- > 0;) {
      const auto& grade = report_.processes[places[i].node].grade;
      wanted[i] = grade != grade_name(OTHERWORLD_EXACT) ||
                  places[i].depth < parents_below;
      if (wanted[i])
        parents_below = places[i].depth;
    }
    return wanted;
  }

  void put_process(const ProcessReport& process, size_t depth, bool wanted) {
    page_.line();
    // A process that is there twice is damage; ways lead to the first.
    const unsigned before = placed_[process.pid]++;
    const auto item = page_.open(
        "li",
        {{"id", before == 0 ? fmt::format("p{}", process.pid)
                            : fmt::format("p{}-{}", process.pid, before)},
         {"class", wanted ? "wanted" : "whole"},
         {"style", fmt::format("--depth:{}", std::min(depth, kDeepest))}});
    {
      const auto line = page_.open("div", {{"class", "process"}});
      page_.put("span", {{"class", "pid"}}, std::to_string(process.pid));
      put_name(page_, process.name);
      if (depth > kDeepest)
        page_.put("span", {{"class", "dim"}},
                  fmt::format("child of {}", process.ppid));
      if (process.threads > 1)
        page_.put("span", {{"class", "dim"}},
                  fmt::format("{} threads", process.threads));
      put_grade(page_, process.grade);
      put_procedure(process.pid);
    }
    put_verdicts(process.verdicts);
  }

  void put_procedure(int pid) {
    const auto found = procedures_.find(pid);
    if (found == procedures_.end())
      return;
    const auto& procedure = *found->second;
    const bool failed = went_wrong(procedure);
    page_.put("span", {{"class", failed ? "chip bad" : "chip"}},
              procedure_text(procedure));
  }

  // One is said at once, of more there is a list to open.
  void put_verdicts(const std::vector<Verdict>& verdicts) {
    const size_t count = count_losses(verdicts);
    if (count == 0)
      return;
    const auto below =
        page_.open(count == 1 ? "div" : "details", {{"class", "verdicts"}});
    if (count > 1)
      page_.put("summary",
                fmt::format("{} things are not as they were", count));
    const auto list = page_.open("ul");
    for (const auto& verdict : verdicts)
      if (is_loss(verdict))
        put_verdict(verdict);
  }

  void put_verdict(const Verdict& verdict) {
    const auto item = page_.open("li");
    put_grade(page_, verdict.grade);
    page_.text(" ");
    page_.put("bdi", {{"class", "name"}}, verdict.resource);
    page_.text(": ");
    page_.put("bdi", verdict.reason);
  }

  Html& page_;
  const Report& report_;
  std::map<int, const ProcedureReport*> procedures_;
  std::map<int, unsigned> placed_;
};

}  // namespace

void put_tree(Html& page, const Report& report) {
  const auto section = page.open("section", {{"id", "processes"}});
  page.put("h2", "What became of the processes");
  if (report.processes.empty())
    page.put("p", {{"class", "none"}}, "None was brought back.");
  else
    Tree(page, report).put();
}

}  // namespace owctl
