// SPDX-License-Identifier: GPL-2.0
// Pacts through a crash: wrong ones, and ones that were being made or used. The
// host end of hostile.sh and kills.sh in tests/guest.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "harness.h"
#include "told.h"

namespace {

using harness::Result;
using harness::Told;
using nlohmann::json;
using testing::HasSubstr;

using Words = std::vector<std::string>;

constexpr int kFromItsStart = -1;

std::vector<Told> check(const Result& result, size_t deaths) {
  for (const auto& line : result.out)
    fmt::print("{}\n", line.text);
  EXPECT_EQ(result.end, "exited") << result;
  EXPECT_EQ(result.status, 0) << result;
  EXPECT_EQ(result.hellos.size(), deaths + 1) << result;
  auto told = harness::all_told(result);
  EXPECT_EQ(told.size(), deaths) << result;
  for (const auto& one : told) {
    EXPECT_FALSE(one.log.empty());
    for (const auto& line : harness::complaints(one.log, kFromItsStart))
      ADD_FAILURE() << line;
  }
  return told;
}

// --- Pacts that are wrong --------------------------------------------------

TEST(Hostile, HarmsOnlyItself) {
  constexpr int kHostile = 40;
  const harness::GuestCopy copy({"hostile.sh", "death.sh"},
                                {HOSTILE_PROGRAM, PROCEDURES_PROGRAM});
  const Result result =
      harness::run({.copy = copy.path(), .timeout = 200},
                   {"/root/copy/hostile.sh", std::to_string(kHostile)});
  const auto told = check(result, 1);
  ASSERT_FALSE(told.empty() || told[0].report.is_null()) << result;
  const Told& after = told[0];

  std::map<std::string, int> ends;
  for (int i = 0; i < kHostile; i++) {
    const std::string name = fmt::format("h{}", i);
    const auto pid = after.number(name, "begins");
    EXPECT_GT(pid, 0) << name;
    const auto ended = after.procedure(pid);
    const bool alive = after.alive.contains(name);
    const bool killed = ended.value("state", "") == "exited" ||
                        ended.value("action", "") == "terminate";
    EXPECT_TRUE(alive || killed) << name << " is gone; of it is said " << ended;
    ends[ended.value("state", "not heeded")]++;
  }
  // Else they are not as wrong as they should be.
  EXPECT_GT(ends["not heeded"], 0);
  EXPECT_GT(ends["refused"], 0);
  EXPECT_GT(ends["exited"], 0);

  EXPECT_EQ(after.words("continues"),
            (Words{"begins", "procedure", "continues"}));
  EXPECT_TRUE(after.alive.contains("continues"));
  EXPECT_EQ(after.words("restarts"), (Words{"begins", "procedure", "anew"}));
  EXPECT_TRUE(after.alive.contains("restarts"));
}

// --- The kernel dies in the midst of it
// -----------------------------------------

std::vector<Told> kill_keepers(const Words& roles, const Words& deaths) {
  const harness::GuestCopy copy({"kills.sh", "death.sh"}, {KEEPER_PROGRAM});
  Words command = {"/root/copy/kills.sh"};
  command.insert(command.end(), roles.begin(), roles.end());
  command.emplace_back("--");
  command.insert(command.end(), deaths.begin(), deaths.end());
  const Result result =
      harness::run({.copy = copy.path(), .timeout = 200}, command);
  auto told = check(result, deaths.size());
  if (told.size() != deaths.size())
    return {};
  for (const auto& role : roles) {
    for (const auto& one : told)
      EXPECT_TRUE(one.alive.contains(role)) << role;
    // Whole, and neither older nor newer than it was known to be.
    EXPECT_THAT("\n" + told.back().other["left"],
                HasSubstr("\n" + role + " begins "));
    for (const auto& word : told.back().words(role))
      EXPECT_TRUE(word == "begins" || word == "procedure" ||
                  word == "registered")
          << role << ": " << word;
  }
  return told;
}

json ps_of(const Told& told, const std::string& name, const char* kind) {
  const auto found = told.other.find(kind);
  if (found != told.other.end())
    for (auto& line : json::parse(found->second).at("processes"))
      if (line.at("name") == name)
        return line;
  return json::object();
}

TEST(Kills, WhileCommittingAndRegistering) {
  const auto told = kill_keepers(
      {"commits", "anew", "reloads", "updates", "registers"},
      {"update_process_times/commits", "update_process_times/updates",
       "ow_pact_mmap/registers=2"});
  ASSERT_FALSE(told.empty());
  const Told& last = told.back();
  const size_t deaths = told.size();
  // All of it was said in one log.
  EXPECT_EQ(last.words("commits"), Words{"begins"});
  EXPECT_EQ(last.words("anew"), Words(deaths + 1, "begins"));
  EXPECT_EQ(last.words("reloads"), Words(deaths + 1, "begins"));
  Words updates(deaths, "procedure");
  updates.insert(updates.begin(), "begins");
  EXPECT_EQ(last.words("updates"), updates);
  EXPECT_EQ(last.words("registers"), (Words{"begins", "registered"}));
  const auto registered = ps_of(last, "registers", "ps");
  EXPECT_EQ(registered.value("pact", ""), "yes") << registered;
  EXPECT_EQ(registered.value("procedure", false), true) << registered;
}

TEST(Kills, WhileRestarting) {
  const auto told = kill_keepers({"commits", "restarts"},
                                 {"bug", "begin_new_exec/restarts=3"});
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().words("restarts"),
            (Words{"begins", "procedure", "begins"}));
}

}  // namespace
