// SPDX-License-Identifier: GPL-2.0
#include "report_html.h"

#include <algorithm>

#include "report_parts.h"
#include "report_view.h"

namespace owctl {
namespace {

constexpr unsigned kGrades[] = {OTHERWORLD_EXACT, OTHERWORLD_DEGRADED,
                                OTHERWORLD_LOST};

class Page {
 public:
  Page(const Report& report, const KeptStory& story)
      : report_(report), story_(story) {}

  std::string render() && {
    {
      const auto html = page_.open("html", {{"lang", "en"}});
      put_head();
      const auto body = page_.open("body");
      put_summary();
      {
        const auto main = page_.open("main");
        put_advice(page_, report_);
        put_losses(page_, report_);
        put_procedures(page_, report_);
        put_timeline(page_, story_.timings);
        put_last_words();
        put_tree(page_, report_);
      }
      put_foot();
    }
    page_.line();
    return page_.str();
  }

 private:
  // As its directory is called: of an earlier boot it may be "2.1".
  [[nodiscard]] std::string title() const {
    return "Takeover " +
           story_.directory.substr(story_.directory.find_last_of('/') + 1);
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
    page_.put("h1", headline());
    if (!story_.cause.empty())
      page_.put("p", {{"class", "cause"}}, story_.cause);
    put_figures();
    put_shares();
    put_facts();
    put_ways();
  }

  [[nodiscard]] std::string headline() const {
    const size_t all = report_.processes.size();
    const size_t lost = count_of(report_, grade_name(OTHERWORLD_LOST));
    const auto processes = counted(all, "process", "processes");
    if (all == lost)
      return "The kernel died. No process went on.";
    if (lost == 0)
      return fmt::format("The kernel died. {}{} went on.",
                         all == 1 ? "" : "All ", processes);
    return fmt::format("The kernel died. {} of {} went on.", all - lost,
                       processes);
  }

  void put_figure(const std::string& number, const char* what,
                  const std::string& style) {
    const auto figure = page_.open("div", {{"class", "figure " + style}});
    page_.put("b", number);
    page_.put("span", what);
  }

  void put_figures() {
    const auto figures = page_.open("div", {{"class", "figures"}});
    const uint64_t outage = outage_us(story_.timings);
    put_figure(
        outage == 0 ? "unknown" : short_time(static_cast<double>(outage) / 1e6),
        "outage", "outage");
    size_t others = report_.processes.size();
    put_figure(std::to_string(others), others == 1 ? "process" : "processes",
               "");
    for (const unsigned grade : kGrades) {
      const size_t count = count_of(report_, grade_name(grade));
      others -= count;
      put_figure(std::to_string(count), grade_name(grade),
                 count == 0 ? "zero" : grade_class(grade_name(grade)));
    }
    // No owctl writes another grade; damage may.
    if (others > 0)
      put_figure(std::to_string(others), kUnknownGrade, "");
    if (const auto ran = std::count_if(report_.procedures.begin(),
                                       report_.procedures.end(), had_procedure);
        ran != 0)
      put_figure(std::to_string(ran),
                 ran == 1 ? "crash procedure" : "crash procedures", "");
  }

  // One bar, in parts; in words the figures have it.
  void put_shares() {
    const auto bar =
        page_.open("div", {{"class", "shares"}, {"aria-hidden", "true"}});
    for (const unsigned grade : kGrades)
      if (const size_t count = count_of(report_, grade_name(grade)); count > 0)
        page_.put(
            "i",
            {{"class", grade_class(grade_name(grade))},
             {"style",
              fmt::format("width:{:.3f}%",
                          100.0 * static_cast<double>(count) /
                              static_cast<double>(report_.processes.size()))}},
            "");
  }

  void put_fact(const char* name, const std::string& value) {
    if (value.empty())
      return;
    page_.put("dt", name);
    page_.put("dd", value);
  }

  void put_facts() {
    const auto facts = page_.open("dl", {{"class", "facts"}});
    if (story_.generation != 0)
      put_fact("generation", std::to_string(story_.generation));
    if (story_.fault_time != 0)
      put_fact("died at", iso_time(story_.fault_time));
    put_fact("kernel", story_.kernel_release);
    put_fact("build", story_.build_id);
    put_fact("outcome", story_.outcome);
    put_fact("not a takeover because", story_.reason);
    put_fact("some is missing because", story_.problem);
  }

  void put_ways() {
    const auto nav = page_.open("nav", {{"aria-label", "parts of this page"}});
    page_.put("a", {{"href", "#losses"}}, "What is lost");
    if (!report_.procedures.empty() || !report_.groups.empty())
      page_.put("a", {{"href", "#procedures"}}, "Crash procedures");
    page_.put("a", {{"href", "#timeline"}}, "The outage");
    page_.put("a", {{"href", "#last-words"}}, "Last words");
    page_.put("a", {{"href", "#processes"}}, "Processes");
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
  Html page_;
};

}  // namespace

std::string render_html(const Report& report, const KeptStory& story) {
  return Page(report, story).render();
}

}  // namespace owctl
