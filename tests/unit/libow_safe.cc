// SPDX-License-Identifier: GPL-2.0
// Saving a file whole or not at all, and printing.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "libow_stand_in.h"
#include "otherworld/ow.h"

namespace libow_test {
namespace {

class SafeTest : public Otherworld {
 protected:
  void SetUp() override {
    Otherworld::SetUp();
    umask(022);
    std::filesystem::current_path(regions());
  }
  void TearDown() override {
    std::filesystem::current_path("/");
    Otherworld::TearDown();
  }
  static int save(const std::string& path, const std::string& text,
                  mode_t mode = 0666) {
    return ow_safe_save(path.c_str(), text.data(), text.size(), mode);
  }
  static std::string contents(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static mode_t mode_of(const std::string& path) {
    struct stat status = {};
    EXPECT_EQ(stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }
  [[nodiscard]] std::ptrdiff_t files() const {
    return std::distance(std::filesystem::directory_iterator(regions()), {});
  }
};

TEST_F(SafeTest, ANewFileHasTheModeAskedFor) {
  errno = EDOM;
  EXPECT_EQ(save("a", "text"), 0);
  EXPECT_EQ(errno, EDOM);
  EXPECT_EQ(contents("a"), "text");
  EXPECT_EQ(mode_of("a"), 0644U);
  EXPECT_EQ(save(regions() + "/b", "", 0600), 0);
  EXPECT_EQ(mode_of("b"), 0600U);
  EXPECT_EQ(files(), 2);
}

TEST_F(SafeTest, AnExistingOneKeepsItsMode) {
  std::ofstream("a") << "a longer text than what comes";
  ASSERT_EQ(chmod("a", 0751), 0);
  EXPECT_EQ(save("a", "new", 0600), 0);
  EXPECT_EQ(contents("a"), "new");
  EXPECT_EQ(mode_of("a"), 0751U);
  EXPECT_EQ(files(), 1);
}

TEST_F(SafeTest, AnothersFileStaysTheirs) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "needs root";
  }
  std::ofstream("a") << "old";
  ASSERT_EQ(chown("a", 12345, 23456), 0);
  ASSERT_EQ(chmod("a", 04755), 0);
  EXPECT_EQ(save("a", "new"), 0);
  struct stat status = {};
  ASSERT_EQ(stat("a", &status), 0);
  EXPECT_EQ(status.st_uid, 12345U);
  EXPECT_EQ(status.st_gid, 23456U);
  EXPECT_EQ(mode_of("a"), 04755U);
  // Who may not give it back must not have its rights either.
  ASSERT_EQ(chmod(regions().c_str(), 0777), 0);
  EXPECT_IN_CHILD({
    ASSERT_EQ(setuid(99), 0);
    EXPECT_EQ(save("a", "newer"), 0);
  });
  EXPECT_EQ(contents("a"), "newer");
  EXPECT_EQ(mode_of("a"), 0755U);
}

TEST_F(SafeTest, ALinkStaysOne) {
  std::filesystem::create_directory("folder");
  std::ofstream("folder/file") << "old";
  std::filesystem::create_symlink("folder/file", "link");
  EXPECT_EQ(save("link", "new"), 0);
  EXPECT_TRUE(std::filesystem::is_symlink("link"));
  EXPECT_EQ(contents("folder/file"), "new");
  EXPECT_EQ(files(), 2);
}

TEST_F(SafeTest, WhatCannotBeSavedLeavesWhatWasThere) {
  std::ofstream("a") << "old";
  EXPECT_EQ(ow_safe_save(nullptr, "x", 1, 0600), -EINVAL);
  EXPECT_EQ(ow_safe_save("a", nullptr, 1, 0600), -EINVAL);
  EXPECT_EQ(save("no/such/a", "x"), -ENOENT);
  EXPECT_EQ(save("a/b", "x"), -ENOTDIR);
  EXPECT_EQ(save(".", "x"), -EISDIR);
  EXPECT_EQ(save("/dev/full", "x"), -EINVAL);
  EXPECT_EQ(save(std::string(300, 'x'), "x"), -ENAMETOOLONG);
  EXPECT_EQ(save(std::string(PATH_MAX, 'x'), "x"), -ENAMETOOLONG);
  EXPECT_IN_CHILD({
    const rlimit limit = {5, 5};
    signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    EXPECT_EQ(save("a", "more than five"), -EFBIG);
    EXPECT_EQ(save("a", "five."), 0);
  });
  EXPECT_EQ(contents("a"), "five.");
  EXPECT_EQ(files(), 1);
}

// What an earlier crash has left over is not in the way.
TEST_F(SafeTest, LeftoversAreNoObstacle) {
  const std::string prefix = ".ow-" + std::to_string(getpid()) + "-";
  std::ofstream(prefix + "0") << "left";
  std::ofstream(prefix + "1") << "left";
  EXPECT_EQ(save("a", "text"), 0);
  EXPECT_EQ(contents("a"), "text");
  EXPECT_EQ(contents(prefix + "0"), "left");
  for (int i = 2; i < 100; ++i) {
    std::ofstream(prefix + std::to_string(i)) << "left";
  }
  EXPECT_EQ(save("a", "other"), -EEXIST);
  EXPECT_EQ(contents("a"), "text");
}

// Of a reader at any moment, who finds one or the other.
TEST_F(SafeTest, IsNeverThereInPart) {
  const std::string one(300000, '1');
  const std::string other(200000, '2');
  ASSERT_EQ(save("a", one), 0);
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 100; ++i) {
      save("a", i % 2 == 0 ? other : one);
    }
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    const std::string now = contents("a");
    ASSERT_TRUE(now == one || now == other);
  }
  EXPECT_EQ(status, 0);
}

TEST_F(SafeTest, Prints) {
  const int fd = open("out", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  errno = EDOM;
  EXPECT_EQ(ow_safe_print(fd, "text "), 0);
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{1234567890}, UINT64_MAX}) {
    EXPECT_EQ(ow_safe_print_number(fd, number), 0);
    EXPECT_EQ(ow_safe_print(fd, "\n"), 0);
  }
  EXPECT_EQ(ow_safe_print(fd, ""), 0);
  close(fd);
  EXPECT_EQ(contents("out"), "text 0\n1234567890\n18446744073709551615\n");
  EXPECT_EQ(ow_safe_print(-1, "x"), -EBADF);
  EXPECT_EQ(ow_safe_print_number(-1, 1), -EBADF);
  EXPECT_EQ(ow_safe_print(1, nullptr), -EINVAL);
  EXPECT_EQ(errno, EDOM);
}

}  // namespace
}  // namespace libow_test
