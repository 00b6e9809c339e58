// SPDX-License-Identifier: GPL-2.0
// Who comes back, by name and descent.
#include "selection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "armed_policy.h"
#include "owctl_fake_root.h"

namespace owctl {
namespace {

otherworld_process process(int pid, int ppid, const char* name) {
  otherworld_process made = {};
  made.pid = pid;
  made.ppid = ppid;
  std::strncpy(made.comm, name, sizeof(made.comm) - 1);
  return made;
}

//  1 init ── 10 sshd ─── 11 sshd ── 12 bash ── 13 vim
//         ├─ 20 cron
//         └─ 30 db ───── 31 db ──── 32 helper
std::vector<otherworld_process> machine() {
  return {process(1, 0, "init"),    process(13, 12, "vim"),
          process(10, 1, "sshd"),   process(11, 10, "sshd"),
          process(12, 11, "bash"),  process(20, 1, "cron"),
          process(30, 1, "db"),     process(31, 30, "db"),
          process(32, 31, "helper")};
}

std::vector<int> back(const Selection& selection,
                      const std::vector<otherworld_process>& processes) {
  const auto chosen = choose(selection, processes);
  std::vector<int> pids;
  for (size_t i = 0; i < processes.size(); ++i)
    if (chosen.at(i))
      pids.push_back(processes[i].pid);
  std::sort(pids.begin(), pids.end());
  return pids;
}

std::vector<int> back(const Selection& selection) {
  return back(selection, machine());
}

using Pids = std::vector<int>;

TEST(SelectionRules, AllWithoutAny) {
  EXPECT_TRUE(Selection().everything());
  EXPECT_EQ(back({}), (Pids{1, 10, 11, 12, 13, 20, 30, 31, 32}));
}

TEST(SelectionRules, OnlyTakesDescendantsAndAncestors) {
  EXPECT_EQ(back({{"db"}, {}}), (Pids{1, 30, 31, 32}));
  EXPECT_EQ(back({{"bash"}, {}}), (Pids{1, 10, 11, 12, 13}));
  EXPECT_EQ(back({{"vim", "cron"}, {}}), (Pids{1, 10, 11, 12, 13, 20}));
}

TEST(SelectionRules, ExceptTakesDescendantsAway) {
  EXPECT_EQ(back({{}, {"sshd"}}), (Pids{1, 20, 30, 31, 32}));
  EXPECT_EQ(back({{}, {"b*"}}), (Pids{1, 10, 11, 20, 30, 31, 32}));
}

TEST(SelectionRules, TheNearestNamedCounts) {
  EXPECT_EQ(back({{"db"}, {"helper"}}), (Pids{1, 30, 31}));
  EXPECT_EQ(back({{"sshd"}, {"bash"}}), (Pids{1, 10, 11}));
  EXPECT_EQ(back({{"*"}, {"sshd"}}), (Pids{1, 10, 11, 12, 13, 20, 30, 31, 32}));
}

TEST(SelectionRules, AncestorsComeWhoeverNamesThem) {
  EXPECT_EQ(back({{"vim"}, {"bash"}}), (Pids{1, 10, 11, 12, 13}));
}

TEST(SelectionRules, BothNamingItIsExcept) {
  EXPECT_EQ(back({{"db"}, {"db"}}), (Pids{1}));
}

TEST(SelectionRules, InitComesBackAndChoosesNothing) {
  EXPECT_EQ(back({{"nobody"}, {}}), (Pids{1}));
  EXPECT_EQ(back({{"init"}, {}}), (Pids{1}));
  EXPECT_EQ(back({{}, {"init"}}), (Pids{1, 10, 11, 12, 13, 20, 30, 31, 32}));
}

TEST(SelectionRules, ParentsThatAreNotThereOrGoRoundInCircles) {
  EXPECT_EQ(back({{"a"}, {}}, {process(5, 6, "a"), process(6, 5, "b"),
                               process(7, 7, "c"), process(8, 99, "a")}),
            (Pids{5, 6, 8}));
  EXPECT_EQ(back({{}, {}}, {process(5, 6, "a"), process(6, 5, "b")}),
            (Pids{5, 6}));
}

TEST(SelectionNames, ArePatternsOfWhatTheKernelKeeps) {
  EXPECT_TRUE(name_matches("systemd-journald", "systemd-journal"));
  EXPECT_FALSE(name_matches("systemd", "systemd-journal"));
  EXPECT_TRUE(name_matches("systemd*", "systemd-journal"));
  EXPECT_TRUE(name_matches("[ab]?", "b1"));
  EXPECT_TRUE(name_matches("a/*", "a/b/c"));
  EXPECT_TRUE(name_matches("\\*", "*"));
  EXPECT_FALSE(name_matches("\\*", "x"));
}

TEST(SelectionNames, AreDescribed) {
  EXPECT_EQ(describe({}), "all");
  EXPECT_EQ(describe({{"a", "b*"}, {}}), "only a, b*");
  EXPECT_EQ(describe({{}, {"c"}}), "all, except c");
}

class ArmedPolicy : public FakeRoot {
 protected:
  void boot(const std::string& id) {
    put("/proc/sys/kernel/random/boot_id", id + "\n");
  }
};

TEST_F(ArmedPolicy, IsRememberedUntilTheMachineBootsAnew) {
  Policy policy;
  policy.selection = {{"a"}, {"b"}};
  boot("one");
  ASSERT_TRUE(remember_policy(paths, 0, policy).ok());
  ASSERT_TRUE(remembered_policy(paths, 0).has_value());
  EXPECT_EQ(remembered_policy(paths, 0)->selection, policy.selection);
  boot("two");
  EXPECT_FALSE(remembered_policy(paths, 0).has_value());
  // A takeover, in between.
  EXPECT_TRUE(remembered_policy(paths, 1).has_value());
}

TEST_F(ArmedPolicy, IsForgotten) {
  boot("one");
  ASSERT_TRUE(forget_policy(paths).ok());
  ASSERT_TRUE(remember_policy(paths, 0, {}).ok());
  ASSERT_TRUE(forget_policy(paths).ok());
  EXPECT_FALSE(remembered_policy(paths, 0).has_value());
}

TEST_F(ArmedPolicy, DamageIsAsGoodAsNone) {
  boot("one");
  put("/var/lib/otherworld/policy.json", R"({"boot_id": "one"})");
  EXPECT_FALSE(remembered_policy(paths, 0).has_value());
  put("/var/lib/otherworld/policy.json", "");
  EXPECT_FALSE(remembered_policy(paths, 1).has_value());
}

}  // namespace
}  // namespace owctl
