// SPDX-License-Identifier: GPL-2.0
// The head of a kernel image, and how it compares with the running kernel.
#include "bzimage.h"

#include <gtest/gtest.h>

#include <cstring>

#include "arm.h"
#include "owctl_fake_root.h"

namespace owctl {
namespace {

constexpr std::string_view kText =
    "6.12.1-ow (who@where) #7 SMP Thu Jan  1 00:00:00 UTC 2026";

std::string image_head() {
  std::string head(0x1000, '\0');
  const auto set = [&head](size_t at, uint64_t value, size_t size) {
    std::memcpy(head.data() + at, &value, size);
  };
  set(0x1fe, 0xaa55, 2);
  std::memcpy(head.data() + 0x202, "HdrS", 4);
  set(0x206, 0x20f, 2);
  set(0x20e, 0x600, 2);
  set(0x211, 1, 1);
  set(0x234, 1, 1);
  set(0x236, 0x3f, 2);
  set(0x238, 2047, 4);
  set(0x260, 0x1234000, 4);
  std::memcpy(head.data() + 0x800, kText.data(), kText.size());
  return head;
}

TEST(BzImage, ReadsTheHeader) {
  auto image = parse_bzimage(image_head());
  ASSERT_TRUE(image.ok()) << image.error().what;
  EXPECT_EQ(image->init_size, 0x1234000U);
  EXPECT_EQ(image->cmdline_size, 2047U);
  EXPECT_TRUE(image->relocatable);
  EXPECT_TRUE(image->above_4g);
  EXPECT_EQ(image->release, "6.12.1-ow");
  EXPECT_EQ(image->build, "#7 SMP Thu Jan  1 00:00:00 UTC 2026");
}

TEST(BzImage, RefusesOtherFiles) {
  EXPECT_FALSE(parse_bzimage("").ok());
  EXPECT_FALSE(parse_bzimage(std::string(0x1000, 'x')).ok());
  EXPECT_FALSE(parse_bzimage("\x7f" + std::string("ELF")).ok());
}

TEST(BzImage, RefusesOldProtocols) {
  std::string head = image_head();
  head[0x206] = 0x05;
  EXPECT_FALSE(parse_bzimage(head).ok());
}

TEST(BzImage, BadVersionPointerIsNoVersion) {
  std::string head = image_head();
  head[0x20e] = static_cast<char>(0xff);
  head[0x20f] = static_cast<char>(0xff);
  auto image = parse_bzimage(head);
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->release, "");
}

using Comparison = FakeRoot;

TEST_F(Comparison, WarnsAboutAnotherKernelOrBuild) {
  auto image = parse_bzimage(image_head());
  ASSERT_TRUE(image.ok());
  put("/proc/sys/kernel/osrelease", "6.12.1-ow\n");
  put("/proc/sys/kernel/version", image->build + "\n");
  compare_with_running(paths, *image, quiet);
  EXPECT_TRUE(quiet.warnings.empty());
  put("/proc/sys/kernel/version", "#8 SMP\n");
  compare_with_running(paths, *image, quiet);
  ASSERT_EQ(quiet.warnings.size(), 1U);
  EXPECT_NE(quiet.warnings[0].find("another build"), std::string::npos);
  put("/proc/sys/kernel/osrelease", "6.1.0\n");
  compare_with_running(paths, *image, quiet);
  EXPECT_EQ(quiet.warnings.size(), 2U);
}

TEST_F(Comparison, LockdownIsExplained) {
  put("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
  EXPECT_TRUE(check_lockdown(paths, quiet).ok());
  ASSERT_EQ(quiet.warnings.size(), 1U);
  EXPECT_NE(quiet.warnings[0].find("signed"), std::string::npos);
  put("/proc/sys/kernel/kexec_load_disabled", "1\n");
  EXPECT_FALSE(check_lockdown(paths, quiet).ok());
}

TEST_F(Comparison, MissingImageSaysWhatToDo) {
  auto image = open_kernel_image(paths("/boot/none"));
  ASSERT_FALSE(image.ok());
  EXPECT_NE(image.error().hint.find("--kernel"), std::string::npos);
}

TEST_F(Comparison, ArmWithoutOtherworldSaysSo) {
  auto armed = arm(paths, {}, quiet);
  ASSERT_FALSE(armed.ok());
  EXPECT_EQ(armed.error().status, Exit::kNoOtherworld);
}

TEST_F(Comparison, ArmInAKdumpKernelIsRefused) {
  put("/sys/kernel/otherworld/state", "kdump\n");
  put("/sys/kernel/otherworld/reason", "bad CRC\n");
  auto armed = arm(paths, {}, quiet);
  ASSERT_FALSE(armed.ok());
  EXPECT_EQ(armed.error().status, Exit::kRefused);
  EXPECT_NE(armed.error().what.find("bad CRC"), std::string::npos);
}

}  // namespace
}  // namespace owctl
