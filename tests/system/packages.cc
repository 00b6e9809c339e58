// SPDX-License-Identifier: GPL-2.0
// The Debian packages, installed in a machine and used through a crash of its
// kernel: the host end of tests/guest/packages.sh.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "harness.h"

namespace {

namespace fs = std::filesystem;
using harness::Result;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

using Lines = std::vector<std::string>;

// Where the packages are, once they are built.
fs::path build_packages() {
  harness::Process build({PACKAGES_BUILD}, false);
  const int status = build.wait();
  const auto lines = build.out();
  if (status != 0 || lines.empty()) {
    for (const auto& line : build.err())
      fmt::print("{}\n", line.text);
    throw std::runtime_error("packages/build failed");
  }
  return lines.back().text;
}

void put_packages(const fs::path& path) {
  const fs::path packages = build_packages();
  for (const char* file : {"packages.sh", "death.sh", "packages/counter.c"})
    fs::copy_file(harness::guest_programs() / file,
                  path / fs::path(file).filename());
  for (const auto& entry : fs::directory_iterator(packages)) {
    const std::string file = entry.path().filename();
    if (file.starts_with("owctl_") || file.starts_with("libow") ||
        file.starts_with("linux-image-"))
      fs::copy_file(entry.path(), path / file);
  }
}

// What the guest told, by its first word.
std::map<std::string, Lines> told(const Result& result) {
  constexpr std::string_view kTold = "told ";
  std::map<std::string, Lines> all;
  for (const auto& line : result.out) {
    fmt::print("{}\n", line.text);
    if (!line.text.starts_with(kTold))
      continue;
    const auto text = line.text.substr(kTold.size());
    const auto space = std::min(text.find(' '), text.size());
    all[text.substr(0, space)].push_back(
        space < text.size() ? text.substr(space + 1) : "");
  }
  return all;
}

// The number behind a word, each time that it was said.
std::vector<long> numbers(const Lines& log, const std::string& word) {
  std::vector<long> found;
  for (const auto& line : log)
    if (line.starts_with(word + " "))
      found.push_back(std::stol(line.substr(word.size() + 1)));
  return found;
}

// A count that no crash and no end of the program took back.
void expect_counting(const Lines& log) {
  const auto begins = numbers(log, "begins");
  const auto counts = numbers(log, "counts");
  ASSERT_EQ(begins.size(), 2U);
  ASSERT_THAT(counts, Not(IsEmpty()));
  EXPECT_EQ(begins[0], 0);
  const auto again = std::find(log.begin() + 1, log.end(),
                               fmt::format("begins {}", begins[1]));
  const auto before = numbers(Lines(log.begin(), again), "counts");
  ASSERT_THAT(before, Not(IsEmpty()));
  EXPECT_GE(begins[1], before.back());
  for (size_t i = 1; i < counts.size(); ++i)
    EXPECT_EQ(counts[i], counts[i - 1] + 20);
  EXPECT_THAT(numbers(log, "procedure"), ElementsAre(1));
  const auto procedure = std::find(log.begin(), log.end(), "procedure 1");
  ASSERT_GT(log.end() - procedure, 1);
  EXPECT_THAT(procedure[1], StartsWith("counts"));
}

TEST(Packages, AreInstalledOutliveACrashAndAreRemoved) {
  const harness::Folder copy;
  put_packages(copy.path());
  const Result result = harness::run({.copy = copy.path(), .timeout = 150},
                                     {"/root/copy/packages.sh"});
  ASSERT_EQ(result.end, "exited") << result;
  EXPECT_EQ(result.status, 0) << result;
  EXPECT_EQ(result.hellos.size(), 2U) << result;
  auto all = told(result);

  EXPECT_THAT(all["owner"],
              ElementsAre("owctl: /usr/sbin/owctl",
                          MatchesRegex("linux-image-(.*): /boot/vmlinuz-.*")));
  EXPECT_EQ(all["alive"].size(), 1U);
  expect_counting(all["log"]);
  EXPECT_THAT(all["status"], Contains(StartsWith("state       armed")));
  EXPECT_THAT(all["status"],
              Contains(HasSubstr(" of 8 MiB used, 1 MiB for each user")));

  // The store is the same file system to everybody, limits and owners included.
  EXPECT_THAT(all["mount.before"],
              ElementsAre(HasSubstr("usrquota_block_hardlimit=1048576")));
  EXPECT_EQ(all["mount.after"], all["mount.before"]);
  EXPECT_THAT(all["list.before"], Contains(HasSubstr(" counter")));
  EXPECT_EQ(all["list.after"], all["list.before"]);
  // Full before the crash is full after it.
  EXPECT_THAT(all["first"], Contains(HasSubstr("Disk quota exceeded")));
  EXPECT_THAT(all["second"], Contains(HasSubstr("Disk quota exceeded")));
  EXPECT_THAT(all["squat"], Contains(HasSubstr("Operation not permitted")));
  EXPECT_THAT(all["squat"], Not(Contains("removed")));

  EXPECT_THAT(all["state"], ElementsAre("idle"));
  EXPECT_THAT(all["left"], IsEmpty());
  if (HasFailure())
    ADD_FAILURE() << result;
}

}  // namespace
