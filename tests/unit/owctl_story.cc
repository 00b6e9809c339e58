// SPDX-License-Identifier: GPL-2.0
// The dead kernel's story: kept, rotated, read again, shown.
#include "story.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "owctl_fake_root.h"
#include "status_view.h"

namespace owctl {
namespace {

Story sample(unsigned generation) {
  Story story;
  story.generation = generation;
  story.outcome = "takeover";
  story.cause = "Kernel panic - not syncing: test";
  story.kernel_release = "6.12.1";
  story.fault_time = 1700000000;
  story.log = "[    1.0] one\n[    2.0] two\n[    3.0] three\n";
  story.backtrace = "[    3.0] three\n";
  story.timings = {{"fault", 0}, {"kernel", 400000}, {"userspace", 900000}};
  return story;
}

using Stories = FakeRoot;

TEST_F(Stories, AreKeptAndReadAgain) {
  auto kept = keep_story(paths, sample(1));
  ASSERT_TRUE(kept.ok()) << kept.error().what;
  EXPECT_EQ(get("/var/lib/otherworld/1/cause.txt"),
            "Kernel panic - not syncing: test\n");
  EXPECT_EQ(get("/var/lib/otherworld/1/timings.txt"),
            "fault 0\nkernel 400000\nuserspace 900000\n");
  const auto meta =
      nlohmann::json::parse(get("/var/lib/otherworld/1/meta.json"));
  EXPECT_EQ(meta.at("fault_time_utc"), "2023-11-14T22:13:20Z");
  auto story = read_story(*kept, 2);
  ASSERT_TRUE(story.ok());
  EXPECT_EQ(story->cause, "Kernel panic - not syncing: test");
  EXPECT_EQ(story->fault_time, 1700000000U);
  ASSERT_EQ(story->last_lines.size(), 2U);
  EXPECT_EQ(story->last_lines[1], "[    3.0] three");
  EXPECT_EQ(story->timings.size(), 3U);
}

TEST_F(Stories, OfEarlierBootsAreNeverOverwritten) {
  for (const std::string cause : {"first", "second", "third"}) {
    Story story = sample(1);
    story.cause = cause;
    ASSERT_TRUE(keep_story(paths, story).ok());
  }
  EXPECT_EQ(get("/var/lib/otherworld/1/cause.txt"), "third\n");
  EXPECT_EQ(get("/var/lib/otherworld/1.1/cause.txt"), "first\n");
  EXPECT_EQ(get("/var/lib/otherworld/1.2/cause.txt"), "second\n");
}

TEST_F(Stories, AreLostWithAReason) {
  put("/var/lib/otherworld", "a file where a directory should be");
  auto kept = keep_story(paths, sample(1));
  ASSERT_FALSE(kept.ok());
  EXPECT_FALSE(kept.error().what.empty());
}

TEST_F(Stories, AreToldWithoutADumpToo) {
  KernelState state;
  state.state = State::kKdump;
  state.generation = 4;
  state.cause = "panic";
  state.reason = "handover: bad CRC";
  const Story story = tell_story(state, Error{"no vmcore"});
  EXPECT_EQ(story.outcome, "kdump");
  EXPECT_EQ(story.reason, "handover: bad CRC");
  EXPECT_EQ(story.problem, "no vmcore");
  ASSERT_TRUE(keep_story(paths, story).ok());
  const auto meta =
      nlohmann::json::parse(get("/var/lib/otherworld/4/meta.json"));
  EXPECT_EQ(meta.at("reason"), "handover: bad CRC");
  EXPECT_TRUE(meta.at("fault_time").is_null());
}

TEST_F(Stories, BytesThatAreNoTextDoNotMatter) {
  Story story = sample(1);
  story.cause = "bad \xff\xfe bytes";
  ASSERT_TRUE(keep_story(paths, story).ok());
}

TEST_F(Stories, NewestIsFound) {
  EXPECT_EQ(newest_story(paths), std::nullopt);
  auto first = keep_story(paths, sample(1));
  auto second = keep_story(paths, sample(2));
  ASSERT_TRUE(first.ok() && second.ok());
  const timespec old[2] = {{1000, 0}, {1000, 0}};
  ASSERT_EQ(::utimensat(0, (*second + "/meta.json").c_str(), old, 0), 0);
  EXPECT_EQ(newest_story(paths), *first);
}

class Status : public FakeRoot {
 protected:
  void SetUp() override {
    put("/sys/kernel/otherworld/state", "armed\n");
    put("/sys/kernel/otherworld/generation", "3\n");
    put("/sys/kernel/otherworld/cause", "Kernel panic - not syncing: x\n");
    put("/sys/kernel/otherworld/reason", "\n");
    put("/sys/kernel/otherworld/timings",
        "fault 0\nkernel 300000\nhanded 1200000\n");
    put("/sys/kernel/otherworld/region", "60000000-6fffffff\n");
    put("/sys/kernel/otherworld/cpus", "0: all\n1: all\n");
  }
};

TEST_F(Status, IsReadFromSysfs) {
  auto state = read_kernel_state(paths);
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(state->state, State::kArmed);
  EXPECT_EQ(state->generation, 3U);
  EXPECT_EQ(state->cause, "Kernel panic - not syncing: x");
  ASSERT_TRUE(state->region.has_value());
  EXPECT_EQ(state->region->size(), 256ULL << 20);
  EXPECT_EQ(state->timings.size(), 3U);
  EXPECT_EQ(state->cpus.size(), 2U);
}

TEST_F(Status, EmptyRegionIsNone) {
  put("/sys/kernel/otherworld/region", "\n");
  auto state = read_kernel_state(paths);
  ASSERT_TRUE(state.ok());
  EXPECT_FALSE(state->region.has_value());
}

TEST_F(Status, PlainTextHasNoEscapes) {
  auto state = read_kernel_state(paths);
  ASSERT_TRUE(state.ok());
  StatusView view{*state, {}, {}, false, {}, {}};
  const std::string plain = render_status(view, {});
  EXPECT_EQ(plain.find('\033'), std::string::npos);
  EXPECT_NE(plain.find("armed"), std::string::npos);
  EXPECT_NE(plain.find("256 MiB"), std::string::npos);
  const std::string coloured = render_status(view, {true, 80});
  EXPECT_NE(coloured.find('\033'), std::string::npos);
}

TEST_F(Status, TimingBarsFitTheWidth) {
  auto state = read_kernel_state(paths);
  ASSERT_TRUE(state.ok());
  for (const unsigned width : {60U, 80U, 200U})
    for (const auto& line :
         split(render_timings(state->timings, {false, width}), '\n'))
      EXPECT_LE(line.size(), width) << line;
}

TEST_F(Status, JsonIsWhole) {
  auto state = read_kernel_state(paths);
  ASSERT_TRUE(state.ok());
  KeptStory story;
  story.directory = "/var/lib/otherworld/3";
  story.last_lines = {"bad \xff byte"};
  const auto json =
      nlohmann::json::parse(status_json({*state, story, {}, true, {}, {}}));
  EXPECT_EQ(json.at("armed"), true);
  EXPECT_EQ(json.at("generation"), 3);
  EXPECT_EQ(json.at("region").at("size"), 256 << 20);
  EXPECT_EQ(json.at("timings").at(2).at("name"), "handed");
  EXPECT_EQ(json.at("story").at("of_this_boot"), true);
}

TEST_F(Status, SelectionIsShown) {
  auto state = read_kernel_state(paths);
  ASSERT_TRUE(state.ok());
  Policy policy;
  policy.selection = {{"db"}, {"helper"}};
  StatusView view{*state, {}, {}, false, policy, {}};
  EXPECT_NE(render_status(view, {}).find("only db, except helper"),
            std::string::npos);
  auto json = nlohmann::json::parse(status_json(view));
  EXPECT_EQ(json.at("selection").at("only").at(0), "db");
  EXPECT_EQ(json.at("selection").at("except").at(0), "helper");
  view.policy->fresh = true;
  json = nlohmann::json::parse(status_json(view));
  EXPECT_TRUE(json.at("selection").is_null());
}

TEST_F(Status, AnUnpatchedKernelIsNamed) {
  auto state = read_kernel_state(Paths("/nowhere"));
  ASSERT_FALSE(state.ok());
  EXPECT_EQ(state.error().status, Exit::kNoOtherworld);
}

TEST_F(Status, AnUnknownStateIsAnError) {
  put("/sys/kernel/otherworld/state", "dancing\n");
  EXPECT_FALSE(read_kernel_state(paths).ok());
}

}  // namespace
}  // namespace owctl
