// SPDX-License-Identifier: GPL-2.0
// Reading processes that change meanwhile.
#include "rehearsal.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "owctl_fake_root.h"

namespace owctl {
namespace {

LiveReading process(int pid, std::vector<Verdict> more = {}, int ppid = 1) {
  DumpProcess made;
  made.pid = pid;
  made.ppid = ppid;
  made.name = "p" + std::to_string(pid);
  made.address = static_cast<uint64_t>(pid) * 0x1000;
  made.verdicts = {{"exact", "process", "", made.address}};
  made.verdicts.insert(made.verdicts.end(), more.begin(), more.end());
  made.grade = grade_of(made.verdicts);
  LiveReading reading;
  reading.process = std::move(made);
  return reading;
}

Verdict misread(uint64_t address) {
  return {"lost", "memory", "torn", address, true};
}

LiveReading unreadable(uint64_t address) {
  LiveReading reading;
  reading.why = {OW_BAD_DATA, OW_SPACE_VIRT, address, "a task", nullptr};
  return reading;
}

// By leader: what the first look, the second and so on find.
class Script : public LiveProcesses {
 public:
  using Look = std::function<LiveReading(unsigned look)>;

  ow_fault_info list(std::vector<ow_virt>& leaders) override {
    ++lists;
    for (const auto& [leader, look] : processes)
      if (!gone || !gone(lists, leader))
        leaders.push_back(ow_virt_at(leader));
    return fault ? fault(lists) : ow_fault_info{};
  }

  LiveReading read(ow_virt leader, const ProcessFilter& /*wanted*/) override {
    return processes.at(leader.a)(++looks[leader.a]);
  }

  std::vector<DumpMount> mounts(std::vector<Verdict>& verdicts) override {
    if (++mount_lists < 3)
      verdicts.push_back(misread(mount_lists));
    return std::vector<DumpMount>(mount_lists);
  }

