// SPDX-License-Identifier: GPL-2.0
// Shows that the one-line cause of death is found for every kind of fault, in
// logs as Linux 6.12 writes them, with and without a final panic message.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ow_cause.h"

namespace {

struct Line {
  double seconds;
  const char* text;
  uint8_t facility = 0;
};

constexpr uint64_t kFirstSeq = 700;

ow_cause_found find(const std::vector<Line>& log) {
  ow_cause cause;
  ow_cause_init(&cause);
  uint64_t seq = kFirstSeq;
  for (const auto& line : log) {
    ow_log_record rec{};
    rec.seq = seq++;
    rec.ts_nsec = static_cast<uint64_t>(line.seconds * 1e9);
    rec.known = true;
    rec.facility = line.facility;
    rec.text = line.text;
    rec.len = static_cast<uint32_t>(std::string(line.text).size());
    ow_cause_feed(&cause, &rec);
  }
  ow_cause_found found;
  ow_cause_finish(&cause, &found);
  return found;
}

// What a dying kernel says between the headline and the end.
const std::vector<Line> trace = {
    {100.01, "CPU: 1 UID: 0 PID: 211 Comm: sh Not tainted 6.12.57 #1"},
    {100.01, "RIP: 0010:lkdtm_WRITE_KERN+0x1a/0x70"},
    {100.01, "Call Trace:"},
    {100.01, " <TASK>"},
    {100.01, " lkdtm_do_action+0x1a/0x30"},
    {100.01, " </TASK>"},
};

std::vector<Line> operator+(std::vector<Line> a, const std::vector<Line>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const std::vector<Line> boot = {
    {0, "Linux version 6.12.57 (gcc 12.2.0)"},
    {0.5, "x86/fpu: Supporting XSAVE feature 0x001: 'x87'"},
    {99, "lkdtm: Performing direct entry"},
};

TEST(ParseCause, Sysrq) {
  auto found =
      find(boot +
           std::vector<Line>{
               {100, "sysrq: Trigger a crash"},
               {100, "Kernel panic - not syncing: sysrq triggered crash"}} +
           trace);
  EXPECT_STREQ(found.text, "Kernel panic - not syncing: sysrq triggered crash");
  EXPECT_EQ(found.kind, OW_CAUSE_PANIC);
  EXPECT_TRUE(found.certain);
  EXPECT_EQ(found.begin_seq, kFirstSeq + 4);
  EXPECT_EQ(found.begin_ts_nsec, 100000000000u);
}

TEST(ParseCause, NullPointerWithCrashKernelHasNoPanicMessage) {
  auto found = find(
      boot +
      std::vector<Line>{
          {100,
           "BUG: kernel NULL pointer dereference, address: 0000000000000000"},
          {100, "#PF: supervisor write access in kernel mode"},
          {100, "#PF: error_code(0x0002) - not-present page"},
          {100, "Oops: Oops: 0002 [#1] PREEMPT SMP NOPTI"}} +
      trace);
  EXPECT_STREQ(
      found.text,
      "BUG: kernel NULL pointer dereference, address: 0000000000000000");
  EXPECT_EQ(found.kind, OW_CAUSE_FAULT);
  EXPECT_TRUE(found.certain);
  EXPECT_EQ(found.begin_seq, kFirstSeq + 3);
}

TEST(ParseCause, WildPointerInInterrupt) {
  auto found = find(
      boot +
      std::vector<Line>{
          {100,
           "BUG: unable to handle page fault for address: ffff9a8dead4ead0"},
          {100, "Oops: Oops: 0000 [#1] PREEMPT SMP NOPTI"}} +
      trace +
      std::vector<Line>{
          {100.1, "---[ end trace 0000000000000000 ]---"},
          {100.2, "Kernel panic - not syncing: Fatal exception in interrupt"}});
  EXPECT_STREQ(found.text,
               "BUG: unable to handle page fault for address: ffff9a8dead4ead0 "
               "(Fatal exception in interrupt)");
  EXPECT_EQ(found.begin_seq, kFirstSeq + 3);
}

TEST(ParseCause, GeneralProtectionFault) {
  auto found = find(
      boot +
      std::vector<Line>{
          {100,
           "Oops: general protection fault, probably for non-canonical address "
           "0x6b6b6b6b6b6b6b6b: 0000 [#1] PREEMPT SMP"}} +
      trace +
      std::vector<Line>{
          {100.2, "Kernel panic - not syncing: Fatal exception"}});
  EXPECT_STREQ(found.text,
               "Oops: general protection fault, probably for non-canonical "
               "address 0x6b6b6b6b6b6b6b6b: 0000 [#1] PREEMPT SMP "
               "(Fatal exception)");
}

TEST(ParseCause, BugBeginsWhereItWasCut) {
  auto found =
      find(boot +
           std::vector<Line>{
               {100, "------------[ cut here ]------------"},
               {100.1, "kernel BUG at drivers/misc/lkdtm/bugs.c:105!"},
               {100.1, "Oops: invalid opcode: 0000 [#1] PREEMPT SMP NOPTI"}} +
           trace);
  EXPECT_STREQ(found.text, "kernel BUG at drivers/misc/lkdtm/bugs.c:105!");
  EXPECT_EQ(found.begin_seq, kFirstSeq + 3);
  EXPECT_EQ(found.begin_ts_nsec, 100000000000u);
}

TEST(ParseCause, StackOverflow) {
  auto found =
      find(boot +
           std::vector<Line>{
               {100,
                "BUG: TASK stack guard page was hit at 00000000a1b2c3d4 "
                "(stack is 00000000e5f60718..00000000293a4b5c)"},
               {100, "Oops: stack guard page: 0000 [#1] PREEMPT SMP NOPTI"}} +
           trace);
  EXPECT_STREQ(found.text,
               "BUG: TASK stack guard page was hit at 00000000a1b2c3d4 "
               "(stack is 00000000e5f60718..00000000293a4b5c)");
  EXPECT_EQ(found.kind, OW_CAUSE_FAULT);
}

TEST(ParseCause, DoubleFault) {
  auto found = find(
      boot +
      std::vector<Line>{
          {100, "traps: PANIC: double fault, error_code: 0x0"},
          {100, "Oops: double fault: 0000 [#1] PREEMPT SMP NOPTI"}} +
      trace +
      std::vector<Line>{
          {100.2, "Kernel panic - not syncing: Fatal exception in interrupt"}});
  EXPECT_STREQ(found.text,
               "traps: PANIC: double fault, error_code: 0x0 "
               "(Fatal exception in interrupt)");
}

TEST(ParseCause, CorruptedStack) {
  for (const char* text :
       {"Kernel panic - not syncing: stack-protector: Kernel stack is "
        "corrupted "
        "in: lkdtm_REPORT_STACK_CANARY+0x41/0x50",
        "Kernel panic - not syncing: corrupted stack end detected inside "
        "scheduler"}) {
    auto found = find(boot + std::vector<Line>{{100, text}} + trace);
    EXPECT_STREQ(found.text, text);
    EXPECT_EQ(found.kind, OW_CAUSE_PANIC);
  }
}

TEST(ParseCause, SoftLockup) {
  auto found = find(
      boot +
      std::vector<Line>{
          {100, "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [sh:211]"}} +
      trace +
      std::vector<Line>{
          {126, "watchdog: BUG: soft lockup - CPU#1 stuck for 48s! [sh:211]"}} +
      trace +
      std::vector<Line>{
          {126.5, "Kernel panic - not syncing: softlockup: hung tasks"}});
  EXPECT_STREQ(found.text,
               "watchdog: BUG: soft lockup - CPU#1 stuck for 48s! [sh:211] "
               "(softlockup: hung tasks)");
  EXPECT_EQ(found.kind, OW_CAUSE_SOFT_LOCKUP);
  EXPECT_EQ(found.begin_ts_nsec, 126000000000u);
}

TEST(ParseCause, HardLockup) {
  auto found = find(
      boot +
      std::vector<Line>{
          {100, "watchdog: Watchdog detected hard LOCKUP on cpu 0"}} +
      trace +
      std::vector<Line>{{100.5, "Kernel panic - not syncing: Hard LOCKUP"}});
  EXPECT_STREQ(found.text,
               "watchdog: Watchdog detected hard LOCKUP on cpu 0 "
               "(Hard LOCKUP)");
}

TEST(ParseCause, WatchdogNmiWhenAllCpusAreStuck) {
  auto found = find(
      boot + std::vector<Line>{
                 {100, "Uhhuh. NMI received for unknown reason 20 on CPU 0."},
                 {100, "Kernel panic - not syncing: NMI: Not continuing"}});
  EXPECT_STREQ(found.text,
               "Uhhuh. NMI received for unknown reason 20 on CPU 0. "
               "(NMI: Not continuing)");
  EXPECT_EQ(found.kind, OW_CAUSE_NMI);
}

TEST(ParseCause, RcuStall) {
  for (const char* text :
       {"rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
        "rcu: INFO: rcu_sched self-detected stall on CPU"}) {
    auto found =
        find(boot +
             std::vector<Line>{{100, text},
                               {100,
                                "rcu: \t1-....: (20999 ticks this GP) "
                                "idle=2c24/1/0x4 softirq=5/5"},
                               {101, "Kernel panic - not syncing: RCU Stall"}});
    std::string want = text;
    if (want.back() == ':')
      want.pop_back();
    EXPECT_EQ(found.text, want + " (RCU Stall)");
    EXPECT_EQ(found.kind, OW_CAUSE_RCU_STALL);
  }
}

TEST(ParseCause, HungTask) {
  auto found = find(
      boot +
      std::vector<Line>{
          {100, "INFO: task sh:211 blocked for more than 10 seconds."},
          {100, "      Not tainted 6.12.57 #1"},
          {100,
           "\"echo 0 > /proc/sys/kernel/hung_task_timeout_secs\" disables this "
           "message."},
          {100,
           "task:sh state:D stack:0 pid:211 tgid:211 ppid:1 flags:0x00004002"},
          {100.5, "Kernel panic - not syncing: hung_task: blocked tasks"}});
  EXPECT_STREQ(found.text,
               "INFO: task sh:211 blocked for more than 10 seconds. "
               "(hung_task: blocked tasks)");
}

TEST(ParseCause, PanicOnWarn) {
  auto found = find(
      boot +
      std::vector<Line>{
          {100, "------------[ cut here ]------------"},
          {100,
           "WARNING: CPU: 1 PID: 211 at drivers/misc/lkdtm/bugs.c:112 "
           "lkdtm_WARNING+0x1e/0x30"},
          {100, "Kernel panic - not syncing: kernel: panic_on_warn set ..."}});
  EXPECT_EQ(std::string(found.text).find("WARNING: CPU: 1 PID: 211 at"), 0u);
  EXPECT_EQ(found.kind, OW_CAUSE_WARNING);
  EXPECT_EQ(found.begin_seq, kFirstSeq + 3);
}

TEST(ParseCause, InitKilledByAnOops) {
  auto found = find(
      boot +
      std::vector<Line>{
          {100,
           "BUG: kernel NULL pointer dereference, address: 0000000000000008"},
          {100.1, "---[ end trace 0000000000000000 ]---"},
          {100.2,
           "Kernel panic - not syncing: Attempted to kill init! "
           "exitcode=0x00000009"}});
  EXPECT_STREQ(
      found.text,
      "BUG: kernel NULL pointer dereference, address: 0000000000000008 "
      "(Attempted to kill init! exitcode=0x00000009)");
}

TEST(ParseCause, InitThatExitsIsNotExplainedByAnOldOops) {
  auto found = find(std::vector<Line>{
      {50, "BUG: kernel NULL pointer dereference, address: 0000000000000008"},
      {50.1, "---[ end trace 0000000000000000 ]---"},
      {100,
       "Kernel panic - not syncing: Attempted to kill init! "
       "exitcode=0x00000100"}});
  EXPECT_STREQ(found.text,
               "Kernel panic - not syncing: Attempted to kill init! "
               "exitcode=0x00000100");
  EXPECT_TRUE(found.certain);
}

TEST(ParseCause, OopsInsideAnOops) {
  auto found = find(
      boot +
      std::vector<Line>{
          {100, "kernel BUG at mm/slub.c:553!"},
          {100, "Oops: invalid opcode: 0000 [#1] PREEMPT SMP"},
          {100,
           "BUG: unable to handle page fault for address: ffffffffc0deadbe"},
          {100, "Oops: Oops: 0000 [#2] PREEMPT SMP"},
          {101, "Kernel panic - not syncing: Fatal exception"}});
  EXPECT_STREQ(found.text, "kernel BUG at mm/slub.c:553! (Fatal exception)");
}

TEST(ParseCause, OopsInsideThePanicIsAftermath) {
  auto found = find(
      boot +
      std::vector<Line>{
          {100, "Kernel panic - not syncing: sysrq triggered crash"},
          {100,
           "BUG: unable to handle page fault for address: ffffffffc0deadbe"},
          {100, "Oops: Oops: 0000 [#1] PREEMPT SMP"},
          {101, "Kernel panic - not syncing: Fatal exception"}});
  EXPECT_STREQ(found.text, "Kernel panic - not syncing: sysrq triggered crash");
}

TEST(ParseCause, AnEarlierSurvivedOopsDoesNotHideTheLastOne) {
  auto found = find(
      std::vector<Line>{
          {10,
           "BUG: kernel NULL pointer dereference, address: 0000000000000008"},
          {10, "Oops: Oops: 0002 [#1] PREEMPT SMP"},
          {10.1, "---[ end trace 0000000000000000 ]---"},
          {100, "Oops: divide error: 0000 [#2] PREEMPT SMP"}} +
      trace);
  EXPECT_STREQ(found.text, "Oops: divide error: 0000 [#2] PREEMPT SMP");
  EXPECT_TRUE(found.certain);
}

TEST(ParseCause, AWarningInsideAnOopsDoesNotEndIt) {
  auto found = find(std::vector<Line>{
      {100, "BUG: kernel NULL pointer dereference, address: 0000000000000008"},
      {100, "WARNING: CPU: 0 PID: 1 at kernel/smp.c:1 f+0x1/0x2"},
      {100, "---[ end trace 0000000000000000 ]---"},
      {100, "RIP: 0010:x"}});
  EXPECT_EQ(found.kind, OW_CAUSE_FAULT);
  EXPECT_TRUE(found.certain);
}

TEST(ParseCause, UserspaceCannotForgeIt) {
  auto found =
      find(boot +
           std::vector<Line>{{100, "Kernel panic - not syncing: not at all", 1},
                             {101, "sysrq: Trigger a crash"}});
  EXPECT_EQ(found.kind, OW_CAUSE_UNKNOWN);
  EXPECT_STREQ(found.text, "");
}

TEST(ParseCause, WordsElsewhereInALineAreNotHeadlines) {
  auto found = find({{1, "audit: comm=\"Kernel panic - not syncing: x\""},
                     {2, "systemd[1]: kernel BUG at a/b.c:1!"},
                     {3, "traps: foo[12] general protection fault ip:1 sp:2"}});
  EXPECT_EQ(found.kind, OW_CAUSE_UNKNOWN);
}

TEST(ParseCause, ALogThatJustEndsIsAGuess) {
  auto found = find(
      boot +
      std::vector<Line>{
          {50, "INFO: task a:1 blocked for more than 10 seconds."},
          {60, "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [b:2]"}});
  EXPECT_STREQ(found.text,
               "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [b:2]");
  EXPECT_FALSE(found.certain);
}

TEST(ParseCause, HeadlineInALongerRecord) {
  auto found = find({{1, "one\nKernel panic - not syncing: two\nthree"}});
  EXPECT_STREQ(found.text, "Kernel panic - not syncing: two");
}

TEST(ParseCause, ControlCharactersAndLengthAreTamed) {
  std::string text =
      "Kernel panic - not syncing: \x1b[31m" + std::string(2000, 'x');
  auto found = find({{1, text.c_str()}});
  EXPECT_EQ(std::string(found.text).size(), OW_CAUSE_LINE_MAX - 1u);
  EXPECT_EQ(std::string(found.text).find('\x1b'), std::string::npos);
}

TEST(ParseCause, EmptyPanicMessage) {
  EXPECT_STREQ(find({{1, "Kernel panic - not syncing: "}}).text,
               "Kernel panic - not syncing");
  EXPECT_EQ(find({}).kind, OW_CAUSE_UNKNOWN);
}

}  // namespace
