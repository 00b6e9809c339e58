// SPDX-License-Identifier: GPL-2.0
// Shows that every system call of x86-64 has its place in the table of calls in
// flight, under its own name.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <string>

#include "ow_calls.h"

namespace {

// As this machine's C library knows them: <asm/unistd_64.h>.
std::map<unsigned, std::string> known_calls() {
  std::map<unsigned, std::string> calls;
  std::ifstream file("/usr/include/x86_64-linux-gnu/asm/unistd_64.h");
  const std::regex define(R"(#define\s+__NR_(\w+)\s+(\d+)\s*)");
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (std::regex_match(line, match, define))
      calls[std::stoul(match[2])] = match[1];
  }
  return calls;
}

TEST(ParseCalls, EveryCallIsPlaced) {
  const auto calls = known_calls();
  ASSERT_GT(calls.size(), 300u);
  for (const auto& [number, name] : calls) {
    EXPECT_NE(ow_call_class(number), OW_CALL_UNPLACED) << number << " " << name;
    const char* placed = ow_call_name(number);
    ASSERT_NE(placed, nullptr) << number << " " << name;
    EXPECT_EQ(placed, name) << number;
  }
}

TEST(ParseCalls, NothingLiesBeyond) {
  EXPECT_EQ(ow_call_class(OW_CALLS), OW_CALL_UNPLACED);
  EXPECT_EQ(ow_call_class(~0ULL), OW_CALL_UNPLACED);
  EXPECT_EQ(ow_call_name(OW_CALLS), nullptr);
}

TEST(ParseCalls, WhatWaitsIsNotRunTwiceBlindly) {
  EXPECT_EQ(ow_call_class(35), OW_CALL_SLEEP);
  EXPECT_EQ(ow_call_class(34), OW_CALL_PAUSE);
  EXPECT_EQ(ow_call_class(62), OW_CALL_SIGNAL);
  EXPECT_EQ(ow_call_class(57), OW_CALL_FORK);
  EXPECT_EQ(ow_call_class(61), OW_CALL_REAP);
  EXPECT_EQ(ow_call_class(39), OW_CALL_AGAIN);
}

}  // namespace
