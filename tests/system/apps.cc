// SPDX-License-Identifier: GPL-2.0
// libow's example applications outlive kernels that die at moments that nobody
// chose, under load: the host end of tests/guest/apps.sh. Nothing that they
// committed may be lost or torn, however they go on.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>

#include "harness.h"
#include "survival.h"

namespace {

namespace fs = std::filesystem;

void die_at_random(unsigned seed, int count) {
  const harness::SurvivorsCopy copy({"apps.sh", "survivors.sh"});
  fs::copy(harness::guest_programs() / "apps", copy.path() / "apps");
  const fs::path programs = copy.path() / "programs";
  fs::create_directory(programs);
  for (const fs::path program : {KV_PROGRAM, COMPUTE_PROGRAM, PAIR_PROGRAM})
    fs::copy_file(program, programs / program.filename());
  fs::copy_file(PAIR_POLICY, copy.path() / "pair.toml");
  // Emulated, a generation of all of these takes a minute and more.
  const auto result = harness::die_at_random(
      copy, {.smp = 2, .timeout = 180 + 120.0 * count}, seed, count);
  if (testing::Test::HasFailure())
    harness::tell_everything(result);
}

TEST(Apps, LoseNothingCommitted) {
  die_at_random(std::random_device()(), 2);
}

TEST(CampaignApps, LoseNothingCommitted) {
  constexpr int kDeaths = 20;
  die_at_random(1, kDeaths);
}

}  // namespace
