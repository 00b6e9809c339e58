// SPDX-License-Identifier: GPL-2.0
// What is foreseen without a crash is what a crash leaves: the host end of
// tests/guest/rehearse.sh.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "harness.h"

namespace {

using harness::Result;
using testing::HasSubstr;

TEST(Rehearsal, ForeseesWhatATakeoverLeaves) {
  const harness::Options options = {.copy = harness::guest_programs(),
                                    .timeout = 150};
  const Result result = harness::run(options, {"/root/copy/rehearse.sh"});
  ASSERT_EQ(result.end, "exited") << result;
  const size_t begin = result.console.find("status unarmed");
  ASSERT_NE(begin, std::string::npos) << result;
  const std::string said = result.console.substr(begin);

  const std::pair<const char*, const char*> grades[] = {
      {"plain", "exact"},    {"file", "exact"},     {"deleted", "degraded"},
      {"piped", "degraded"}, {"apart", "degraded"}, {"alien", "lost"},
      {"left", "lost"},      {"keeper", "exact"},   {"limited", "degraded"}};
  for (const auto& [name, grade] : grades)
    EXPECT_THAT(said,
                HasSubstr(fmt::format("fate {} {} {}", name, grade, grade)));

  // The machine's own as well, whatever becomes of them.
  const std::regex fate(R"(fate (\S+) (\S+) (\S+))");
  size_t fates = 0;
  for (auto it = std::sregex_iterator(said.begin(), said.end(), fate);
       it != std::sregex_iterator(); ++it, ++fates)
    EXPECT_EQ((*it)[2], (*it)[3]) << it->str();
  EXPECT_GT(fates, std::size(grades));

  // 8: not everything is exact. 1: there is no such process.
  for (const char* status :
       {"unarmed 8", "exact 0", "none 1", "pid 8", "busy1 8", "armed 8"})
    EXPECT_THAT(said, HasSubstr(fmt::format("status {}", status)));
  EXPECT_THAT(said, HasSubstr("unknown 0"));
}

}  // namespace
