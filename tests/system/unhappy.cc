// SPDX-License-Identifier: GPL-2.0
// Resurrections that go wrong: on request at each stage, and because the dead
// kernel's structures are damaged. The others come back, and no kernel falls.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <sstream>
#include <string>

#include "harness.h"

namespace {

using harness::Options;
using harness::Result;

// enum ow_point in kernel/otherworld/rebuild.h
constexpr int kPoints = 11;

// What the kernel that took over last has said since.
void expect_no_complaints(const Result& result) {
  const size_t since = result.console.rfind(" processes go on, ");
  ASSERT_NE(since, std::string::npos) << result;
  constexpr int kFromItsStart = -1;
  for (const auto& line :
       harness::complaints(result.console.substr(since), kFromItsStart))
    ADD_FAILURE() << line;
}

struct Fate {
  std::string comm;
  bool told = false;
  std::string status;  // as its parent found it
};

// "fate KIND NUMBER COMM TOLD STATUS", from the console.
std::map<std::pair<std::string, int>, Fate> fates(const std::string& console) {
  std::map<std::pair<std::string, int>, Fate> all;
  std::istringstream lines(console);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string word;
    std::string kind;
    int number = 0;
    Fate fate;
    if (words >> word >> kind >> number >> fate.comm >> fate.told >>
            fate.status &&
        word == "fate")
      all[{kind, number}] = fate;
  }
  return all;
}

TEST(Unhappy, EachFaultPointCostsOneProcess) {
  const Options options = {.copy = harness::guest_programs(), .timeout = 200};
  const Result result =
      harness::run(options, {"/root/copy/victims.sh", std::to_string(kPoints)});
  ASSERT_EQ(result.end, "exited") << result;
  const auto all = fates(result.console);
  ASSERT_EQ(all.size(), 2U * kPoints) << result;
  for (const auto& [who, fate] : all) {
    const auto& [kind, number] = who;
    const bool victim = kind == "victim";
    EXPECT_EQ(fate.comm, victim ? "none" : fmt::format("{}{}", kind, number))
        << kind << " " << number;
    EXPECT_EQ(fate.status, victim ? "137" : "none") << kind << " " << number;
    EXPECT_TRUE(fate.told) << "no verdict names point " << number;
  }
  expect_no_complaints(result);
}

// When a line of a kernel's log was said, in its own time; below 0 if it is
// none.
double said_at(const std::string& line) {
  double seconds = -1;
  return std::sscanf(line.c_str(), "[%lf]", &seconds) == 1 ? seconds : -1;
}

// Between the damage and its end a kernel may trip over it on another CPU. What
// it says then is left out; its successor's time begins anew.
std::string without_deaths(const std::string& console) {
  std::istringstream lines(console);
  std::string rest;
  double damaged = -1;
  for (std::string line; std::getline(lines, line);) {
    const double now = said_at(line);
    if (line.find("otherworld: damaging") != std::string::npos)
      damaged = now;
    else if (now >= 0 && now < damaged)
      damaged = -1;
    if (damaged < 0)
      rest += line + "\n";
  }
  return rest;
}

void damage(int rounds) {
  constexpr int kProcesses = 30;
  const Options options = {.copy = harness::guest_programs(),
                           .timeout = 120 + 30.0 * rounds};
  const Result result =
      harness::run(options, {"/root/copy/damage.sh", std::to_string(kProcesses),
                             std::to_string(rounds)});
  EXPECT_EQ(result.end, "exited") << result;
  EXPECT_EQ(result.resets, 0) << result;
  for (int round = 1; round <= rounds; round++)
    EXPECT_NE(result.console.find(fmt::format("round {} reported", round)),
              std::string::npos)
        << "round " << round << result;
  constexpr size_t kExcerpt = 4000;
  constexpr int kFromItsStart = -1;
  const std::string alive = without_deaths(result.console);
  for (const auto& line : harness::complaints(alive, kFromItsStart))
    ADD_FAILURE() << line << "\n" << alive.substr(alive.find(line), kExcerpt);
}

TEST(Unhappy, DamagedStructuresStopNobodyElse) {
  damage(3);
}

TEST(CampaignUnhappy, DamagedStructuresFortyTimes) {
  damage(40);
}

}  // namespace
