// SPDX-License-Identifier: GPL-2.0
// Who comes back, if not all shall: the host end of tests/guest/selection.sh.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "harness.h"

namespace {

using harness::Result;
using testing::HasSubstr;

TEST(Selection, OnlyTheChosenAndTheirAncestorsComeBack) {
  const harness::Options options = {.copy = harness::guest_programs(),
                                    .timeout = 150};
  const Result result = harness::run(options, {"/root/copy/selection.sh"});
  ASSERT_EQ(result.end, "exited") << result;
  const std::set<std::string> gone = {"beside", "chosen3", "stranger"};
  for (const int generation : {1, 2}) {
    for (const char* name : {"chosen1", "below", "above", "chosen2", "beside",
                             "chosen3", "stranger"}) {
      const bool lost = gone.contains(name);
      // Of who was gone already there is no verdict.
      const int told = lost && generation == 1 ? 1 : 0;
      EXPECT_THAT(result.console,
                  HasSubstr(fmt::format("here {} {} {} {}", generation, name,
                                        lost ? "none" : name, told)));
    }
    EXPECT_THAT(
        result.console,
        HasSubstr(fmt::format("status {} only selection.sh, chosen?, except "
                              "chosen3 will come back",
                              generation)));
  }
}

}  // namespace
