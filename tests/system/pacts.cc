// SPDX-License-Identifier: GPL-2.0
// Pacts through a crash: wrong ones, ones that were being made or used, and
// what those of several processes mean to each other. The host end of
// hostile.sh, kills.sh and groups.sh in tests/guest.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
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
  // As in tests/guest/hostile/hostile.cc.
  constexpr int kKinds = 11;
  constexpr int kNameless = 10;
  const harness::GuestCopy copy({"hostile.sh", "death.sh"},
                                {HOSTILE_PROGRAM, PROCEDURES_PROGRAM});
  const Result result =
      harness::run({.copy = copy.path(), .timeout = 200},
                   {"/root/copy/hostile.sh", std::to_string(kHostile)});
  const auto told = check(result, 1);
  ASSERT_FALSE(told.empty() || told[0].report.empty()) << result;
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
    if (i % kKinds == kNameless) {
      EXPECT_EQ(ended.value("action", ""), "hot-restart") << ended;
      EXPECT_TRUE(alive) << name;
    }
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

// --- The kernel dies in the midst of it -----------------------------------

// What the keepers of tests/guest/pacts/keeper.c say of what is whole.
bool is_of_the_whole(const std::string& word) {
  constexpr std::array<std::string_view, 7> kWords = {
      "begins", "procedure", "registered", "swapped",
      "intact", "changing",  "damaged"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

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
  // Those that watched the procedures of the takeover before are nobody's.
  for (const auto& one : told)
    EXPECT_THAT(one.report, testing::Not(HasSubstr(R"("name": "init")")));
  for (const auto& role : roles) {
    for (const auto& one : told)
      EXPECT_TRUE(one.alive.contains(role)) << role;
    // Whole, and neither older nor newer than it was known to be.
    EXPECT_THAT("\n" + told.back().other["left"],
                HasSubstr("\n" + role + " begins "));
    for (const auto& word : told.back().words(role))
      EXPECT_TRUE(is_of_the_whole(word)) << role << ": " << word;
  }
  return told;
}

json ps_of(const Told& told, const std::string& name, const char* kind) {
  const auto found = told.other.find(kind);
  if (found == told.other.end())
    return json::object();
  const json all = json::parse(found->second);
  for (const auto& line : all.at("processes"))
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

TEST(Kills, WhileThePactIsSwappedOut) {
  const auto told = kill_keepers({"commits", "swapped"}, {"bug"});
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().words("swapped"),
            (Words{"begins", "swapped", "procedure"}));
}

// What a guard says of memory is known before the procedure begins.
TEST(Kills, WhileMemoryIsGuarded) {
  const auto told = kill_keepers({"commits", "guarded"}, {"bug"});
  ASSERT_FALSE(told.empty());
  const Told& last = told.back();
  EXPECT_EQ(last.words("guarded"),
            (Words{"begins", "procedure", "intact", "changing", "damaged"}));
  EXPECT_EQ(last.number("guarded", "intact"), 0);
  EXPECT_EQ(last.number("guarded", "changing"), 1);
  EXPECT_EQ(last.number("guarded", "damaged"), 2);
}

// Its procedure has failed and it is to begin anew: while it is the old program
// still, and when it is neither that nor the new one.
class KillsWhileEscalating : public testing::TestWithParam<std::string> {};

TEST_P(KillsWhileEscalating, At) {
  const auto told = kill_keepers({"commits", "escalates"},
                                 {"bug", GetParam() + "/escalates=3"});
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().words("escalates"),
            (Words{"begins", "procedure", "begins"}));
}

INSTANTIATE_TEST_SUITE_P(In, KillsWhileEscalating,
                         testing::Values("begin_new_exec", "set_mm_exe_file",
                                         "flush_thread"),
                         [](const auto& info) { return info.param; });

// Each is in its procedure still when the kernel dies of the one before.
TEST(Kills, WhileOneAfterTheOtherEnds) {
  const auto told = kill_keepers(
      {"commits", "restarts", "escalates"},
      {"bug", "begin_new_exec/restarts=3", "begin_new_exec/escalates=3"});
  ASSERT_EQ(told.size(), 3U);
  const Words anew = {"begins", "procedure", "begins"};
  EXPECT_EQ(told[1].words("restarts"), anew);
  EXPECT_EQ(told[2].words("escalates"), anew);
}

// --- Groups, events and policies ------------------------------------------

json state_of(const Told& told, const std::string& name) {
  return told.procedure(told.alive.contains(name) ? told.alive.at(name) : 0);
}

