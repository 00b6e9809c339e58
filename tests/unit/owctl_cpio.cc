// SPDX-License-Identifier: GPL-2.0
// The initramfs archive: well-formed, and readable by cpio(1).
#include "cpio.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "initramfs.h"
#include "owctl_fake_root.h"

namespace owctl {
namespace {

TEST(Cpio, EveryEntryIsAlignedAndTheTrailerIsLast) {
  CpioWriter writer;
  writer.file("init", 0755, "12345");
  const std::string archive = writer.finish();
  EXPECT_EQ(archive.size() % 4, 0U);
  EXPECT_EQ(archive.substr(0, 6), "070701");
  // Header 110 + "init\0" 5, padded to 116.
  EXPECT_EQ(archive.substr(116, 5), "12345");
  EXPECT_EQ(archive.substr(124, 6), "070701");
  EXPECT_NE(archive.find("TRAILER!!!"), std::string::npos);
}

TEST(Cpio, ParentsComeFirstAndOnce) {
  CpioWriter writer;
  writer.file("a/b/one", 0644, "");
  writer.file("a/b/two", 0644, "");
  const std::string archive = writer.finish();
  const std::string a("a\0", 2);
  const std::string b("a/b\0", 4);
  EXPECT_LT(archive.find(b), archive.find("a/b/one"));
  EXPECT_EQ(archive.find(b), archive.rfind(b));
  EXPECT_LT(archive.find(a), archive.find(b));
}

TEST(Cpio, EqualContentMakesEqualArchives) {
  const auto make = [] {
    CpioWriter writer;
    writer.directory("dev");
    writer.character_device("dev/console", 0600, 5, 1);
    return writer.finish();
  };
  EXPECT_EQ(make(), make());
}

using Initramfs = FakeRoot;

TEST_F(Initramfs, HoldsOwctlAndPolicyForCpio) {
  put("/owctl", "program");
  auto archive = build_initramfs(paths, Policy(), paths("/owctl"));
  ASSERT_TRUE(archive.ok()) << archive.error().what;
  put("/archive", *archive);
  if (std::system("command -v cpio >/dev/null") != 0)
    GTEST_SKIP() << "cpio is not installed";
  const std::string command =
      "cpio --quiet -t <" + paths("/archive") + " >" + paths("/list");
  ASSERT_EQ(std::system(command.c_str()), 0);
  auto names = split(get("/list"), '\n');
  std::sort(names.begin(), names.end());
  const std::vector<std::string> expected = {
      "dev",  "dev/console", "init", "otherworld", "otherworld/policy.json",
      "proc", "run",         "sys",  "sysroot",    "tmp"};
  EXPECT_EQ(names, expected);
}

TEST_F(Initramfs, DumpWithoutMakedumpfileIsRefused) {
  put("/owctl", "program");
  Policy policy;
  policy.dump = true;
  auto archive = build_initramfs(paths, policy, paths("/owctl"));
  ASSERT_FALSE(archive.ok());
  EXPECT_EQ(archive.error().status, Exit::kRefused);
  EXPECT_NE(archive.error().hint.find("--dump"), std::string::npos);
}

TEST_F(Initramfs, SealedFileIsReadOnly) {
  auto file = sealed_file("test", "content");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(read_fd(file->get(), "test").value_or(""), "content");
  EXPECT_LT(::write(file->get(), "x", 1), 0);
}

}  // namespace
}  // namespace owctl
