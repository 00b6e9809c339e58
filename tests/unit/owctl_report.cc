// SPDX-License-Identifier: GPL-2.0
// Verdicts: graded, written, read again, drawn as a tree.
#include "report.h"

#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "dump_view.h"
#include "process_tree.h"
#include "report_view.h"
#include "status_view.h"
#include "terminal.h"

namespace owctl {
namespace {

otherworld_process process(int pid, int ppid, const char* name) {
  otherworld_process made = {};
  made.pid = pid;
  made.ppid = ppid;
  made.threads = 1;
  std::strncpy(made.comm, name, sizeof(made.comm) - 1);
  return made;
}

otherworld_verdict verdict(int pid, otherworld_verdict_grade grade,
                           const char* resource, const char* reason) {
  otherworld_verdict made = {};
  made.pid = pid;
  made.grade = grade;
  made.address = 0xffff888001234000;
  std::strncpy(made.resource, resource, sizeof(made.resource) - 1);
  std::strncpy(made.reason, reason, sizeof(made.reason) - 1);
  return made;
}

Report sample() {
  return make_report(
      {process(1, 0, "init"), process(20, 1, "whole"), process(30, 1, "part"),
       process(31, 30, "gone"), process(40, 30, "silent")},
      {verdict(1, OTHERWORLD_EXACT, "process", ""),
       verdict(20, OTHERWORLD_EXACT, "process", ""),
       verdict(30, OTHERWORLD_LOST, "fd 3", "a pipe"),
       verdict(30, OTHERWORLD_EXACT, "process", ""),
       verdict(31, OTHERWORLD_LOST, "process", "32 bits"),
       verdict(0, OTHERWORLD_DEGRADED, "list of mounts", "damaged")});
}

TEST(Reports, GradeAProcessByItsWorstPart) {
  const Report report = sample();
  std::vector<std::string> grades;
  for (const auto& process : report.processes)
    grades.push_back(process.grade);
  EXPECT_EQ(grades, (std::vector<std::string>{"exact", "exact", "degraded",
                                              "lost", "lost"}));
  ASSERT_EQ(report.machine.size(), 1U);
  EXPECT_FALSE(all_exact(report));
}

TEST(Reports, AreReadAsTheyWereWritten) {
  auto again = report_from_json(report_to_json(sample()));
  ASSERT_TRUE(again.ok());
  ASSERT_EQ(again->processes.size(), 5U);
  EXPECT_EQ(again->processes[2].verdicts[0].reason, "a pipe");
  EXPECT_EQ(again->processes[2].verdicts[0].address, 0xffff888001234000U);
  EXPECT_EQ(report_to_json(*again), report_to_json(sample()));
}

Report with_procedures() {
  Report report = sample();
  report.procedures = {
      {20, "continued", 0.0123, "procedure", "its own wish"},
      {30, "failed", 10.0, "reload", "its crash procedure failed"},
      {40, "none", 0, "terminate", "rule 1"}};
  report.groups = {{"shop/db", "reload"}};
  return report;
}

TEST(Reports, KeepCrashProceduresAndGroups) {
  auto again = report_from_json(report_to_json(with_procedures()));
  ASSERT_TRUE(again.ok());
  ASSERT_EQ(again->procedures.size(), 3U);
  EXPECT_EQ(again->procedures[1].pid, 30);
  EXPECT_EQ(again->procedures[1].state, "failed");
  EXPECT_EQ(again->procedures[1].seconds, 10.0);
  EXPECT_EQ(again->procedures[1].action, "reload");
  EXPECT_EQ(again->procedures[1].reason, "its crash procedure failed");
  ASSERT_EQ(again->groups.size(), 1U);
  EXPECT_EQ(again->groups[0].name, "shop/db");
  EXPECT_EQ(again->groups[0].action, "reload");
  auto json = nlohmann::json::parse(report_to_json(with_procedures()));
  json["procedures"][0]["seconds"] = "long";
  EXPECT_FALSE(report_from_json(json.dump()).ok());
  // As an older owctl wrote it.
  json.erase("procedures");
  json.erase("groups");
  again = report_from_json(json.dump());
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->procedures.empty() && again->groups.empty());
}

// What a terminal would take for an order.
constexpr const char* kOrder = "a\033[2Jb\r\xff";

TEST(Reports, ShowNothingThatATerminalObeys) {
  const Report report = make_report(
      {process(30, 1, kOrder)}, {verdict(30, OTHERWORLD_LOST, kOrder, kOrder)});
  StatusView view;
  view.report = report;
  view.kernel.state = State::kKdump;
  view.kernel.cause = view.kernel.reason = kOrder;
  view.story.emplace();
  view.story->last_lines = {kOrder};
  DumpModel dump;
  DumpProcess& dumped = dump.processes.emplace_back();
  dumped.name = dumped.executable = dumped.directory = dumped.root = kOrder;
  dumped.threads.resize(2);
  dumped.threads[1].name = kOrder;
  dumped.mappings.emplace_back().name = kOrder;
  DumpDescriptor& file = dumped.descriptors.emplace_back();
  file.path = file.file_system = file.fate.reason = kOrder;
  DumpMount& mount = dump.mounts.emplace_back();
  mount.source = mount.target = mount.root = mount.type = kOrder;
  for (const auto& text : {render_report(report, {}), render_status(view, {}),
                           render_dump(dump, {true, true, true, true}, {})}) {
    EXPECT_EQ(text.find_first_of("\033\r\xff"), std::string::npos) << text;
    EXPECT_NE(text.find("[2Jb"), std::string::npos) << text;
  }
}

TEST(Messages, SayNothingThatATerminalObeys) {
  testing::internal::CaptureStderr();
  print_error({kOrder, kOrder});
  TerminalReporter reporter;
  reporter.info(kOrder);
  reporter.warn(kOrder);
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find_first_of("\033\r\xff"), std::string::npos) << text;
  EXPECT_EQ(split(text, 'J').size(), 5U) << text;
}

