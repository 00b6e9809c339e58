// SPDX-License-Identifier: GPL-2.0
// owctl ps: processes out of /proc, their pacts, and the table of them; and
// text from elsewhere that is shown.
#include "ps_view.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "armed_policy.h"
#include "effective_policy.h"
#include "owctl_fake_root.h"
#include "policy_file.h"
#include "proc_stat.h"
#include "visible_text.h"
#include "wanted_processes.h"

namespace owctl {
namespace {

constexpr unsigned kKernelThread = 0x00200000;

class LiveProcessList : public FakeRoot {
 protected:
  void add(int pid, int ppid, const std::string& name, unsigned uid,
           const std::string& program, unsigned flags = 0) {
    const std::string directory = fmt::format("/proc/{}", pid);
    put(directory + "/stat", fmt::format("{} ({}) S {} {} 1 0 -1 {} 0 0\n", pid,
                                         name, ppid, pid, flags));
    put(directory + "/status",
        fmt::format("Name:\t{}\nUid:\t9\t{}\t9\t9\n", name, uid));
    if (program.empty())
      return;
    ASSERT_EQ(::symlink(program.c_str(), paths(directory + "/exe").c_str()), 0);
  }
  static otherworld_pact_of pact(unsigned state, const std::string& group) {
    otherworld_pact_of made = {};
    made.state = state;
    made.has_procedure = 1;
    made.action = OTHERWORLD_ACTION_RELOAD;
    made.limit_ms = 250;
    made.uid = 77;
    std::memcpy(made.group, group.data(),
                std::min(group.size(), sizeof(made.group)));
    return made;
  }
};

TEST(ProcStats, HaveAnyNameInThem) {
  const auto stat = parse_proc_stat("7 (a) Z (b) ) S 1 7\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->name, "a) Z (b) ");
  EXPECT_EQ(stat->rest, "S 1 7\n");
  EXPECT_EQ(parse_proc_stat("7 () X")->name, "");
  for (const char* text :
       {"", "7", "7 (a", "7 (a)", "7 (a) ", "7 a) S", ") S ("})
    EXPECT_FALSE(parse_proc_stat(text)) << text;
}

TEST(ProcessesThatAreWanted, AreAllOrThoseNamed) {
  const WantedProcesses named({"12", "ssh*"});
  EXPECT_TRUE(WantedProcesses().has(1, "init"));
  EXPECT_TRUE(named.has(12, "init"));
  EXPECT_TRUE(named.has(1, "sshd"));
  EXPECT_FALSE(named.has(1, "12"));
  std::vector<int> pids = {1, 12, 3};
  EXPECT_TRUE(named.keep(pids, [&](int pid) { return named.has(pid, ""); }));
  EXPECT_EQ(pids, (std::vector<int>{12}));
  const auto nobody = [](int) { return false; };
  EXPECT_FALSE(named.keep(pids, nobody));
  EXPECT_TRUE(WantedProcesses().keep(pids, nobody));
}

TEST_F(LiveProcessList, IsReadWithPacts) {
  add(1, 0, "init", 0, "/sbin/init");
  add(2, 0, "kthreadd", 0, "", kKernelThread);
  add(30, 1, "a) R 7 (b", 33, "/usr/bin/odd (deleted)");
  add(31, 1, "gone", 33, "/x");
  add(32, 1, "refused", 33, "/x");
  add(33, 1, "torn", 33, "/x");
  put("/proc/34/stat", "34 (torn) S");
  put("/proc/self/stat", "1 (init) S 0 1 1 0 -1 0");
  const auto found =
      live_candidates(paths, [](int pid) -> Result<otherworld_pact_of> {
        if (pid == 31)
          return Error{"", {}, Exit::kError, ESRCH};
        if (pid == 32)
          return Error{"", {}, Exit::kError, EIO};
        if (pid == 33)
          return pact(OTHERWORLD_PACT_TORN, "shop");
        // Without an end.
        return pact(pid == 30 ? OTHERWORLD_PACT_VALID : OTHERWORLD_PACT_NONE,
                    std::string(OTHERWORLD_GROUP_LEN, 'g'));
      });
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].candidate.name, "init");
  EXPECT_FALSE(found[0].candidate.has_procedure);
  EXPECT_EQ(found[0].candidate.group, "");
  EXPECT_EQ(found[0].pact, OTHERWORLD_PACT_NONE);
  const Candidate& odd = found[1].candidate;
  EXPECT_EQ(odd.pid, 30);
  EXPECT_EQ(odd.ppid, 1);
  EXPECT_EQ(odd.name, "a) R 7 (b");
  EXPECT_EQ(odd.program, "/usr/bin/odd");
  EXPECT_EQ(odd.uid, 33U);
  EXPECT_EQ(odd.group, std::string(OTHERWORLD_GROUP_LEN, 'g'));
  EXPECT_TRUE(odd.has_procedure);
  EXPECT_EQ(odd.wish, OTHERWORLD_ACTION_RELOAD);
  EXPECT_EQ(odd.limit_ms, 250U);
  EXPECT_EQ(found[2].candidate.pid, 32);
  EXPECT_FALSE(found[2].pact);
  EXPECT_EQ(found[3].pact, OTHERWORLD_PACT_TORN);
  EXPECT_FALSE(found[3].candidate.has_procedure);
}

TEST_F(LiveProcessList, IsReadWithoutOtherworld) {
  add(1, 0, "init", 0, "/sbin/init");
  const auto pacts = open_pacts(paths);
  ASSERT_FALSE(pacts.ok());
  EXPECT_EQ(pacts.error().status, Exit::kNoOtherworld);
  const auto found = live_candidates(paths, {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].pact);
  EXPECT_EQ(found[0].candidate.program, "/sbin/init");
  // Not a device that answers.
  put("/dev/otherworld", "");
  EXPECT_FALSE(open_pacts(paths).ok());
}

