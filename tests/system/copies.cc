// SPDX-License-Identifier: GPL-2.0
// What brings a process back after a crash makes a copy of one that lives: the
// host end of tests/guest/copies.sh.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness.h"
#include "survival.h"

namespace {

using harness::Result;

class Copies : public testing::Test {
 protected:
  // What copies.sh says of each of these, on lines that begin with "copy".
  static std::vector<std::string> copy(const std::vector<std::string>& names) {
    const harness::SurvivorsCopy copy({"copies.sh"});
    const Result result = harness::run({.copy = copy.path(), .timeout = 200},
                                       copy.command(names));
    EXPECT_EQ(result.end, "exited") << result;
    EXPECT_THAT(harness::complaints(result.console, 0), testing::IsEmpty());
    std::vector<std::string> said;
    for (const auto& line : result.out) {
      if (line.text.starts_with("copy "))
        said.push_back(line.text);
      else
        told += line.text + "\n";
    }
    return said;
  }

  static inline std::string told;
};

// One of each kind that a single process has: what it shares with another one
// is not its own.
TEST_F(Copies, GoOnWhereTheOriginalsStood) {
  const std::vector<std::string> names = {
      "alternate_stack", "anon_memory",   "avx",
      "brk_growth",      "calling",       "capabilities",
      "clocks",          "close_on_exec", "condition_timeout",
      "cpu_timers",      "deep_stack",    "devices",
      "directory",       "file_position", "futex_timeout",
      "generated_code",  "gprs",          "gprs_in_call",
      "gs_base",         "handlers",      "heap",
      "huge_pages",      "ldt",           "leader_gone",
      "mempolicy",       "mlocked",       "mutex",
      "named_memory",    "pausing",       "pkru",
      "polling",         "posix_timers",  "private_file",
      "prot_none",       "rlimits",       "rseq",
      "seccomp",         "sleeping",      "stack_growth",
      "threads_200",     "timer_slack",   "tls",
      "user_1000",       "vdso",          "x87",
      "zero_pages"};
  std::vector<std::string> wanted;
  wanted.reserve(names.size());
  for (const auto& name : names)
    wanted.push_back(fmt::format("copy {} pass", name));
  EXPECT_THAT(copy(names), testing::ElementsAreArray(wanted)) << told;
}

// At each numbered fault point, see enum ow_point in
// kernel/otherworld/rebuild.h.
TEST_F(Copies, GivenUpLeaveTheOriginalAsItWas) {
  const harness::SurvivorsCopy copy({"copies_given_up.sh"});
  const Result result = harness::run(
      {.append = "otherworld_victims", .copy = copy.path(), .timeout = 100},
      {"/root/copy/copies_given_up.sh"});
  EXPECT_EQ(result.end, "exited") << result;
  EXPECT_THAT(harness::complaints(result.console, 0), testing::IsEmpty());
  std::vector<std::string> wanted;
  for (int point = 1; point <= 11; point++)
    wanted.push_back(fmt::format("given up {} 8 1 alive", point));
  wanted.insert(wanted.end(),
                {"apart 8 1", "proc 8 1", "good 0", "stopped 0 T", "left 0 0"});
  std::vector<std::string> said;
  for (const auto& line : result.out)
    said.push_back(line.text);
  EXPECT_EQ(said, wanted) << result;
}

}  // namespace
