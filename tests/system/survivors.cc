// SPDX-License-Identifier: GPL-2.0
// Programs of every kind go on under the next kernel, and find all that they
// can see of themselves as it was: the host end of tests/guest/survivors.sh.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "harness.h"
#include "survival.h"

namespace {

using harness::Options;
using harness::Result;

struct Machine {
  std::string name;
  int cpus;
  std::vector<std::string> faults;  // one generation after the other
};

std::ostream& operator<<(std::ostream& stream, const Machine& machine) {
  return stream << machine.name;
}

void survive(const Machine& machine) {
  const harness::SurvivorsCopy copy({"survivors_console.sh", "survivors.sh"});
  const auto takeovers = static_cast<double>(machine.faults.size());
  const Options options = {.smp = machine.cpus,
                           .copy = copy.path(),
                           .timeout = 150 + 150 * takeovers};
  const Result result = harness::run(options, copy.command(machine.faults));
  auto all = harness::survivals(result.console);

  // What no emulated CPU has, what the kernel is too old for, and what takes
  // two nodes.
  const std::set<std::string> allowed = {"avx512", "guard_region", "moving"};
  int passed = 0;
  EXPECT_EQ(result.end, "exited") << result;
  // Each generation has judged, the last one too.
  for (size_t i = 1; i <= machine.faults.size(); i++) {
    const auto& survival = all[static_cast<int>(i)];
    EXPECT_TRUE(survival.done) << "generation " << i << result;
    for (const auto& line : survival.failed)
      ADD_FAILURE() << line;
    for (const auto& name : survival.skipped)
      EXPECT_TRUE(allowed.contains(name)) << name << " was skipped";
    fmt::print("generation {}: {} passed, {} skipped, {} failed\n", i,
               survival.passed, survival.skipped.size(),
               survival.failed.size());
    passed += survival.passed;
  }
  EXPECT_GT(passed, 0) << result;
  // The kernel's log since the last of them took over; behind it are results.
  const size_t since = result.console.rfind(" processes go on, ");
  ASSERT_NE(since, std::string::npos) << result;
  const size_t until = result.console.find("\ntrigger 0 ", since);
  ASSERT_NE(until, std::string::npos) << result;
  constexpr int kFromItsStart = -1;
  for (const auto& line : harness::complaints(
           result.console.substr(since, until - since), kFromItsStart))
    ADD_FAILURE() << line;
}

class Survivors : public testing::TestWithParam<Machine> {};

TEST_P(Survivors, GoOn) {
  survive(GetParam());
}

std::string name_of(const testing::TestParamInfo<Machine>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(On, Survivors,
                         testing::Values(Machine{"TwoCpus", 2, {"bug", "null"}},
                                         Machine{"OneCpu", 1, {"overflow"}},
                                         Machine{
                                             "FourCpus", 4, {"hardlockup"}}),
                         name_of);

class CampaignSurvivors : public testing::TestWithParam<Machine> {};

TEST_P(CampaignSurvivors, GoOn) {
  survive(GetParam());
}

std::vector<Machine> campaign() {
  std::vector<Machine> machines;
  for (const int cpus : {1, 2, 4}) {
    // The only CPU, with interrupts disabled, is noticed by nobody.
    const std::string lockup = cpus == 1 ? "softlockup" : "hardlockup";
    machines.push_back({fmt::format("TenTakeovers{}", cpus),
                        cpus,
                        {"bug", "null", "overflow", lockup, "bug", "null",
                         "overflow", lockup, "bug", "null"}});
  }
  return machines;
}

INSTANTIATE_TEST_SUITE_P(On, CampaignSurvivors, testing::ValuesIn(campaign()),
                         name_of);

}  // namespace
