// SPDX-License-Identifier: GPL-2.0
// A takeover on one page: well-formed and harmless, whatever processes are
// called and the dead kernel said.
#include "report_html.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "html.h"
#include "owctl_fake_root.h"

namespace owctl {
namespace {

// From right to left: in two parts, so that it does no harm here.
constexpr const char* kOverride[] = {"\xe2\x80", "\xae"};

std::string hostile() {
  return "</td></li></body><script>alert(1)</script>"
         "<img src=x onerror='a'>\"&amp;\xff\033[31m" +
         std::string(kOverride[0]) + kOverride[1];
}

Report sample() {
  Report report;
  report.processes = {
      {1, 0, 1, 1, 1, "init", "exact", {{"exact", "process", "", 0}}},
      {20,
       1,
       20,
       20,
       3,
       "shop",
       "degraded",
       {{"exact", "process", "", 0}, {"lost", "fd 3", "a pipe", 1}}},
      {30, 20, 30, 30, 1, "old", "lost", {{"lost", "process", "32 bits", 1}}}};
  report.machine = {{"degraded", "sysctl x", "refused", 0}};
  report.procedures = {
      {1, "continued", 0.0123, "procedure", "its own wish"},
      {20, "failed", 2.0, "reload", "its crash procedure failed"}};
  report.groups = {{"shop/db", "reload"}};
  return report;
}

KeptStory story() {
  KeptStory story;
  story.directory = "/var/lib/otherworld/3";
  story.generation = 3;
  story.cause = "panic: sysrq";
  story.outcome = "takeover";
  story.kernel_release = "6.12";
  story.build_id = "b1";
  story.fault_time = 86400;
  story.backtrace = "Call Trace:\n panic+0x1\n";
  story.last_lines = {"last but one", "last"};
  story.timings = {
      {"fault", 0},           {"kernel", 60000},        {"handed", 1200000},
      {"processes", 1190000}, {"release_end", 1500000}, {"armed", 2500000},
      {"unheard-of", 70000}};
  return story;
}

// Everywhere that there can be something from elsewhere.
Report hostile_report() {
  Report report = sample();
  for (auto& process : report.processes) {
    process.name = process.grade = hostile();
    for (auto& verdict : process.verdicts)
      verdict.grade = verdict.resource = verdict.reason = hostile();
  }
  for (auto& verdict : report.machine)
    verdict.grade = verdict.resource = verdict.reason = hostile();
  for (auto& procedure : report.procedures)
    procedure.state = procedure.action = procedure.reason = hostile();
  for (auto& group : report.groups)
    group.name = group.action = hostile();
  return report;
}

KeptStory hostile_story() {
  KeptStory made = story();
  for (auto* text : {&made.directory, &made.cause, &made.reason, &made.outcome,
                     &made.kernel_release, &made.build_id, &made.backtrace})
    *text = hostile();
  made.last_lines = {hostile()};
  for (auto& timing : made.timings)
    timing.name = hostile();
  return made;
}

// Tags, opened and closed as in XML; what is wrong, or nothing.
std::string malformed(std::string_view page) {
  constexpr std::string_view kDoctype = "<!DOCTYPE html>";
  if (!page.starts_with(kDoctype))
    return "no doctype";
  page.remove_prefix(kDoctype.size());
  std::vector<std::string> open;
  bool style = false;
  while (!page.empty()) {
    const size_t at = page.find('<');
    const std::string_view text = page.substr(0, at);
    if (!style && text.find('>') != std::string_view::npos)
      return "a stray >: " + std::string(text);
    if (open.empty() && text.find_first_not_of('\n') != std::string_view::npos)
      return "text outside: " + std::string(text);
    if (at == std::string_view::npos)
      break;
    page.remove_prefix(at + 1);
    const size_t end = page.find('>');
    if (end == std::string_view::npos)
      return "an unfinished tag";
    const std::string tag(page.substr(0, end));
    page.remove_prefix(end + 1);
    if (std::count(tag.begin(), tag.end(), '"') % 2 != 0)
      return "quotes: " + tag;
    style = tag == "style";
    if (tag.ends_with('/'))
      continue;
    if (!tag.starts_with('/')) {
      open.push_back(tag.substr(0, tag.find(' ')));
    } else {
      if (open.empty() || "/" + open.back() != tag)
        return "unexpected: <" + tag + ">";
      open.pop_back();
    }
  }
  return open.empty() ? "" : "still open: " + open.back();
}

TEST(Html, ClosesWhatItOpens) {
  Html page;
  {
    const auto outer = page.open("p", {{"class", "a\"b"}});
    page.put("b", "1 < 2");
    page.put_void("br", {});
  }
  EXPECT_EQ(page.str(),
            "<!DOCTYPE html>\n<p class=\"a&quot;b\"><b>1 &lt; 2</b><br/></p>");
  EXPECT_EQ(malformed(page.str()), "");
  EXPECT_NE(malformed("<!DOCTYPE html><p>"), "");
  EXPECT_NE(malformed("<!DOCTYPE html><p></b></p>"), "");
  EXPECT_NE(malformed("<!DOCTYPE html><p>></p>"), "");
}

TEST(HtmlReports, AreWellFormedAndWhole) {
  const std::string page = render_html(sample(), story());
  EXPECT_EQ(malformed(page), "");
  for (const char* part : {"The kernel died. 2 of 3 processes went on.",
                           "panic: sysrq",
                           "1.20 s",
                           "1970-01-02T00:00:00Z",
                           "6.12",
                           ">init<",
                           ">shop<",
                           "3 threads",
                           "a pipe",
                           ">fd 3<",
                           "32 bits",
                           "sysctl x",
                           "crash procedure continued after 12.3 ms",
                           "2.00 s",
                           "its crash procedure failed",
                           "shop/db: reload",
                           "the gate opens",
                           "unheard-of",
                           "Afterwards, while everything runs",
                           "panic+0x1",
                           "last but one\nlast",
                           "/var/lib/otherworld/3",
                           "prefers-color-scheme: dark"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
}

TEST(HtmlReports, FetchAndRunNothing) {
  const std::string page = render_html(sample(), story());
  for (const char* part : {"<script", "http://", "https://", "@import", "url(",
                           "src=", "onload", "javascript:"})
    EXPECT_EQ(page.find(part), std::string::npos) << part;
  // Ways lead to places on the page itself, and there are these.
  constexpr std::string_view kWay = "href=\"";
  size_t ways = 0;
  for (size_t at = page.find(kWay); at != std::string::npos;
       at = page.find(kWay, at)) {
    at += kWay.size();
    ASSERT_EQ(page[at], '#');
    const auto to = page.substr(at + 1, page.find('"', at) - at - 1);
    EXPECT_NE(page.find("id=\"" + to + "\""), std::string::npos) << to;
    ++ways;
  }
  EXPECT_GT(ways, 5U);
  EXPECT_NE(page.find("default-src &#39;none&#39;"), std::string::npos);
}

TEST(HtmlReports, OfHostileNamesAreHarmless) {
  const std::string page = render_html(hostile_report(), hostile_story());
  EXPECT_EQ(malformed(page), "");
  for (const char* part : {"<script", "<img", "onerror='", "\xff", "\033"})
    EXPECT_EQ(page.find(part), std::string::npos) << part;
  EXPECT_EQ(page.find(std::string(kOverride[0]) + kOverride[1]),
            std::string::npos);
  EXPECT_NE(page.find("&lt;/td&gt;&lt;/li&gt;"), std::string::npos);
  // Nor are they part of a class.
  EXPECT_EQ(page.find("class=\"grade &lt;"), std::string::npos);
}

TEST(HtmlReports, OfAlmostNothingAreWellFormed) {
  const std::string page = render_html({}, {});
  EXPECT_EQ(malformed(page), "");
  EXPECT_NE(page.find("The kernel kept no time."), std::string::npos);
  EXPECT_NE(page.find("None was brought back."), std::string::npos);
  EXPECT_NE(page.find("None were kept."), std::string::npos);
  KeptStory zero;
  zero.timings = {{"fault", 0}};
  EXPECT_EQ(malformed(render_html({}, zero)), "");
  zero.timings = {{"handed", UINT64_MAX}, {"fault", 0}, {"armed", 0}};
  EXPECT_EQ(malformed(render_html({}, zero)), "");
}

TEST(HtmlReports, OfDeepTreesStayFlat) {
  Report report;
  for (int pid = 1; pid < 3000; ++pid)
    report.processes.push_back({pid, pid - 1, pid, pid, 1, "x", "exact", {}});
  const std::string page = render_html(report, story());
  EXPECT_EQ(malformed(page), "");
  EXPECT_NE(page.find(">2999<"), std::string::npos);
  EXPECT_EQ(page.find("--depth:25"), std::string::npos);
}

size_t place_of(const std::string& page, const char* part) {
  const size_t at = page.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return at;
}

TEST(HtmlReports, SayFirstWhatToDo) {
  const std::string page = render_html(sample(), story());
  const size_t advice = place_of(page, "id=\"advice\"");
  const size_t losses = place_of(page, "id=\"losses\"");
  EXPECT_LT(advice, losses);
  EXPECT_LT(losses, place_of(page, "id=\"timeline\""));
  EXPECT_LT(losses, place_of(page, "id=\"processes\""));
  const std::string said = page.substr(advice, losses - advice);
  for (const char* part : {"Start 1 lost process again", "href=\"#p30\"",
                           ">old<", "Check 1 degraded process",
                           "Check 1 crash procedure", "1 thing of no process"})
    EXPECT_NE(said.find(part), std::string::npos) << part;
  EXPECT_EQ(said.find("Nothing"), std::string::npos);
}

TEST(HtmlReports, SayThatNothingIsToBeDone) {
  Report report;
  report.processes = {
      {1, 0, 1, 1, 1, "init", "exact", {{"exact", "process", "", 0}}}};
  const std::string page = render_html(report, story());
  EXPECT_NE(page.find("Nothing: all is exactly as it was."), std::string::npos);
  EXPECT_NE(page.find("The kernel died. 1 process went on."),
            std::string::npos);
  // Then there is nothing to hide, either.
  EXPECT_EQ(page.find("type=\"checkbox\""), std::string::npos);
}

TEST(HtmlReports, CanHideOnlyWhatHasNothingLostBelow) {
  Report report;
  report.processes = {{1, 0, 1, 1, 1, "init", "exact", {}},
                      {2, 1, 2, 2, 1, "above", "exact", {}},
                      {3, 2, 3, 3, 1, "whole", "exact", {}},
                      {4, 2, 4, 4, 1, "gone", "lost", {}},
                      {5, 1, 5, 5, 1, "beside", "exact", {}},
                      {5, 1, 5, 5, 1, "twice", "exact", {}}};
  const std::string page = render_html(report, story());
  EXPECT_NE(page.find("type=\"checkbox\""), std::string::npos);
  for (const char* wanted : {"p1", "p2", "p4"})
    EXPECT_NE(page.find(fmt::format("id=\"{}\" class=\"wanted\"", wanted)),
              std::string::npos)
        << wanted;
  for (const char* whole : {"p3", "p5", "p5-1"})
    EXPECT_NE(page.find(fmt::format("id=\"{}\" class=\"whole\"", whole)),
              std::string::npos)
        << whole;
}

TEST(HtmlReports, ShowThatANameIsBlank) {
  Report report = sample();
  report.processes[1].name = " ";
  EXPECT_NE(render_html(report, story()).find(">(no name)<"),
            std::string::npos);
}

class HtmlStories : public FakeRoot {};

TEST_F(HtmlStories, ReadTheBacktraceThatWasKept) {
  Story told;
  told.generation = 2;
  told.build_id = "b7";
  told.backtrace = "Call Trace:\n";
  const auto kept = keep_story(paths, told);
  ASSERT_TRUE(kept.ok());
  const auto read = read_story(*kept, 5);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->generation, 2U);
  EXPECT_EQ(read->build_id, "b7");
  EXPECT_EQ(read->backtrace, "Call Trace:\n");
}

TEST_F(HtmlStories, SayWhatIsDamaged) {
  const std::string directory = paths("/var/lib/otherworld/4");
  put("/var/lib/otherworld/4/meta.json", R"({"cause": 5, "generation": []})");
  put("/var/lib/otherworld/4/log.txt", "last words\n");
  auto read = read_story(directory, 5);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->cause, "");
  EXPECT_EQ(read->last_lines, (std::vector<std::string>{"last words"}));
  put("/var/lib/otherworld/4/meta.json", "{");
  read = read_story(directory, 5);
  ASSERT_TRUE(read.ok());
  const std::string page = render_html({}, *read);
  EXPECT_NE(page.find("meta.json is damaged"), std::string::npos);
  EXPECT_NE(page.find(">Takeover 4 "), std::string::npos);
}

}  // namespace
}  // namespace owctl
