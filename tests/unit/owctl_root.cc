// SPDX-License-Identifier: GPL-2.0
// Finding the root device, mount options, and the kinds of faults.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cstring>
#include <set>

#include "owctl_fake_root.h"
#include "root_device.h"
#include "root_mount.h"
#include "trigger.h"

namespace owctl {
namespace {

constexpr std::string_view kUuid = "00010203-0405-0607-0809-0a0b0c0d0e0f";

std::string ext4_image() {
  std::string image(4096, '\0');
  image[1024 + 56] = 0x53;
  image[1024 + 57] = static_cast<char>(0xef);
  for (int i = 0; i < 16; ++i)
    image[1024 + 104 + i] = static_cast<char>(i);
  std::memcpy(&image[1024 + 120], "rootfs", 6);
  return image;
}

std::string gpt_image() {
  std::string image(8192, '\0');
  std::memcpy(&image[512], "EFI PART", 8);
  image[512 + 72] = 2;
  image[512 + 80] = 4;
  image[512 + 84] = static_cast<char>(128);
  for (int i = 0; i < 16; ++i)
    image[1024 + 128 + 16 + i] = static_cast<char>(i);
  return image;
}

class RootDevice : public FakeRoot {
 protected:
  void SetUp() override {
    put("/sys/block/vda/dev", "254:0\n");
    put("/sys/block/vda/vda1/partition", "1\n");
    put("/sys/block/vda/vda1/dev", "254:1\n");
    put("/sys/block/vda/vda2/partition", "2\n");
    put("/sys/block/vda/vda2/dev", "254:2\n");
    put("/dev/vda", gpt_image());
    put("/dev/vda1", std::string(4096, '\0'));
    put("/dev/vda2", ext4_image());
  }
};

TEST_F(RootDevice, IsFoundByEveryName) {
  const std::string vda2 = paths("/dev/vda2");
  EXPECT_EQ(find_root_device(paths, "/dev/vda2"), vda2);
  EXPECT_EQ(find_root_device(paths, "254:2"), vda2);
  EXPECT_EQ(find_root_device(paths, fmt::format("UUID={}", kUuid)), vda2);
  EXPECT_EQ(find_root_device(paths, "LABEL=rootfs"), vda2);
  // A GUID stores its first three fields the other way round.
  EXPECT_EQ(
      find_root_device(paths, "PARTUUID=03020100-0504-0706-0809-0A0B0C0D0E0F"),
      vda2);
}

TEST_F(RootDevice, MayNotBeThereYet) {
  EXPECT_EQ(find_root_device(paths, "/dev/vdb"), std::nullopt);
  EXPECT_EQ(find_root_device(paths, "UUID=1234"), std::nullopt);
  EXPECT_EQ(find_root_device(paths, "PARTUUID=1234"), std::nullopt);
  EXPECT_EQ(find_root_device(paths, "nonsense"), std::nullopt);
}

TEST_F(RootDevice, MbrPartitionsHaveIdsToo) {
  std::string mbr(512, '\0');
  mbr[440] = 0x78;
  mbr[441] = 0x56;
  mbr[442] = 0x34;
  mbr[443] = 0x12;
  put("/dev/vda", mbr);
  EXPECT_EQ(find_root_device(paths, "PARTUUID=12345678-02"),
            paths("/dev/vda2"));
}

TEST(RootFlags, KnownOnesBecomeFlags) {
  const auto options = parse_root_flags("noatime,rw,data=ordered,commit=5");
  EXPECT_EQ(options.flags, static_cast<unsigned long>(MS_NOATIME));
  EXPECT_EQ(options.data, "data=ordered,commit=5");
  EXPECT_EQ(parse_root_flags("").data, "");
}

TEST(Trigger, KindsAreComplete) {
  std::set<std::string_view> names;
  for (const auto& kind : trigger_kinds()) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_FALSE(kind.word.empty()) << kind.name;
  }
  for (const auto* name : {"bug", "null", "wild", "panic", "overflow",
                           "corrupt-stack", "softlockup", "hardlockup", "stuck",
                           "rcu-stall", "hung-task", "irq", "nmi", "sysrq"})
    EXPECT_TRUE(names.contains(name)) << name;
  EXPECT_FALSE(find_trigger("boredom").ok());
}

class Pulling : public FakeRoot {};

TEST_F(Pulling, WritesTheWord) {
  auto kind = find_trigger("bug");
  ASSERT_TRUE(kind.ok());
  put("/sys/kernel/debug/provoke-crash/DIRECT", "");
  ASSERT_TRUE(prepare_trigger(paths, *kind).ok());
  ASSERT_TRUE(pull_trigger(paths, *kind).ok());
  EXPECT_EQ(get("/sys/kernel/debug/provoke-crash/DIRECT"), "BUG");
}

TEST_F(Pulling, FastSetsThresholdsThatExist) {
  auto kind = find_trigger("softlockup");
  ASSERT_TRUE(kind.ok());
  hurry(paths, *kind, quiet);
  put("/proc/sys/kernel/watchdog_thresh", "10\n");
  hurry(paths, *kind, quiet);
  EXPECT_EQ(get("/proc/sys/kernel/watchdog_thresh"), "1");
  EXPECT_TRUE(quiet.warnings.empty());
}

}  // namespace
}  // namespace owctl
