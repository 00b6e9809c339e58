// SPDX-License-Identifier: GPL-2.0
// Takeovers on other machines. Each checks that it is the machine it is named
// after, and all that a takeover must leave behind.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>
#include <regex>
#include <string>
#include <vector>

#include "takeover.h"

namespace {

using harness::check_takeovers;
using harness::faults;
using harness::Generation;
using harness::Options;
using harness::run_takeovers;

using Check = std::function<void(const std::vector<Generation>&)>;

struct Machine {
  std::string name;
  Options options;
  Check check = [](const std::vector<Generation>&) {};
};

std::ostream& operator<<(std::ostream& stream, const Machine& machine) {
  return stream << machine.name;
}

Check fact_is(const std::string& name, const std::string& value) {
  return [name, value](const std::vector<Generation>& all) {
    for (const auto& generation : all)
      EXPECT_EQ(generation.fact(name), value) << name;
  };
}

// Where the kernel lies if nothing moves it.
constexpr const char* kLinkedText = "ffffffff81000000";

// Chance may leave one of some 500 kernels there, but not all.
void moves(const std::vector<Generation>& all) {
  EXPECT_FALSE(
      std::all_of(all.begin(), all.end(), [](const Generation& generation) {
        return generation.fact("text") == kLinkedText;
      }));
}

std::vector<Machine> machines() {
  return {
      {"OneCpu", {.smp = 1}},
      {"FourCpus", {.smp = 4}},
      {"Kaslr", {}, moves},
      {"NoKaslr", {.append = "nokaslr"}, fact_is("text", kLinkedText)},
      {"FiveLevelPaging", {.more = {"--cpu", "max"}}, fact_is("la57", "1")},
      {"PageTableIsolation", {.append = "pti=on"}, fact_is("pti", "1")},
      {"TwoNodes", {.more = {"--numa", "2"}}, fact_is("nodes", "0-1")},
      {"MemoryAbove4G", {.mem = "6G"}},
      // Only the first generation is started by the firmware.
      {"Uefi", {.more = {"--uefi"}}},
      {"Microvm", {.more = {"--machine", "microvm"}}},
  };
}

void survive(const Machine& machine, int count) {
  Options options = machine.options;
  options.timeout = 120 + 45 * count;
  const auto dead =
      faults({"sysrq", "null", "bug"}, count, machine.options.smp);
  const auto all =
      check_takeovers(run_takeovers(options, dead), dead, options.smp);
  machine.check(all);
}

class Matrix : public testing::TestWithParam<Machine> {};

TEST_P(Matrix, SurvivesTwice) {
  survive(GetParam(), 2);
}

class CampaignMatrix : public testing::TestWithParam<Machine> {};

TEST_P(CampaignMatrix, SurvivesFiveTimes) {
  survive(GetParam(), 5);
}

std::string name_of(const testing::TestParamInfo<Machine>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(On, Matrix, testing::ValuesIn(machines()), name_of);
INSTANTIATE_TEST_SUITE_P(Campaign, CampaignMatrix,
                         testing::ValuesIn(machines()), name_of);

// owctl arm says how large the region has to be, and that is large enough.
void survive_in_the_region_asked_for(int count) {
  const auto asked =
      harness::run({.mem = "8G", .more = {"--crashkernel", "none"}},
                   {"owctl", "arm", "--json"});
  std::string answer;
  for (const auto& line : asked.out) {
    answer += line.text + "\n";
  }
  const auto json = nlohmann::json::parse(answer, nullptr, false);
  ASSERT_TRUE(json.is_object()) << asked;
  const std::string hint = json.value("hint", "");
  std::smatch size;
  ASSERT_TRUE(std::regex_search(hint, size, std::regex("crashkernel=(\\d+M)")))
      << asked;
  survive({.name = "EightGib",
           .options = {.mem = "8G", .more = {"--crashkernel", size[1]}}},
          count);
}

TEST(MatrixRegion, EightGibInTheRegionThatOwctlAsksFor) {
  survive_in_the_region_asked_for(2);
}

TEST(CampaignRegion, EightGibInTheRegionThatOwctlAsksFor) {
  survive_in_the_region_asked_for(5);
}

}  // namespace
