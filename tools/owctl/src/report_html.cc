// SPDX-License-Identifier: GPL-2.0
#include "report_html.h"

#include <algorithm>
#include <map>

#include "process_tree.h"
#include "report_view.h"
#include "restart_policy.h"

namespace owctl {
namespace {

// More of one reason than these are only counted.
constexpr size_t kNamedLosses = 12;
constexpr const char* kGradeNames[] = {"exact", "degraded", "lost"};

// Only words that the style knows become part of a class.
std::string grade_class(std::string_view grade) {
  for (const char* known : kGradeNames)
    if (grade == known)
      return fmt::format("grade {}", known);
  return "grade unknown";
}

bool is_loss(const Verdict& verdict) {
  return verdict.grade != kGradeNames[OTHERWORLD_EXACT];
}

size_t count_of(const Report& report, std::string_view grade) {
  return static_cast<size_t>(std::count_if(
      report.processes.begin(), report.processes.end(),
      [&](const auto& process) { return process.grade == grade; }));
}

std::string counted(size_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

class Page {
 public:
  Page(const Report& report, const KeptStory& story)
      : report_(report), story_(story) {
    for (const auto& procedure : report.procedures)
      procedures_.emplace(procedure.pid, &procedure);
  }

  std::string render() && {
    {
      const auto html = page_.open("html", {{"lang", "en"}});
      put_head();
      const auto body = page_.open("body");
      put_summary();
      {
        const auto main = page_.open("main");
        put_timeline(page_, story_.timings);
        put_tree();
        put_losses();
        put_procedures();
        put_last_words();
      }
      put_foot();
    }
    page_.line();
    return page_.str();
  }

 private:
  [[nodiscard]] std::string title() const {
    return fmt::format("Takeover {}", story_.generation);
  }

  void put_head() {
    const auto head = page_.open("head");
    page_.put_void("meta", {{"charset", "utf-8"}});
    // Whatever got onto this page, nothing is fetched or run.
    page_.put_void(
        "meta", {{"http-equiv", "Content-Security-Policy"},
                 {"content", "default-src 'none'; style-src 'unsafe-inline'"}});
    page_.put_void("meta", {{"name", "viewport"},
                            {"content",
                             "width=device-width, "
                             "initial-scale=1"}});
    page_.put_void("meta",
                   {{"name", "color-scheme"}, {"content", "light dark"}});
    page_.put("title", title() + " \xc2\xb7 Otherworld");
    page_.style(report_style());
  }

  void put_summary() {
    const auto header = page_.open("header");
    page_.put("p", {{"class", "brand"}}, "Otherworld");
    const size_t all = report_.processes.size();
    const size_t lost = count_of(report_, kGradeNames[OTHERWORLD_LOST]);
    page_.put("h1", lost == 0
                        ? fmt::format("The kernel died. {} went on.",
                                      counted(all, "process", "processes"))
                        : fmt::format("The kernel died. {} of {} went "
                                      "on.",
                                      all - lost,
                                      counted(all, "process", "processes")));
    if (!story_.cause.empty())
      page_.put("p", {{"class", "cause"}}, story_.cause);
    put_figures(all);
    put_shares(all);
    put_facts();
  }

  void put_figure(const std::string& number, const char* what,
                  const std::string& style) {
    const auto figure = page_.open("div", {{"class", "figure " + style}});
    page_.put("b", number);
    page_.put("span", what);
  }

  void put_figures(size_t all) {
    const auto figures = page_.open("div", {{"class", "figures"}});
    const uint64_t outage = outage_us(story_.timings);
    put_figure(
        outage == 0 ? "?" : short_time(static_cast<double>(outage) / 1e6),
        "outage", "outage");
    for (const char* grade : kGradeNames)
      put_figure(std::to_string(count_of(report_, grade)), grade,
                 grade_class(grade));
    put_figure(std::to_string(all), "processes", "");
    if (const auto ran = std::count_if(report_.procedures.begin(),
                                       report_.procedures.end(), had_procedure);
        ran != 0)
      put_figure(std::to_string(ran), "crash procedures", "");
  }

  // One bar, in parts.
  void put_shares(size_t all) {
    const auto bar = page_.open("div", {{"class", "shares"},
                                        {"role", "img"},
                                        {"aria-label", "share of each grade"}});
    for (const char* grade : kGradeNames)
      if (const size_t count = count_of(report_, grade); count > 0)
        page_.put("i",
                  {{"class", grade_class(grade)},
                   {"style", fmt::format("width:{:.3f}%",
                                         100.0 * static_cast<double>(count) /
                                             static_cast<double>(all))}},
                  "");
  }

  void put_fact(const char* name, const std::string& value) {
    if (value.empty())
      return;
    const auto fact = page_.open("div");
    page_.put("dt", name);
    page_.put("dd", value);
  }

  void put_facts() {
    const auto facts = page_.open("dl", {{"class", "facts"}});
    put_fact("generation", std::to_string(story_.generation));
    if (story_.fault_time != 0)
      put_fact("died at", iso_time(story_.fault_time));
    put_fact("kernel", story_.kernel_release);
    put_fact("build", story_.build_id);
    put_fact("outcome", story_.outcome);
    put_fact("not a takeover because", story_.reason);
  }

  void put_tree() {
    const auto section = page_.open("section", {{"id", "processes"}});
    page_.put("h2", "What became of the processes");
    if (report_.processes.empty()) {
      page_.put("p", {{"class", "none"}}, "None was brought back.");
      return;
    }
    std::vector<TreeNode> nodes;
    nodes.reserve(report_.processes.size());
    for (const auto& process : report_.processes)
      nodes.push_back({process.pid, process.ppid, {}, {}});
    const auto tree = page_.open("ol", {{"class", "tree"}});
    for (const auto& place : tree_order(nodes))
      put_process(report_.processes[place.node], place.depth);
  }

  void put_process(const ProcessReport& process, size_t depth) {
    page_.line();
    // Deeper than this the eye is lost anyway.
    const auto item = page_.open(
        "li",
        {{"style", fmt::format("--depth:{}", std::min<size_t>(depth, 24))}});
    {
      const auto line = page_.open("div", {{"class", "process"}});
      page_.put("span", {{"class", "pid"}}, std::to_string(process.pid));
      page_.put("bdi", {{"class", "name"}}, process.name);
      if (process.threads > 1)
        page_.put("span", {{"class", "dim"}},
                  fmt::format("{} threads", process.threads));
      page_.put("span", {{"class", grade_class(process.grade)}}, process.grade);
      if (const auto found = procedures_.find(process.pid);
          found != procedures_.end())
        page_.put("span", {{"class", "chip"}}, procedure_text(*found->second));
    }
    put_verdicts(process.verdicts);
  }

  void put_verdicts(const std::vector<Verdict>& verdicts) {
    const auto count = static_cast<size_t>(
        std::count_if(verdicts.begin(), verdicts.end(), is_loss));
    if (count == 0)
      return;
    const auto details = page_.open("details");
    page_.put("summary", counted(count, "thing is not as it was",
                                 "things are not as they were"));
    const auto list = page_.open("ul");
    for (const auto& verdict : verdicts)
      if (is_loss(verdict))
        put_verdict(verdict);
  }

  void put_verdict(const Verdict& verdict) {
    const auto item = page_.open("li");
    page_.put("span", {{"class", grade_class(verdict.grade)}}, verdict.grade);
    page_.text(" ");
    page_.put("bdi", {{"class", "name"}}, verdict.resource);
    page_.text(": " + verdict.reason);
  }

  struct Loss {
    std::string grade, reason;
    size_t count = 0;
    std::vector<std::string> named;
  };

  // One for each reason: the worst and the most frequent first.
  [[nodiscard]] std::vector<Loss> losses() const {
    std::map<std::pair<std::string, std::string>, Loss> found;
    const auto add = [&](const Verdict& verdict, const std::string& whose) {
      if (!is_loss(verdict))
        return;
      Loss& loss = found[{verdict.grade, verdict.reason}];
      loss.grade = verdict.grade;
      loss.reason = verdict.reason;
      if (++loss.count <= kNamedLosses)
        loss.named.push_back(whose + verdict.resource);
    };
    for (const auto& process : report_.processes)
      for (const auto& verdict : process.verdicts)
        add(verdict, fmt::format("{} {}: ", process.pid, process.name));
    for (const auto& verdict : report_.machine)
      add(verdict, "");
    std::vector<Loss> sorted;
    sorted.reserve(found.size());
    for (auto& [key, loss] : found)
      sorted.push_back(std::move(loss));
    const auto rank = [](const Loss& loss) {
      return std::pair(loss.grade != kGradeNames[OTHERWORLD_LOST],
                       SIZE_MAX - loss.count);
    };
    std::stable_sort(
        sorted.begin(), sorted.end(),
        [&](const Loss& a, const Loss& b) { return rank(a) < rank(b); });
    return sorted;
  }

  void put_losses() {
    const auto section = page_.open("section", {{"id", "losses"}});
    page_.put("h2", "What is lost, and why");
    const auto all = losses();
    if (all.empty()) {
      page_.put("p", {{"class", "none"}}, "Nothing. All is exactly as it was.");
      return;
    }
    const auto scroll = page_.open("div", {{"class", "scroll"}});
    const auto table = page_.open("table");
    put_head_row({"", "Why", "How many", "What"});
    const auto body = page_.open("tbody");
    for (const auto& loss : all) {
      page_.line();
      const auto row = page_.open("tr");
      {
        const auto cell = page_.open("td");
        page_.put("span", {{"class", grade_class(loss.grade)}}, loss.grade);
      }
      page_.put("td",
                loss.reason.empty() ? "no reason was given" : loss.reason);
      page_.put("td", {{"class", "num"}}, std::to_string(loss.count));
      const auto cell = page_.open("td", {{"class", "what"}});
      for (const auto& name : loss.named)
        page_.put("bdi", {{"class", "name"}}, name);
      if (loss.count > loss.named.size())
        page_.put("span", {{"class", "dim"}},
                  fmt::format("and {} more", loss.count - loss.named.size()));
    }
  }

  void put_head_row(std::initializer_list<const char*> titles) {
    const auto head = page_.open("thead");
    const auto row = page_.open("tr");
    for (const char* title : titles)
      page_.put("th", title);
  }

  void put_procedures() {
    if (report_.procedures.empty() && report_.groups.empty())
      return;
    const auto section = page_.open("section", {{"id", "procedures"}});
    page_.put("h2", "Crash procedures and restarts");
    if (!report_.groups.empty()) {
      const auto groups = page_.open("p", {{"class", "groups"}});
      page_.text("Restarted groups: ");
      for (const auto& group : report_.groups)
        page_.put("span", {{"class", "chip"}},
                  fmt::format("{}: {}", group.name, group.action));
    }
    if (report_.procedures.empty())
      return;
    double longest = 0;
    for (const auto& procedure : report_.procedures)
      longest = std::max(longest, procedure.seconds);
    const auto scroll = page_.open("div", {{"class", "scroll"}});
    const auto table = page_.open("table");
    put_head_row({"Process", "Crash procedure", "Took", "", "Action", "Why"});
    const auto body = page_.open("tbody");
    for (const auto& procedure : report_.procedures)
      put_procedure(procedure, longest);
  }

  void put_procedure(const ProcedureReport& procedure, double longest) {
    page_.line();
    const auto row = page_.open("tr");
    {
      const auto cell = page_.open("td");
      page_.put("span", {{"class", "pid"}}, std::to_string(procedure.pid));
      page_.put("bdi", {{"class", "name"}}, name_of(procedure.pid));
    }
    page_.put(
        "td",
        {{"class",
          had_procedure(procedure) && !went_well(procedure) ? "bad" : ""}},
        procedure.state);
    page_.put("td", {{"class", "num"}},
              procedure.seconds > 0 ? short_time(procedure.seconds) : "");
    {
      const auto cell = page_.open("td", {{"class", "duration"}});
      if (procedure.seconds > 0)
        page_.put("i",
                  {{"class", "bar back"},
                   {"style", fmt::format("width:{:.3f}%",
                                         100 * procedure.seconds / longest)}},
                  "");
    }
    page_.put("td", procedure.action);
    page_.put("td", procedure.reason);
  }

  [[nodiscard]] std::string name_of(int pid) const {
    const auto found =
        std::find_if(report_.processes.begin(), report_.processes.end(),
                     [&](const auto& process) { return process.pid == pid; });
    return found == report_.processes.end() ? "" : found->name;
  }

  void put_last_words() {
    const auto section = page_.open("section", {{"id", "last-words"}});
    page_.put("h2", "The dead kernel's last words");
    std::string log;
    for (const auto& line : story_.last_lines)
      log += line + "\n";
    if (log.empty() && story_.backtrace.empty())
      page_.put("p", {{"class", "none"}}, "None were kept.");
    if (!story_.backtrace.empty()) {
      page_.put("h3", "From where the end began");
      page_.put("pre", {{"tabindex", "0"}}, story_.backtrace);
    }
    if (!log.empty()) {
      const auto details = story_.backtrace.empty()
                               ? page_.open("details", {{"open", "open"}})
                               : page_.open("details");
      page_.put("summary", "The end of its log");
      page_.put("pre", {{"tabindex", "0"}}, log);
    }
  }

  void put_foot() {
    const auto footer = page_.open("footer");
    page_.text("Made by owctl report --html from ");
    page_.put("code", story_.directory);
  }

  const Report& report_;
  const KeptStory& story_;
  std::map<int, const ProcedureReport*> procedures_;
  Html page_;
};

}  // namespace

std::string render_html(const Report& report, const KeptStory& story) {
  return Page(report, story).render();
}

}  // namespace owctl