std::vector<PsLine> sample() {
  std::vector<PsLine> lines(3);
  lines[0].live.candidate.pid = 1;
  lines[0].live.candidate.name = "init";
  lines[0].live.pact = OTHERWORLD_PACT_NONE;
  lines[0].user = "root";
  lines[1].live.candidate.pid = 1234;
  lines[1].live.candidate.name = "e\033[2Jvil\xff";
  lines[1].live.candidate.group = "sh\nop";
  lines[1].live.candidate.has_procedure = true;
  lines[1].live.pact = OTHERWORLD_PACT_VALID;
  lines[1].user = "1000";
  lines[1].decision.action = OTHERWORLD_ACTION_RELOAD;
  lines[1].decision.reason = "rule 1";
  lines[2].live.candidate.pid = 5;
  lines[2].live.candidate.name = "left";
  lines[2].live.pact = OTHERWORLD_PACT_TORN;
  lines[2].user = "root";
  lines[2].comes_back = false;
  return lines;
}

TEST(ProcessTable, IsDrawnWithoutHarm) {
  const char* const expected =
      " PID  USER  NAME       PACT  PROCEDURE  GROUP  ACTION    WHY\n"
      "   1  root  init       no    -          -      continue\n"
      "1234  1000  e\xef\xbf\xbd[2Jvil\xef\xbf\xbd  yes   10s        "
      "sh\xef\xbf\xbdop  reload    rule 1\n"
      "   5  root  left       torn  -          -      left out\n";
  EXPECT_EQ(render_ps(sample(), {}), expected);
}

TEST(ProcessTable, HasGradesAndLossesIfKnown) {
  auto lines = sample();
  lines[0].grade = "degraded";
  lines[0].losses = {{"lost", "fd 3", "a pipe", 0}};
  const auto text = render_ps(lines, {});
  EXPECT_NE(text.find("GROUP  GRADE     ACTION"), std::string::npos);
  EXPECT_NE(text.find("      lost: fd 3: a pipe\n"), std::string::npos);
  const auto json = ps_json(lines);
  EXPECT_EQ(json[0].at("verdicts").size(), 1U);
  EXPECT_EQ(json[1].at("action"), "reload");
  EXPECT_EQ(json[1].at("pact"), "yes");
  EXPECT_EQ(json[2].at("comes_back"), false);
  EXPECT_FALSE(json[1].contains("grade"));
}

TEST(VisibleText, LetsNothingHarmfulThrough) {
  EXPECT_EQ(visible_text("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7"),
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7");
  const std::string bad = "\xef\xbf\xbd";
  const std::pair<std::string, size_t> cases[] = {
      {"\033", 1},
      {std::string(1, '\0'), 1},
      {"\x7f", 1},
      {"\xc2\x9b", 1},
      {std::string("\xe2\x80") + "\xae", 1},
      {std::string("\xe2\x81") + "\xa6", 1},
      {"\xff", 1},
      {"\xc3", 1},
      {"\xc0\xaf", 2},
      {"\xe0\x80\xaf", 3},
      {"\xed\xa0\x80", 3},
      {"\xf4\x90\x80\x80", 4},
      {"\xf0\x9f\x90", 3},
      {"\n", 1}};
  for (const auto& [text, count] : cases) {
    std::string expected;
    for (size_t i = 0; i < count; ++i)
      expected += bad;
    EXPECT_EQ(visible_text(text), expected);
    EXPECT_EQ(visible_text("a" + text + "b"), "a" + expected + "b");
  }
  EXPECT_EQ(visible_text("a\tb\n\r", true), "a\tb\n" + bad);
  EXPECT_EQ(text_width(visible_text("\xc3\xbc\xff")), 2U);
}

class EffectivePolicies : public FakeRoot {};

TEST_F(EffectivePolicies, AreArmedOrOfTheFileOrBuiltIn) {
  auto none = effective_policy(paths);
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->source, "built-in");
  const std::string file(kPolicyFile);
  put(file, "[default]\naction = \"reload\"\n");
  auto of_file = effective_policy(paths);
  ASSERT_TRUE(of_file.ok());
  EXPECT_EQ(of_file->source, "file");
  EXPECT_EQ(of_file->restart.fallback.action, Choice(OTHERWORLD_ACTION_RELOAD));

  put("/sys/kernel/otherworld/state", "armed\n");
  put("/sys/kernel/otherworld/generation", "0\n");
  put("/proc/sys/kernel/random/boot_id", "one\n");
  Policy policy;
  policy.restart.fallback.action = OTHERWORLD_ACTION_TERMINATE;
  ASSERT_TRUE(remember_policy(paths, 0, policy).ok());
  auto armed = effective_policy(paths);
  ASSERT_TRUE(armed.ok());
  EXPECT_EQ(armed->source, "armed");
  EXPECT_EQ(armed->restart, policy.restart);
  EXPECT_FALSE(armed->warning.empty());
  put(file, "[default]\naction = \"terminate\"\n");
  EXPECT_TRUE(effective_policy(paths)->warning.empty());
  // What is armed holds, whatever the file is.
  put(file, "[");
  EXPECT_EQ(effective_policy(paths)->source, "armed");
  put("/sys/kernel/otherworld/state", "idle\n");
  EXPECT_FALSE(effective_policy(paths).ok());
}

}  // namespace
}  // namespace owctl
