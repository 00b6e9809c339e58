// SPDX-License-Identifier: GPL-2.0
// Persistent regions: whose they are, what is refused, what damage does, and
// that a commit is there whole or not at all when its process is killed.
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "libow_stand_in.h"
#include "otherworld/ow.h"
#include "region_file.h"

namespace libow_test {
namespace {

class RegionTest : public Otherworld {
 protected:
  [[nodiscard]] std::string folder() const {
    return regions() + "/" + std::to_string(geteuid());
  }
  // Opens it; on failure this is nullptr and error() why.
  ow_region* open(const char* name, std::size_t size = 100,
                  unsigned flags = 0) {
    auto* region = reinterpret_cast<ow_region*>(1);
    error_ = ow_region_open(name, size, flags, &region);
    EXPECT_EQ(region == nullptr, error_ < 0);
    return region;
  }
  [[nodiscard]] int error() const { return error_; }
  int open_error(const char* name, std::size_t size = 100, unsigned flags = 0) {
    ow_region_close(open(name, size, flags));
    return error_;
  }
  static void put(void* data, const std::string& text) {
    std::memcpy(data, text.c_str(), text.size() + 1);
  }
  void commit(const char* name, const char* text) {
    ow_region* region = open(name);
    ASSERT_EQ(error(), 0);
    put(ow_region_data(region), text);
    EXPECT_EQ(ow_region_commit(region), 0);
    ow_region_close(region);
  }
  std::string text_of(const char* name) {
    ow_region* region = open(name);
    std::string text = region == nullptr
                           ? strerror(-error())
                           : static_cast<const char*>(ow_region_data(region));
    ow_region_close(region);
    return text;
  }
  // Changes a byte of its file.
  void damage(const char* name, std::size_t offset) {
    std::fstream file(folder() + "/" + name,
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const int byte = file.get();
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(static_cast<char>(byte ^ 0x40));
    ASSERT_TRUE(file.good());
  }

 private:
  int error_ = 0;
};

TEST_F(RegionTest, ANewOneIsZeros) {
  ow_region* region = open("new", 5000);
  ASSERT_EQ(error(), 0);
  EXPECT_EQ(ow_region_size(region), 5000U);
  EXPECT_EQ(ow_region_commits(region), 0U);
  const auto* data = static_cast<const char*>(ow_region_data(region));
  EXPECT_TRUE(std::all_of(data, data + 5000, [](char c) { return c == 0; }));
  ow_region_close(region);
}

TEST_F(RegionTest, OnlyWhatWasCommittedIsThereLater) {
  ow_region* region = open("r");
  auto* data = static_cast<char*>(ow_region_data(region));
  put(data, "one");
  ASSERT_EQ(ow_region_commit(region), 0);
  EXPECT_EQ(ow_region_commits(region), 1U);
  put(data, "two");
  ow_region_close(region);
  EXPECT_EQ(text_of("r"), "one");
  commit("r", "three");
  commit("r", "four");
  EXPECT_EQ(text_of("r"), "four");
  region = open("r");
  EXPECT_EQ(ow_region_commits(region), 3U);
  ow_region_close(region);
}

TEST_F(RegionTest, RevertsToTheLastCommit) {
  ow_region* region = open("r");
  auto* data = static_cast<char*>(ow_region_data(region));
  put(data, "wrong");
  ASSERT_EQ(ow_region_revert(region), 0);
  EXPECT_STREQ(data, "");
  put(data, "right");
  ASSERT_EQ(ow_region_commit(region), 0);
  put(data, "wrong");
  ASSERT_EQ(ow_region_revert(region), 0);
  EXPECT_STREQ(data, "right");
  EXPECT_EQ(ow_region_commits(region), 1U);
  ow_region_close(region);
}

TEST_F(RegionTest, Flags) {
  EXPECT_EQ(open_error("r", 100, OW_REGION_EXISTING), -ENOENT);
  commit("r", "one");
  EXPECT_EQ(open_error("r", 100, OW_REGION_EXISTING), 0);
  EXPECT_EQ(text_of("r"), "one");
  EXPECT_EQ(open_error("r", 100, OW_REGION_FRESH), 0);
  EXPECT_EQ(text_of("r"), "");
  EXPECT_EQ(open_error("r", 9000, OW_REGION_FRESH | OW_REGION_EXISTING), 0);
  EXPECT_EQ(open_error("r", 9000), 0);
  EXPECT_EQ(open_error("s", 10, OW_REGION_FRESH | OW_REGION_EXISTING), -ENOENT);
  EXPECT_EQ(open_error("r", 9000, 4), -EINVAL);
}

TEST_F(RegionTest, IsRefused) {
  EXPECT_EQ(open_error("a/b"), -EINVAL);
  EXPECT_EQ(open_error(".."), -EINVAL);
  EXPECT_EQ(open_error(nullptr), -EINVAL);
  EXPECT_EQ(open_error(std::string(64, 'n').c_str()), -ENAMETOOLONG);
  EXPECT_EQ(open_error("r", 0), -EINVAL);
  EXPECT_EQ(open_error("r", SIZE_MAX), -EINVAL);
  EXPECT_EQ(ow_region_open("r", 1, 0, nullptr), -EINVAL);
  commit("r", "one");
  EXPECT_EQ(open_error("r", 101), -EINVAL);
  EXPECT_EQ(text_of("r"), "one");
  EXPECT_EQ(ow_region_commit(nullptr), -EINVAL);
  EXPECT_EQ(ow_region_revert(nullptr), -EINVAL);
  EXPECT_EQ(ow_region_data(nullptr), nullptr);
  EXPECT_EQ(ow_region_size(nullptr), 0U);
  EXPECT_EQ(ow_region_commits(nullptr), 0U);
}

// What there is no room for is refused at once, and nothing is left of it.
TEST_F(RegionTest, MoreThanThereIs) {
  EXPECT_EQ(open_error("huge", std::size_t{1} << 50), -ENOSPC);
  EXPECT_EQ(open_error("huge", 1, OW_REGION_EXISTING), -ENOENT);
}

TEST_F(RegionTest, IsOpenOnceAtATime) {
  ow_region* region = open("r");
  EXPECT_EQ(open_error("r"), -EBUSY);
  EXPECT_EQ(open_error("r", 100, OW_REGION_FRESH), -EBUSY);
  EXPECT_EQ(ow_region_remove("r"), -EBUSY);
  EXPECT_IN_CHILD({ EXPECT_EQ(open_error("r"), -EBUSY); });
  ow_region_close(region);
  EXPECT_EQ(open_error("r"), 0);
}

TEST_F(RegionTest, OfAParentIsNotAChildsToChange) {
  ow_region* region = open("r");
  EXPECT_IN_CHILD({
    EXPECT_EQ(ow_region_commit(region), -EPERM);
    EXPECT_EQ(ow_region_revert(region), -EPERM);
    ow_region_close(region);
  });
  const pid_t helper = ow_fork_helper(
      [](void* data) {
        return -ow_region_commit(static_cast<ow_region*>(data));
      },
      region);
  int status = 0;
  waitpid(helper, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), EPERM);
  EXPECT_EQ(ow_region_commit(region), 0);
  EXPECT_EQ(ow_region_commits(region), 1U);
  ow_region_close(region);
}

TEST_F(RegionTest, IsRemoved) {
  commit("r", "one");
  EXPECT_EQ(ow_region_remove("r"), 0);
  EXPECT_EQ(ow_region_remove("r"), -ENOENT);
  EXPECT_EQ(ow_region_remove("../r"), -EINVAL);
  EXPECT_EQ(text_of("r"), "");
}

TEST_F(RegionTest, WithoutOtherworldThereAreNone) {
  libow::device.regions = "/run/no-such-directory/regions";
  EXPECT_EQ(open_error("r"), -OW_ENOKERNEL);
  EXPECT_EQ(ow_region_remove("r"), -OW_ENOKERNEL);
}

// --- Others -----------------------------------------------------------------

TEST_F(RegionTest, FilesAreTheUsersAlone) {
  commit("r", "one");
  struct stat status = {};
  ASSERT_EQ(stat(folder().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  ASSERT_EQ(stat((folder() + "/r").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(RegionTest, LinksAreNotFollowed) {
  std::filesystem::create_directory(regions() + "/elsewhere");
  std::filesystem::create_symlink("elsewhere", folder());
  EXPECT_EQ(open_error("r"), -EPERM);
  std::filesystem::remove(folder());
  commit("r", "one");
  std::filesystem::create_symlink("r", folder() + "/link");
  EXPECT_EQ(open_error("link"), -EPERM);
  EXPECT_EQ(ow_region_remove("link"), -EPERM);
}

TEST_F(RegionTest, WhatIsNoFileIsRefused) {
  std::ofstream file(folder());
  file.close();
  EXPECT_EQ(open_error("r"), -EPERM);
  std::filesystem::remove(folder());
  commit("r", "one");
  ASSERT_EQ(mkfifo((folder() + "/fifo").c_str(), 0600), 0);
  EXPECT_EQ(open_error("fifo"), -EPERM);
}

TEST_F(RegionTest, AnothersDirectoryOrFileIsRefused) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "needs root";
  }
  commit("r", "one");
  ASSERT_EQ(chown((folder() + "/r").c_str(), 12345, 0), 0);
  EXPECT_EQ(open_error("r"), -EPERM);
  EXPECT_EQ(ow_region_remove("r"), -EPERM);
  ASSERT_EQ(chown(folder().c_str(), 12345, 0), 0);
  EXPECT_EQ(open_error("s"), -EPERM);
}

TEST_F(RegionTest, EachUserHasItsOwn) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "needs root";
  }
  commit("r", "root's");
  ASSERT_EQ(chmod(regions().c_str(), 01777), 0);
  EXPECT_IN_CHILD({
    ASSERT_EQ(setuid(12345), 0);
    EXPECT_EQ(text_of("r"), "");
    commit("r", "another's");
  });
  EXPECT_EQ(text_of("r"), "root's");
}

// --- Damage -----------------------------------------------------------------

// The second commit is in the first copy.
class RegionWithTwoCommits : public RegionTest {
 protected:
  void SetUp() override {
    RegionTest::SetUp();
    commit("r", "one");
    commit("r", "two");
  }
};

TEST_F(RegionWithTwoCommits, HasTheOneBeforeIfTheLastIsDamaged) {
  damage("r", libow::kRegionPage + 1);
  EXPECT_EQ(text_of("r"), "one");
  commit("r", "three");
  EXPECT_EQ(text_of("r"), "three");
}

TEST_F(RegionWithTwoCommits, BothDamagedIsAnError) {
  damage("r", libow::kRegionPage + 99);
  damage("r", 2 * libow::kRegionPage);
  EXPECT_EQ(open_error("r"), -EILSEQ);
  EXPECT_EQ(open_error("r", 100, OW_REGION_FRESH), 0);
  EXPECT_EQ(text_of("r"), "");
}

TEST_F(RegionTest, TheOnlyCommitDamagedIsAnError) {
  commit("r", "one");
  damage("r", 2 * libow::kRegionPage);
  EXPECT_EQ(open_error("r"), -EILSEQ);
}

TEST_F(RegionWithTwoCommits, ADamagedSequenceIsNoCommit) {
  damage("r", offsetof(libow::RegionHeader, copies));
  EXPECT_EQ(text_of("r"), "one");
  damage("r",
         offsetof(libow::RegionHeader, copies) + sizeof(libow::RegionCopy));
  EXPECT_EQ(open_error("r"), -EILSEQ);
}

// Each byte of what says what the file is.
TEST_F(RegionTest, ADamagedHeaderIsAnError) {
  commit("r", "one");
  std::vector<std::size_t> offsets;
  for (std::size_t i = 0; i < offsetof(libow::RegionHeader, copies); ++i) {
    if (i < offsetof(libow::RegionHeader, committed) ||
        i >= offsetof(libow::RegionHeader, size)) {
      offsets.push_back(i);
    }
  }
  for (const std::size_t offset : offsets) {
    damage("r", offset);
    EXPECT_EQ(open_error("r"), -EILSEQ) << offset;
    damage("r", offset);
  }
  EXPECT_EQ(text_of("r"), "one");
}

TEST_F(RegionTest, ATruncatedFileIsAnError) {
  commit("r", "one");
  for (const off_t size : {0, 100, 4096, 8192, 12287}) {
    std::filesystem::resize_file(folder() + "/r",
                                 static_cast<std::uintmax_t>(size));
    EXPECT_EQ(open_error("r"), -EILSEQ) << size;
  }
}

// --- Kills ------------------------------------------------------------------

struct Numbers {
  std::uint64_t number[200];
};

// Commits as fast as it can, all numbers being the commit's.
[[noreturn]] void write_for_ever() {
  ow_region* region = nullptr;
  if (ow_region_open("r", sizeof(Numbers), 0, &region) < 0) {
    _exit(1);
  }
  auto& data = *static_cast<Numbers*>(ow_region_data(region));
  for (;;) {
    std::fill(std::begin(data.number), std::end(data.number),
              ow_region_commits(region) + 1);
    ow_region_commit(region);
    kernel->notes[0] = 1;
  }
}

TEST_F(RegionTest, TwoThousandKillsTearNothing) {
  std::minstd_rand random(1);
  std::uint64_t last = 0;
  for (int i = 0; i < 2000; ++i) {
    kernel->notes[0] = 0;
    const pid_t child = fork();
    if (child == 0) {
      write_for_ever();
    }
    // From the first commit on, and sometimes before it.
    while (i % 4 != 0 && *const_cast<volatile int*>(kernel->notes) == 0) {
      sched_yield();
    }
    usleep(static_cast<useconds_t>(random() % 50));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));

    ow_region* region = open("r", sizeof(Numbers));
    ASSERT_EQ(error(), 0);
    const std::uint64_t now = ow_region_commits(region);
    const auto& data = *static_cast<const Numbers*>(ow_region_data(region));
    EXPECT_GE(now, last);
    for (const std::uint64_t number : data.number) {
      ASSERT_EQ(number, now);
    }
    last = now;
    ow_region_close(region);
  }
  EXPECT_GT(last, 2000U);
}

// While it is made, too: it is there with all that belongs to it, or is not.
TEST_F(RegionTest, AKillWhileItIsMade) {
  std::minstd_rand random(2);
  for (int i = 0; i < 300; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      write_for_ever();
    }
    usleep(static_cast<useconds_t>(random() % 500));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(open_error("r", sizeof(Numbers)), 0);
    EXPECT_EQ(ow_region_remove("r"), 0);
    EXPECT_TRUE(std::filesystem::is_empty(folder()));
  }
}

}  // namespace
}  // namespace libow_test
