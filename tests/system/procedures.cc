// SPDX-License-Identifier: GPL-2.0
// Crash procedures: what each answer, each failure and a second crash lead to.
// The host end of tests/guest/procedures.sh.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness.h"
#include "told.h"

namespace {

using harness::Result;
using harness::Told;

using Words = std::vector<std::string>;

// Of this death or, if they began before, the one before it.
nlohmann::json procedure(const Told& told, const Told& begun,
                         const std::string& behaviour) {
  return told.procedure(begun.number(behaviour, "begins"));
}

// Its procedure did not end well, so its program began anew, with the same PID.
void expect_hot_restart(const Told& told, const std::string& behaviour) {
  SCOPED_TRACE(behaviour);
  EXPECT_EQ(told.words(behaviour), (Words{"begins", "procedure", "begins"}));
  EXPECT_TRUE(told.alive.contains(behaviour));
  const auto ended = procedure(told, told, behaviour);
  EXPECT_EQ(ended.value("state", ""), "failed");
  EXPECT_EQ(ended.value("action", ""), "hot-restart");
  EXPECT_NE(ended.value("reason", ""), "");
}

void expect_first_death(const Told& told) {
  const auto state = [&](const std::string& behaviour) {
    return procedure(told, told, behaviour).value("state", "");
  };
  EXPECT_EQ(told.words("continues"),
            (Words{"begins", "procedure", "continues"}));
  EXPECT_TRUE(told.alive.contains("continues"));
  EXPECT_EQ(state("continues"), "continued");

  for (const auto* behaviour :
       {"faults", "overflows", "aborts", "loops", "hangs"})
    expect_hot_restart(told, behaviour);
  for (const auto* behaviour : {"loops", "hangs"}) {
    const double seconds =
        procedure(told, told, behaviour).value("seconds", 0.0);
    // The limit is 1.5 s; emulation is late, but not by this much.
    EXPECT_GE(seconds, 1.5) << behaviour;
    EXPECT_LT(seconds, 6) << behaviour;
  }

  EXPECT_EQ(told.words("forks").size(), 3U);
  EXPECT_TRUE(told.alive.contains("forks"));
  EXPECT_EQ(state("forks"), "continued");
  EXPECT_EQ(told.words("exits"), (Words{"begins", "procedure"}));
  EXPECT_FALSE(told.alive.contains("exits"));
  EXPECT_EQ(state("exits"), "exited");
  EXPECT_EQ(told.words("restarts"), (Words{"begins", "procedure", "anew"}));
  EXPECT_EQ(told.number("restarts", "anew"), told.number("restarts", "begins"));
  EXPECT_EQ(state("restarts"), "restarted");
}

TEST(Procedures, EachEndLeadsWhereItShould) {
  const harness::GuestCopy copy({"procedures.sh", "death.sh"},
                                {PROCEDURES_PROGRAM});
  const Result result = harness::run({.copy = copy.path(), .timeout = 240},
                                     {"/root/copy/procedures.sh"});
  EXPECT_EQ(result.end, "exited") << result;
  EXPECT_EQ(result.hellos.size(), 3) << result;

  for (const auto& line : result.out)
    fmt::print("{}\n", line.text);
  const auto told = harness::all_told(result);
  ASSERT_EQ(told.size(), 2U) << result;
  const Told& first = told[0];
  const Told& second = told[1];
  ASSERT_FALSE(first.report.empty()) << result;
  ASSERT_FALSE(second.report.empty()) << result;
  expect_first_death(first);

  // It went on where it stood, in its procedure, and was not entered again.
  EXPECT_EQ(second.words("dies_twice"), (Words{"continues"}));
  EXPECT_TRUE(second.alive.contains("dies_twice"));
  EXPECT_EQ(procedure(second, first, "dies_twice").value("state", ""),
            "continued");
  if (HasFailure())
    ADD_FAILURE() << result;
}

}  // namespace
