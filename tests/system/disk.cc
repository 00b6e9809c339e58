// SPDX-License-Identifier: GPL-2.0
// What takeovers leave of a file system that is written to all the time: e2fsck
// finds nothing to mend.
#include <gtest/gtest.h>

#include "disk_image.h"
#include "harness.h"
#include "survival.h"

namespace {

TEST(Disk, IsWholeAfterTakeoversUnderLoad) {
  const std::vector<std::string> survivors = {"file_tree", "appending",
                                              "shared_file", "cut_unread"};
  const std::vector<std::string> faults = {"bug", "null+0.3", "panic:1+0.6",
                                           "hardlockup+0.2"};
  const harness::SurvivorsCopy copy({"survivors.sh"});
  const harness::DiskImage disk(copy.path());
  const harness::Options options = {
      .copy = copy.path(), .timeout = 200, .more = disk.options()};
  const auto result = harness::run(options, copy.command(faults, survivors));
  EXPECT_EQ(result.end, "exited") << result;
  auto all = harness::survivals(result);
  for (size_t i = 1; i <= faults.size(); i++)
    EXPECT_EQ(all[static_cast<int>(i)].passed, survivors.size())
        << "generation " << i << result;
  EXPECT_EQ(disk.damage(), "") << result;
}

}  // namespace