TEST(Reports, ShowCrashProceduresAndGroups) {
  EXPECT_EQ(render_report(with_procedures(), {}),
            "1 init  exact\n"
            "|- 20 whole  exact\n"
            "|     crash procedure continued after 12.3 ms\n"
            "`- 30 part  degraded\n"
            "   |  lost: fd 3: a pipe\n"
            "   |  crash procedure failed after 10.00 s; reload: its crash "
            "procedure failed\n"
            "   |- 31 gone  lost\n"
            "   |     lost: process: 32 bits\n"
            "   `- 40 silent  lost\n"
            "         terminate: rule 1\n"
            "degraded: list of mounts: damaged\n"
            "5 processes: 2 exact, 1 degraded, 2 lost\n"
            "2 crash procedures: 1 did not end well\n"
            "group shop/db: reload\n");
  StatusView view;
  view.report = with_procedures();
  EXPECT_NE(render_status(view, {}).find(
                "group shop/db: reload\n"
                "  20 whole  crash procedure continued after 12.3 ms\n"
                "  30 part  crash procedure failed after 10.00 s; reload: its "
                "crash procedure failed\n"
                "  40 silent  terminate: rule 1\n"),
            std::string::npos)
      << render_status(view, {});
  EXPECT_EQ(nlohmann::json::parse(status_json(view)).at("procedures").size(),
            3U);
  EXPECT_STREQ(procedure_state_name(OTHERWORLD_PROCEDURE_REFUSED), "refused");
  EXPECT_STREQ(procedure_state_name(99), "unknown");
}

TEST(Reports, ThatAreNoneAreErrors) {
  for (const char* text : {"", "[]", "{}", R"({"processes": [{}]})",
                           R"({"processes": 7, "machine": []})"})
    EXPECT_FALSE(report_from_json(text).ok()) << text;
}

TEST(Reports, AreDrawnAsATree) {
  EXPECT_EQ(render_report(sample(), {}),
            "1 init  exact\n"
            "|- 20 whole  exact\n"
            "`- 30 part  degraded\n"
            "   |  lost: fd 3: a pipe\n"
            "   |- 31 gone  lost\n"
            "   |     lost: process: 32 bits\n"
            "   `- 40 silent  lost\n"
            "degraded: list of mounts: damaged\n"
            "5 processes: 2 exact, 1 degraded, 2 lost\n");
  EXPECT_NE(render_report(sample(), {true, 80, true}).find("├─ "),
            std::string::npos);
}

TEST(Reports, AreSummarizedInTheStatus) {
  const std::string summary = summarize_report(sample(), {});
  EXPECT_EQ(summary.find("whole"), std::string::npos);
  EXPECT_NE(summary.find("30 part"), std::string::npos);
  StatusView view;
  view.report = sample();
  EXPECT_NE(render_status(view, {}).find(summary), std::string::npos);
  const auto json = nlohmann::json::parse(status_json(view));
  EXPECT_EQ(json.at("processes").at("lost"), 2);
}

TEST(Trees, DrawEveryoneOnceWhateverTheParents) {
  // A parent that is not there, two that are each other's, one its own.
  const std::string text = render_tree(
      {{5, 99, "a"}, {6, 7, "b"}, {7, 6, "c"}, {8, 8, "d"}, {5, 1, "e"}},
      false);
  EXPECT_EQ(text, "a\nd\ne\nb\n`- c\n");
}

TEST(Trees, OfAnyDepth) {
  std::vector<TreeNode> nodes;
  nodes.reserve(3000);
  for (int i = 1; i < 3000; ++i)
    nodes.push_back({i, i - 1, "x"});
  const std::string text = render_tree(nodes, false);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2999);
}

TEST(Trees, CountWhatHasOneReason) {
  std::vector<Verdict> verdicts;
  verdicts.reserve(10);
  for (int i = 0; i < 9; ++i)
    verdicts.push_back({"lost", fmt::format("fd {}", i), "a pipe", 0});
  verdicts.push_back({"exact", "process", "", 0});
  EXPECT_EQ(verdict_notes(verdicts, false),
            std::vector<std::string>{
                "lost: fd 0, fd 1, fd 2, fd 3 and 5 more: a pipe"});
}

}  // namespace
}  // namespace owctl
