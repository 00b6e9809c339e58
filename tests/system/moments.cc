// SPDX-License-Identifier: GPL-2.0
// The kernel dies at moments that nobody chose, under load, again and again,
// and every program verifies itself: the host end of tests/guest/moments.sh. A
// seed from OTHERWORLD_SEED makes a run that failed happen nearly the same
// again.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "harness.h"
#include "survival.h"

namespace {

using harness::Result;
using harness::Survival;
using nlohmann::json;

constexpr int kCpus = 2;

// What is neither free nor in any of the kernel's own accounts: leaked pages
// are.
long long unaccounted(const Survival& survival) {
  const auto kib = [&](const char* name) { return survival.memory.at(name); };
  return kib("MemTotal") - kib("MemFree") - kib("PerCpuFree") - kib("Active") -
         kib("Inactive") - kib("Unevictable") - kib("Slab") -
         kib("KernelStack") - kib("PageTables") - kib("Percpu");
}

// Both in KiB. The programs' own needs vary: churn holds up to 32 MiB, paging
// up to 48 MiB that are in memory or in swap. The rest does not depend on them,
// but for pages on their way from or to a list.
constexpr long long kProgramsVary = 64 << 10;
constexpr long long kRestVaries = 2 << 10;
// Where memory is cut depends on where the region lies: a page more or less,
// and in no direction.
constexpr long long kPagesCut = 16;

void expect_no_drift(std::map<int, Survival>& all, int last) {
  for (const int i : {0, 2, last})
    ASSERT_TRUE(all[i].memory.contains("MemAvailable")) << "generation " << i;
  for (int i = 1; i <= last; i++)
    EXPECT_NEAR(all[i].memory["MemTotal"], all[1].memory["MemTotal"], kPagesCut)
        << "generation " << i;
  fmt::print("available: {} KiB, then {}; unaccounted: {}, then {}\n",
             all[2].memory["MemAvailable"], all[last].memory["MemAvailable"],
             unaccounted(all[2]), unaccounted(all[last]));
  EXPECT_NEAR(all[last].memory["MemAvailable"], all[2].memory["MemAvailable"],
              kProgramsVary);
  EXPECT_NEAR(unaccounted(all[last]), unaccounted(all[2]), kRestVaries);
}

bool says_why(const json& verdicts) {
  return std::ranges::any_of(verdicts, [](const json& verdict) {
    return verdict.at("grade") != "exact" &&
           !verdict.at("reason").get<std::string>().empty();
  });
}

// Who is not exact, and why, from each "report {...}".
void expect_reasons(const Result& result, size_t reports) {
  constexpr std::string_view kWord = "report {";
  size_t seen = 0;
  for (const auto& line : result.out) {
    if (!line.text.starts_with(kWord))
      continue;
    seen++;
    const auto report = json::parse(line.text.substr(kWord.size() - 1));
    for (const auto& process : report.at("processes"))
      EXPECT_TRUE(process.at("grade") == "exact" ||
                  says_why(process.at("verdicts")))
          << process.dump();
  }
  EXPECT_EQ(seen, reports);
}

void die_at_random(unsigned seed, int count) {
  const harness::SurvivorsCopy copy({"moments.sh", "survivors.sh"});
  const Result result = harness::die_at_random(
      copy, {.smp = kCpus, .timeout = 120 + 60.0 * count}, seed, count);
  auto all = harness::survivals(result);
  expect_no_drift(all, count);
  expect_reasons(result, count);
  if (testing::Test::HasFailure())
    harness::tell_everything(result);
}

TEST(Moments, EveryProgramVerifiesItself) {
  die_at_random(std::random_device()(), 3);
}

class CampaignMoments : public testing::TestWithParam<unsigned> {};

TEST_P(CampaignMoments, EveryProgramVerifiesItself) {
  constexpr int kDeaths = 50;
  die_at_random(GetParam(), kDeaths);
}

INSTANTIATE_TEST_SUITE_P(Seed, CampaignMoments, testing::Values(1, 2, 3, 4),
                         testing::PrintToStringParamName());

}  // namespace