void expect_began_anew(const Told& told, const std::string& name,
                       const std::string& action, const std::string& reason) {
  SCOPED_TRACE(name);
  std::vector<unsigned long long> pids;
  if (const auto said = told.said.find(name); said != told.said.end())
    for (const auto& one : said->second)
      if (one.word == "begins")
        pids.push_back(one.number);
  ASSERT_EQ(pids.size(), 2U);
  EXPECT_EQ(pids[0], pids[1]);
  EXPECT_TRUE(told.alive.contains(name));
  EXPECT_EQ(state_of(told, name).value("action", ""), action);
  EXPECT_THAT(state_of(told, name).value("reason", ""), HasSubstr(reason));
}

void expect_groups(const Told& told) {
  expect_began_anew(told, "database", "hot-restart", "rule 1");
  expect_began_anew(told, "website", "hot-restart", "depends on process");
  expect_began_anew(told, "chosen", "reload", "the plug-in: chosen");
  EXPECT_FALSE(told.alive.contains("doomed"));
  EXPECT_EQ(told.words("doomed"), Words{"begins"});

  const Words news = told.words("front");
  EXPECT_EQ(std::set<std::string>(news.begin(), news.end()),
            (std::set<std::string>{"begins", "heard:takeover", "heard:shop/db",
                                   "heard:shop/web"}));
  EXPECT_EQ(news.size(), 4U);
  constexpr int kHotRestart = 2;
  EXPECT_EQ(told.number("front", "heard:shop/db"), kHotRestart);
  // Everybody may hear of it, whatever group it is in.
  EXPECT_EQ(told.words("alone").size(), 4U);
  EXPECT_EQ(json::parse(told.report).at("groups"),
            json::parse(R"([{"action": "hot-restart", "name": "shop/db"},
                            {"action": "hot-restart", "name": "shop/web"}])"));
}

// What the plug-in was told of the database.
void expect_questions(const Told& told) {
  std::istringstream questions(told.other.at("asked"));
  int seen = 0;
  for (std::string line; std::getline(questions, line);) {
    const auto question = json::parse(line);
    if (question.at("group") != "shop/db")
      continue;
    seen++;
    EXPECT_EQ(question.at("action"), "hot-restart");
    EXPECT_EQ(question.at("reason"), "rule 1");
    EXPECT_EQ(question.at("pid"), told.alive.at("database"));
  }
  EXPECT_EQ(seen, 1);
}

void expect_ps(const Told& told) {
  for (const char* when : {"before", "after"}) {
    SCOPED_TRACE(when);
    const auto chosen = ps_of(told, "chosen", when);
    EXPECT_EQ(chosen.value("comes_back", false), true) << chosen;
    const auto honest = ps_of(told, "procedures", when);
    EXPECT_EQ(honest.value("pact", ""), "yes") << honest;
    EXPECT_EQ(honest.value("procedure", false), true) << honest;
    EXPECT_EQ(honest.value("action", ""), "procedure") << honest;
    std::map<std::string, std::string> groups;
    const json all = json::parse(told.other.at(when));
    for (const auto& line : all.at("processes"))
      groups[line.at("group")] = line.at("action");
    EXPECT_EQ(groups["shop/db"], "hot-restart");
    EXPECT_EQ(groups["shop/web"], "hot-restart");
    EXPECT_EQ(groups["shop/front"], "continue");
  }
  EXPECT_EQ(ps_of(told, "doomed", "before").value("action", ""), "terminate");
  EXPECT_TRUE(ps_of(told, "doomed", "after").empty());
}

void expect_page(const Told& told) {
  const std::string& page = told.other.at("page");
  EXPECT_THAT(page, testing::StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(page, HasSubstr("</html>"));
  for (const char* part :
       {"shop/db", "shop/web", "hot-restart", "the plug-in: chosen",
        "terminate", "kernel BUG at", "procedures", "continued"})
    EXPECT_THAT(page, HasSubstr(part));
  for (const char* elsewhere : {"<script", "src=\"http", "href=\"http"})
    EXPECT_THAT(page, testing::Not(HasSubstr(elsewhere)));
}

TEST(Groups, AreRestartedAsThePolicySays) {
  const harness::GuestCopy copy(
      {"groups.sh", "death.sh"},
      {MEMBER_PROGRAM, QUIET_PROGRAM, PROCEDURES_PROGRAM});
  const Result result = harness::run({.copy = copy.path(), .timeout = 200},
                                     {"/root/copy/groups.sh"});
  const auto told = check(result, 1);
  ASSERT_FALSE(told.empty() || told[0].report.empty()) << result;
  expect_groups(told[0]);
  expect_questions(told[0]);
  expect_ps(told[0]);
  expect_page(told[0]);
  // No system call, and one that was seen: 128 and SIGSYS.
  EXPECT_EQ(told[0].number("quiet", "failures"), 0);
  EXPECT_EQ(told[0].other.at("loud"), "159\n");
  EXPECT_TRUE(told[0].words("loud").empty());
}

}  // namespace
