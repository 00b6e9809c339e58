// SPDX-License-Identifier: GPL-2.0
// Crash procedures: what each answer, each failure and a second crash lead to.
// The host end of tests/guest/procedures.sh.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "harness.h"

namespace {

namespace fs = std::filesystem;
using harness::Result;
using nlohmann::json;

// What the guest said of one death.
struct Told {
  // By behaviour: words in the order in which they were said.
  std::map<std::string, std::vector<std::string>> words;
  std::map<std::string, int> pids;  // of those that began
  std::map<std::string, int> anew;  // of those executed by their procedure
  std::set<std::string> alive;
  std::string report;  // as JSON

  [[nodiscard]] json procedure(const std::string& behaviour) const {
    const auto all = json::parse(report).at("procedures");
    for (const auto& one : all)
      if (one.at("pid") == pids.at(behaviour))
        return one;
    return {};
  }
};

using Words = std::vector<std::string>;

void take_line(const std::string& text, Told& told) {
  std::istringstream line(text);
  std::string kind;
  std::string name;
  std::string word;
  int number = 0;
  line >> kind >> name;
  if (kind == "alive") {
    told.alive.insert(name);
  } else if (kind == "report") {
    told.report = text.substr(text.find('{'));
  } else if (kind == "log" && line >> word >> number) {
    told.words[name].push_back(word);
    if (word == "begins")
      told.pids[name] = number;
    if (word == "anew")
      told.anew[name] = number;
  }
}

fs::path make_copy() {
  std::string name = fs::temp_directory_path() / "procedures-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    throw std::runtime_error("no directory for the guest's programs");
  fs::path path = name;
  for (const char* script : {"procedures.sh", "death.sh"})
    fs::copy_file(harness::guest_programs() / script, path / script);
  fs::copy_file(PROCEDURES_PROGRAM, path / "procedures");
  return path;
}

// Its procedure did not end well, so its program began anew, with the same PID.
void expect_hot_restart(const Told& told, const std::string& behaviour) {
  SCOPED_TRACE(behaviour);
  EXPECT_EQ(told.words.at(behaviour), (Words{"begins", "procedure", "begins"}));
  EXPECT_TRUE(told.alive.contains(behaviour));
  const auto procedure = told.procedure(behaviour);
  EXPECT_EQ(procedure.value("state", ""), "failed");
  EXPECT_EQ(procedure.value("action", ""), "hot-restart");
  EXPECT_NE(procedure.value("reason", ""), "");
}

void expect_first_death(const Told& told) {
  const auto state = [&](const std::string& behaviour) {
    return told.procedure(behaviour).value("state", "");
  };
  EXPECT_EQ(told.words.at("continues"),
            (Words{"begins", "procedure", "continues"}));
  EXPECT_TRUE(told.alive.contains("continues"));
  EXPECT_EQ(state("continues"), "continued");

  for (const auto* behaviour :
       {"faults", "overflows", "aborts", "loops", "hangs"})
    expect_hot_restart(told, behaviour);
  for (const auto* behaviour : {"loops", "hangs"}) {
    const double seconds = told.procedure(behaviour).value("seconds", 0.0);
    // The limit is 1.5 s; emulation is late, but not by this much.
    EXPECT_GE(seconds, 1.5) << behaviour;
    EXPECT_LT(seconds, 6) << behaviour;
  }

  EXPECT_EQ(told.words.at("forks").size(), 3U);
  EXPECT_TRUE(told.alive.contains("forks"));
  EXPECT_EQ(state("forks"), "continued");
  EXPECT_EQ(told.words.at("exits"), (Words{"begins", "procedure"}));
  EXPECT_FALSE(told.alive.contains("exits"));
  EXPECT_EQ(state("exits"), "exited");
  EXPECT_EQ(told.words.at("restarts"), (Words{"begins", "procedure", "anew"}));
  EXPECT_EQ(told.anew.at("restarts"), told.pids.at("restarts"));
  EXPECT_EQ(state("restarts"), "restarted");
}

TEST(Procedures, EachEndLeadsWhereItShould) {
  const fs::path copy = make_copy();
  const Result result = harness::run({.copy = copy, .timeout = 240},
                                     {"/root/copy/procedures.sh"});
  fs::remove_all(copy);
  EXPECT_EQ(result.end, "exited") << result;
  EXPECT_EQ(result.hellos.size(), 3) << result;

  Told first;
  Told second;
  Told* told = &first;
  for (const auto& line : result.out) {
    fmt::print("{}\n", line.text);
    if (line.text == "again")
      told = &second;
    else
      take_line(line.text, *told);
  }
  ASSERT_FALSE(first.report.empty()) << result;
  ASSERT_FALSE(second.report.empty()) << result;
  expect_first_death(first);

  // It went on where it stood, in its procedure, and was not entered again.
  second.pids = first.pids;
  EXPECT_EQ(second.words.at("dies_twice"), (Words{"continues"}));
  EXPECT_TRUE(second.alive.contains("dies_twice"));
  EXPECT_EQ(second.procedure("dies_twice").value("state", ""), "continued");
  if (HasFailure())
    ADD_FAILURE() << result;
}

}  // namespace
