// SPDX-License-Identifier: GPL-2.0
// What owctl promises in words: what it refuses and why, what it puts back,
// what it keeps of a dead kernel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness.h"

namespace {

using harness::Result;
using harness::run;
using harness::text;
using testing::HasSubstr;
using testing::MatchesRegex;

// Exit statuses, as owctl(8) lists them.
constexpr int kNoPermission = 5;
constexpr int kRefused = 6;

// The output from its first brace on: other lines may come before.
nlohmann::json json_in(const std::string& text) {
  const size_t begin = text.find('{');
  const size_t end = text.rfind('}');
  return begin == std::string::npos
             ? nlohmann::json()
             : nlohmann::json::parse(text.substr(begin, end - begin + 1),
                                     nullptr, false);
}

Result on_machine_with(const std::string& mem, const std::string& crashkernel,
                       const std::vector<std::string>& command) {
  return run({.mem = mem, .more = {"--crashkernel", crashkernel}}, command);
}

// Too small a region is refused with the number that is needed.
TEST(Arm, RefusesASmallRegion) {
  const Result result = on_machine_with(
      "2G", "64M",
      {"sh", "-c",
       "owctl arm; s=$?; cat /sys/kernel/otherworld/state; exit $s"});
  EXPECT_EQ(result.status, kRefused) << result;
  EXPECT_THAT(text(result.err), HasSubstr("too small: it has 64 MiB"));
  EXPECT_THAT(text(result.err),
              testing::ContainsRegex("crashkernel=[0-9]+M on the kernel"));
  EXPECT_THAT(text(result.out), HasSubstr("idle")) << "armed nevertheless";
}

// The number grows with memory: what does for 2 GiB does not for 8.
TEST(Arm, RefusesASmallRegionForMuchMemory) {
  const Result result =
      on_machine_with("8G", "160M", {"owctl", "arm", "--json"});
  EXPECT_EQ(result.status, kRefused) << result;
  const auto json = json_in(text(result.out));
  ASSERT_TRUE(json.is_object()) << result;
  EXPECT_EQ(json["armed"], false);
  EXPECT_THAT(json["error"].get<std::string>(),
              HasSubstr("too small: it has 160 MiB"));
  EXPECT_THAT(json["hint"].get<std::string>(), HasSubstr("crashkernel="));
}

TEST(Arm, RefusesWithoutARegion) {
  const Result result = on_machine_with("2G", "none", {"owctl", "arm"});
  EXPECT_EQ(result.status, kRefused) << result;
  EXPECT_THAT(text(result.err),
              HasSubstr("no memory is reserved for a crash kernel"));
  EXPECT_THAT(text(result.err), HasSubstr("crashkernel="));
}

// Each command that needs root says so, and nothing else happens.
TEST(Arm, NeedsRoot) {
  for (const std::string command : {"arm", "disarm", "trigger sysrq --yes"}) {
    const Result result =
        run({}, {"sh", "-c",
                 "setpriv --reuid=65534 --regid=65534 --clear-groups owctl " +
                     command});
    EXPECT_EQ(result.end, "exited") << result;
    EXPECT_EQ(result.status, kNoPermission) << command << result;
    EXPECT_THAT(text(result.err), HasSubstr("root")) << command;
  }
}

TEST(Arm, DisarmPutsEverythingBack) {
  const Result result =
      run({.copy = harness::guest_programs()}, {"/root/copy/disarm.sh"});
  EXPECT_EQ(result.status, 0) << result;
  const auto status = json_in(text(result.out));
  ASSERT_TRUE(status.is_object()) << result;
  EXPECT_EQ(status["state"], "armed");
  EXPECT_EQ(status["armed"], true);
  EXPECT_EQ(status["generation"], 0);
  EXPECT_EQ(status["region"]["size"], 256 << 20);
}

// The story of the dead kernel, and a dump of it.
TEST(Story, IsKeptWithADump) {
  const Result result =
      run({.copy = harness::guest_programs(), .rerun = true, .timeout = 180},
          {"/root/copy/story.sh"});
  EXPECT_EQ(result.end, "exited") << result;
  EXPECT_EQ(result.status, 0) << result;
  const auto meta = json_in(text(result.out));
  ASSERT_TRUE(meta.is_object()) << result;
  EXPECT_EQ(meta["generation"], 1);
  EXPECT_EQ(meta["outcome"], "takeover");
  EXPECT_EQ(meta["reason"], "");
  EXPECT_EQ(meta["problem"], "");
  EXPECT_THAT(meta["cause"].get<std::string>(),
              HasSubstr("sysrq triggered crash"));
  EXPECT_THAT(meta["kernel_release"].get<std::string>(),
              MatchesRegex("6[.].*"));
}

}  // namespace
