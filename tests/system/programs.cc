// SPDX-License-Identifier: GPL-2.0
// Programs that know nothing of Otherworld go on where they stood, and end with
// what an undisturbed run gives: the host end of tests/guest/programs.sh.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "harness.h"

namespace {

namespace fs = std::filesystem;
using harness::Result;

void put_programs(const fs::path& path) {
  fs::copy_file(harness::guest_programs() / "programs.sh",
                path / "programs.sh");
  fs::copy(harness::guest_programs() / "programs", path / "programs");
  fs::copy_file(PRIMES_PROGRAM, path / "primes");
}

TEST(Programs, EndAsUndisturbed) {
  const harness::Folder copy;
  put_programs(copy.path());
  const Result result = harness::run({.copy = copy.path(), .timeout = 180},
                                     {"/root/copy/programs.sh"});
  EXPECT_EQ(result.end, "exited") << result;
  EXPECT_EQ(result.hellos.size(), 3) << result;

  std::set<std::string> names;
  for (const auto& line : result.out) {
    std::istringstream words(line.text);
    std::string word;
    std::string name;
    std::string status;
    std::string same;
    int first = 0;
    int second = 0;
    int all = 0;
    if (!(words >> word) || word != "program")
      continue;
    words >> name >> first >> second >> all >> status >> same;
    fmt::print("{}\n", line.text);
    names.insert(name);
    EXPECT_EQ(status, "0") << line.text;
    EXPECT_EQ(same, "same") << line.text;
    // In its midst at each death.
    EXPECT_GT(first, 0) << line.text;
    EXPECT_GT(second, first) << line.text;
    EXPECT_GT(all, second) << line.text;
  }
  EXPECT_EQ(names,
            (std::set<std::string>{"count", "digits", "compile", "primes"}));
  if (HasFailure())
    ADD_FAILURE() << result;
}

}  // namespace
