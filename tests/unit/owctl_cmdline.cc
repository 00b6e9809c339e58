// SPDX-License-Identifier: GPL-2.0
// The kernel command line: what the crash kernel inherits, what root= means.
#include "cmdline.h"

#include <gtest/gtest.h>

namespace owctl {
namespace {

constexpr auto kTakeover = CrashKernelKind::kTakeover;

TEST(CrashCmdline, LeavesOutWhatBelongsToOneBoot) {
  EXPECT_EQ(crash_cmdline("BOOT_IMAGE=/vmlinuz root=/dev/vda1 crashkernel=256M "
                          "initrd=/initrd.img ro quiet",
                          kTakeover, ""),
            "root=/dev/vda1 ro quiet otherworld=takeover");
}

TEST(CrashCmdline, IsTheSameAfterEveryGeneration) {
  const std::string first =
      crash_cmdline("root=/dev/vda1 crashkernel=256M", kTakeover, "");
  const std::string second = crash_cmdline(
      first + " elfcorehdr=0x7000000 otherworld_test=1", kTakeover, "");
  EXPECT_EQ(second, "root=/dev/vda1 quiet otherworld=takeover");
  EXPECT_EQ(crash_cmdline(second + " elfcorehdr=0x8000000", kTakeover, ""),
            second);
}

TEST(CrashCmdline, AppendsOnceOverTheGenerations) {
  const std::string first = crash_cmdline("root=/dev/vda1", kTakeover, "a=1 b");
  EXPECT_EQ(first, "root=/dev/vda1 otherworld=takeover quiet a=1 b");
  EXPECT_EQ(crash_cmdline(first, kTakeover, "a=1 b"),
            "root=/dev/vda1 quiet otherworld=takeover a=1 b");
}

TEST(CrashCmdline, IsQuietUnlessSomebodySaidHowLoud) {
  EXPECT_EQ(crash_cmdline("loglevel=7", kTakeover, ""),
            "loglevel=7 otherworld=takeover");
  EXPECT_EQ(crash_cmdline("a", kTakeover, "debug"),
            "a otherworld=takeover debug");
  EXPECT_EQ(crash_cmdline("a", CrashKernelKind::kPlainKdump, ""), "a");
}

TEST(CrashCmdline, KdumpDoesNotAskForATakeover) {
  EXPECT_EQ(crash_cmdline("a otherworld=takeover", CrashKernelKind::kPlainKdump,
                          "b=1"),
            "a b=1");
}

TEST(CrashCmdline, QuotesProtectSpaces) {
  EXPECT_EQ(crash_cmdline("dyndbg=\"file a +p\" crashkernel=\"1G x\" z",
                          kTakeover, ""),
            "dyndbg=\"file a +p\" z otherworld=takeover quiet");
}

TEST(CrashCmdline, ArgumentsOfInitStayLast) {
  EXPECT_EQ(crash_cmdline("root=/dev/vda1 -- single crashkernel=1", kTakeover,
                          "loglevel=7"),
            "root=/dev/vda1 otherworld=takeover loglevel=7 -- single "
            "crashkernel=1");
}

TEST(CrashCmdline, LeavesOutWhatWouldEatTheRegion) {
  EXPECT_EQ(
      crash_cmdline("hugepagesz=1G hugepages=4 cma=64M quiet", kTakeover, ""),
      "quiet otherworld=takeover");
}

TEST(CrashCmdline, SimilarNamesStay) {
  EXPECT_EQ(crash_cmdline("initrdmem=1 crashkernels=2", kTakeover, ""),
            "initrdmem=1 crashkernels=2 otherworld=takeover quiet");
}

TEST(Cmdline, TheLastValueCounts) {
  EXPECT_EQ(cmdline_value("a=1 a=2", "a"), "2");
  EXPECT_EQ(cmdline_value("quiet", "quiet"), "");
  EXPECT_EQ(cmdline_value("quieter", "quiet"), std::nullopt);
}

TEST(RootOptions, ReadsAll) {
  const auto options = root_options(
      "root=PARTUUID=1234-01 rootfstype=ext4 rootflags=noatime,data=ordered rw "
      "init=/usr/bin/thing -- rootfstype=no\n");
  EXPECT_EQ(options.root, "PARTUUID=1234-01");
  EXPECT_EQ(options.type, "ext4");
  EXPECT_EQ(options.flags, "noatime,data=ordered");
  EXPECT_FALSE(options.read_only);
  EXPECT_EQ(options.init, "/usr/bin/thing");
}

TEST(RootOptions, ReadOnlyUnlessSaid) {
  EXPECT_TRUE(root_options("root=/dev/vda").read_only);
  EXPECT_TRUE(root_options("rw root=/dev/vda ro").read_only);
}

}  // namespace
}  // namespace owctl
