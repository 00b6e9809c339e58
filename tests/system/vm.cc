// SPDX-License-Identifier: GPL-2.0
// What qemu/vm promises about a VM in which no kernel dies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "harness.h"

namespace {

using harness::Result;
using harness::run;
using harness::Vm;
using std::chrono::seconds;

// The command's output and exit status come back, and the VM is what was asked.
TEST(Vm, RunsACommand) {
  const Result result =
      run({.smp = 2}, {"sh", "-c", "echo hello; nproc; echo bad >&2; exit 7"});
  EXPECT_EQ(result.end, "exited") << result;
  EXPECT_EQ(result.status, 7);
  ASSERT_EQ(result.out.size(), 2U) << result;
  EXPECT_EQ(result.out[0].text, "hello");
  EXPECT_EQ(result.out[1].text, "2");
  ASSERT_EQ(result.err.size(), 1U) << result;
  EXPECT_EQ(result.err[0].text, "bad");
  ASSERT_EQ(result.hellos.size(), 1U) << result;
  EXPECT_EQ(result.hellos[0].generation, 0);
  EXPECT_TRUE(harness::complaints(result.console, 0).empty()) << result;
}

// A line's time stamp is the host's, at the moment it came.
TEST(Vm, StampsLines) {
  const Result result = run({}, {"sh", "-c", "echo a; sleep 2; echo b"});
  ASSERT_EQ(result.out.size(), 2U) << result;
  EXPECT_GT(result.out[0].when, result.started);
  EXPECT_NEAR(result.out[1].when - result.out[0].when, 2, 0.8) << result;
}

// More output than any buffer holds arrives whole and in order, also when the
// guest's end of the channel is opened anew in the middle of it.
TEST(Vm, OutputSurvivesReconnection) {
  const Result result =
      run({}, {"sh", "-c",
               "for i in 3 6 9 12; do (sleep 0.$i; kill -HUP 1) & done; "
               "seq 200000"});
  EXPECT_EQ(result.status, 0) << result.message;
  ASSERT_EQ(result.out.size(), 200000U) << result.message;
  for (size_t i = 0; i < result.out.size(); i++) {
    ASSERT_EQ(result.out[i].text, std::to_string(i + 1));
  }
}

TEST(Vm, SaysWhenTheCommandIsNotThere) {
  const Result result = run({}, {"no-such-command"});
  EXPECT_EQ(result.end, "exited") << result;
  EXPECT_EQ(result.status, 127);
}

// Without a crash kernel a panic is the end of the VM, and no exit status of
// the command.
TEST(Vm, PanicWithoutACrashKernelLosesTheVm) {
  const Result result =
      run({}, {"sh", "-c", "echo c >/proc/sysrq-trigger; sleep 60"});
  EXPECT_EQ(result.end, "lost") << result;
  EXPECT_EQ(result.status, 126);
  EXPECT_NE(result.console.find("sysrq triggered crash"), std::string::npos);
}

// A permitted cold reboot starts the command again; the next is one too many.
// (What a command writes in its last instant may be lost with its kernel.)
TEST(Vm, CountsColdReboots) {
  const Result result = run(
      {.rerun = true, .more = {"--reboots", "1"}},
      {"sh", "-c", "echo up; sleep 1; echo b >/proc/sysrq-trigger; sleep 60"});
  EXPECT_EQ(result.end, "lost") << result;
  EXPECT_EQ(result.resets, 1) << result;
  EXPECT_EQ(result.hellos.size(), 2U) << result;
  EXPECT_EQ(result.out.size(), 2U) << result;
}

// Guest physical memory can be written from outside, while the VM is stopped.
TEST(Vm, MemoryIsWritable) {
  Vm vm({.gdb = true}, {"sh", "-c", "echo ready; sleep 60"});
  ASSERT_TRUE(vm.wait_for("ready", seconds(60)));
  // Unused conventional memory: no kernel keeps anything there.
  constexpr std::uint64_t kAddress = 0x9e000;
  const std::string before = vm.qmp().read_physical(kAddress, 4096);
  {
    const auto gdb = vm.gdb();
    EXPECT_EQ(gdb->read_physical(kAddress, 4096), before);
    gdb->flip_bit(kAddress + 5, 3);
  }
  std::string flipped = before;
  flipped[5] = static_cast<char>(flipped[5] ^ 8);
  EXPECT_EQ(vm.qmp().read_physical(kAddress, 4096), flipped);
}

}  // namespace
