// SPDX-License-Identifier: GPL-2.0
// What takeovers leave of a file system that is written to all the time: e2fsck
// finds nothing to mend.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "harness.h"
#include "survival.h"

namespace {

struct Checked {
  int status = -1;
  std::string said;
};

Checked e2fsck(const std::filesystem::path& image) {
  Checked checked;
  const std::string command =
      "PATH=$PATH:/sbin:/usr/sbin e2fsck -fn '" + image.string() + "' 2>&1";
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr)
    return checked;
  std::array<char, 4096> some = {};
  while (std::fgets(some.data(), some.size(), pipe) != nullptr)
    checked.said += some.data();
  checked.status = ::pclose(pipe);
  return checked;
}

TEST(Disk, IsWholeAfterTakeoversUnderLoad) {
  const std::vector<std::string> survivors = {"file_tree", "appending",
                                              "shared_file", "cut_unread"};
  const std::vector<std::string> faults = {"bug", "null+0.3", "panic:1+0.6",
                                           "hardlockup+0.2"};
  const harness::SurvivorsCopy copy({"survivors.sh"});
  const std::filesystem::path folder = copy.path().string() + "-disk";
  const harness::Options options = {.copy = copy.path(),
                                    .timeout = 200,
                                    .more = {"--disk-dir", folder.string()}};
  const auto result = harness::run(options, copy.command(faults, survivors));
  EXPECT_EQ(result.end, "exited") << result;
  auto all = harness::survivals(result);
  for (size_t i = 1; i <= faults.size(); i++)
    EXPECT_EQ(all[static_cast<int>(i)].passed, survivors.size())
        << "generation " << i << result;
  const auto checked = e2fsck(folder / "root.img");
  EXPECT_EQ(checked.status, 0) << checked.said << result;
  std::filesystem::remove_all(folder);
}

}  // namespace