  std::map<u64, Look> processes;
  std::function<bool(unsigned list, u64 leader)> gone;
  std::function<ow_fault_info(unsigned list)> fault;
  std::map<u64, unsigned> looks;
  unsigned lists = 0;
  unsigned mount_lists = 0;
};

DumpModel run(Script& script) {
  return rehearse(script, [](int, const std::string&) { return true; });
}

TEST(Rehearsal, QuietProcessesAreReadOnce) {
  Script script;
  script.processes[1] = [](unsigned) { return process(7); };
  script.processes[2] = [](unsigned) {
    return process(3, {{"lost", "fd 0", "a pipe", 1}});
  };
  script.processes[3] = [](unsigned) { return LiveReading(); };
  const DumpModel model = run(script);
  EXPECT_EQ(script.lists, 1U);
  EXPECT_EQ(script.looks[2], 1U);
  ASSERT_EQ(model.processes.size(), 2U);
  EXPECT_EQ(model.processes[0].pid, 3);
  EXPECT_EQ(model.processes[0].grade, "degraded");
  EXPECT_EQ(model.processes[1].grade, "exact");
  EXPECT_TRUE(model.machine.empty());
  EXPECT_EQ(model.mounts.size(), 3U);
  EXPECT_FALSE(all_exact(model));
}

TEST(Rehearsal, TornReadingsAreRepeated) {
  Script script;
  script.processes[1] = [](unsigned look) {
    return look < 3 ? process(7, {misread(look)}) : process(7);
  };
  script.processes[2] = [](unsigned look) {
    LiveReading reading = process(8);
    reading.changed = look < 4;
    return reading;
  };
  script.processes[3] = [](unsigned look) {
    return look < 2 ? unreadable(1) : process(9);
  };
  script.processes[4] = [](unsigned) { return process(10); };
  const DumpModel model = run(script);
  EXPECT_EQ(model.processes.size(), 4U);
  EXPECT_TRUE(all_exact(model));
  EXPECT_EQ(script.looks[2], 4U);
  EXPECT_EQ(script.looks[4], 1U);
}

TEST(Rehearsal, WhatNeverHoldsStillIsUnknown) {
  Script script;
  script.processes[1] = [](unsigned look) {
    return process(7, {misread(look), {"lost", "fd 0", "a pipe", 1}});
  };
  script.processes[2] = unreadable;
  const DumpModel model = run(script);
  ASSERT_EQ(model.processes.size(), 1U);
  EXPECT_EQ(model.processes[0].grade, "unknown");
  const auto& verdicts = model.processes[0].verdicts;
  ASSERT_EQ(verdicts.size(), 3U);
  EXPECT_EQ(verdicts[1].reason, "a pipe");
  EXPECT_EQ(verdicts[2].reason, "changed while it was read");
  ASSERT_EQ(model.machine.size(), 1U);
  EXPECT_EQ(model.machine[0].grade, "unknown");
  EXPECT_LT(script.lists, 500U);
}

TEST(Rehearsal, DamageThatStaysIsDamage) {
  Script script;
  script.processes[1] = [](unsigned) { return process(7, {misread(5)}); };
  script.processes[2] = [](unsigned) { return unreadable(6); };
  script.fault = [](unsigned) { return unreadable(9).why; };
  // Others that fork without end do not turn it into bad luck.
  script.processes[3] = [](unsigned look) {
    return look < 50 ? process(8, {misread(look)}) : process(8);
  };
  const DumpModel model = run(script);
  EXPECT_LT(script.looks[1], 20U);
  ASSERT_EQ(model.processes.size(), 2U);
  EXPECT_EQ(model.processes[0].grade, "degraded");
  EXPECT_EQ(model.processes[1].grade, "exact");
  ASSERT_EQ(model.machine.size(), 2U);
  EXPECT_EQ(model.machine[0].grade, "lost");
  EXPECT_EQ(model.machine[1].resource, "list of processes");
  EXPECT_EQ(model.machine[1].grade, "lost");
}

TEST(Rehearsal, WhoEndsMeanwhileIsNotSpokenOf) {
  Script script;
  script.processes[1] = unreadable;
  script.gone = [](unsigned list, u64) { return list > 1; };
  const DumpModel model = run(script);
  EXPECT_TRUE(model.processes.empty());
  EXPECT_TRUE(model.machine.empty());
}

TEST(Rehearsal, AListThatIsTornOnceIsReadAgain) {
  Script script;
  script.processes[1] = [](unsigned) { return process(7); };
  script.processes[2] = [](unsigned) { return process(8); };
  script.gone = [](unsigned list, u64 leader) {
    return list == 1 && leader == 2;
  };
  script.fault = [](unsigned list) {
    return list == 1 ? unreadable(9).why : ow_fault_info{};
  };
  const DumpModel model = run(script);
  EXPECT_EQ(model.processes.size(), 2U);
  EXPECT_TRUE(model.machine.empty());
  EXPECT_EQ(script.looks[1], 1U);
}

TEST(Rehearsal, ThePolicyCounts) {
  DumpModel model;
  for (const int pid : {1, 7, 8})
    model.processes.push_back(*process(pid, {}, pid == 8 ? 7 : 1).process);
  DumpModel all = model;
  apply_selection({}, all);
  EXPECT_TRUE(all_exact(all));
  apply_selection({{}, {"p7"}}, model);
  EXPECT_EQ(model.processes[0].grade, "exact");
  EXPECT_EQ(model.processes[1].grade, "lost");
  EXPECT_EQ(model.processes[2].grade, "lost");
  EXPECT_EQ(model.processes[2].verdicts.front().reason, kLeftOutByPolicy);
}

class Kcore : public FakeRoot {};

TEST_F(Kcore, IsExplainedWhenItIsNotThere) {
  const auto live = LiveKernel::open(paths("/proc/kcore"));
  ASSERT_FALSE(live.ok());
  EXPECT_NE(live.error().hint.find("CONFIG_PROC_KCORE"), std::string::npos);
}

}  // namespace
}  // namespace owctl
