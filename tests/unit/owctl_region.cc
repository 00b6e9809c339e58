// SPDX-License-Identifier: GPL-2.0
// How large a crash region must be, and how its lack is explained.
#include "region.h"

#include <gtest/gtest.h>

#include "arm.h"
#include "owctl_fake_root.h"

namespace owctl {
namespace {

RegionInputs small_machine() {
  return {.total_ram = 2 * kGiB,
          .ram_above_4g = false,
          .cpus = 2,
          .kernel_init_size = 32 * kMiB,
          .initramfs_size = 2 * kMiB};
}

TEST(Region, TwoGigabytesFitIn256M) {
  EXPECT_LE(required_region(small_machine()).total, 256 * kMiB);
}

TEST(Region, CountsAStructPagePerFrame) {
  const auto need = required_region(small_machine());
  ASSERT_FALSE(need.terms.empty());
  EXPECT_EQ(need.terms[0].bytes, 2 * kGiB / 64);
}

TEST(Region, GrowsWithEveryInput) {
  const RegionInputs base = small_machine();
  const auto total = [](const RegionInputs& inputs) {
    return required_region(inputs).total;
  };
  RegionInputs more = base;
  more.total_ram = 8 * kGiB;
  EXPECT_GT(total(more), total(base));
  more = base;
  more.ram_above_4g = true;
  EXPECT_EQ(total(more), total(base) + 64 * kMiB);
  more = base;
  more.kernel_init_size *= 4;
  EXPECT_GT(total(more), total(base));
  more = base;
  more.cpus = 64;
  EXPECT_GT(total(more), total(base));
  more = base;
  more.initramfs_size *= 20;
  EXPECT_GT(total(more), total(base));
}

TEST(Region, IsRoundedUp) {
  EXPECT_EQ(required_region(small_machine()).total % (16 * kMiB), 0U);
}

TEST(Region, RefusalNamesTheNumberAndTheRemedy) {
  const auto need = required_region(small_machine());
  auto refused = check_region(64 * kMiB, need, 0);
  ASSERT_FALSE(refused.ok());
  const std::string number = fmt::format("{}M", need.total / kMiB);
  EXPECT_EQ(refused.error().status, Exit::kRefused);
  EXPECT_NE(refused.error().what.find("64 MiB"), std::string::npos);
  EXPECT_NE(refused.error().hint.find("crashkernel=" + number),
            std::string::npos);
  EXPECT_TRUE(check_region(need.total, need, 0).ok());
  EXPECT_FALSE(check_region(0, need, 0).ok());
}

TEST(Region, LaterGenerationsCannotReserveByReboot) {
  const auto need = required_region(small_machine());
  auto refused = check_region(64 * kMiB, need, 3);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().hint.find("--region-size="), std::string::npos);
}

constexpr std::string_view kIomem =
    "00000000-00000fff : Reserved\n"
    "00001000-0009fbff : System RAM\n"
    "00100000-7ffdffff : System RAM\n"
    "  01000000-01ffffff : Kernel code\n"
    "  60000000-6fffffff : Crash kernel\n"
    "fd000000-fdffffff : PCI Bus 0000:00\n"
    "100000000-17fffffff : System RAM\n";

TEST(Iomem, AddsUpSystemRam) {
  const auto memory = parse_iomem(kIomem);
  EXPECT_EQ(memory.total, 0x9ec00 + 0x7fee0000ULL + 2 * kGiB);
  EXPECT_EQ(memory.highest, 0x180000000ULL);
  EXPECT_EQ(crash_region_in_iomem(kIomem), 256 * kMiB);
}

TEST(Iomem, HiddenAddressesAreNoMemory) {
  EXPECT_EQ(parse_iomem("00000000-00000000 : System RAM\n").total, 0U);
  EXPECT_EQ(parse_iomem("garbage\n-\n12 : x\n").total, 0U);
}

using RegionFiles = FakeRoot;

TEST_F(RegionFiles, AsksTheKernelFirst) {
  put("/proc/iomem", kIomem);
  EXPECT_EQ(crash_region_size(paths).value_or(0), 256 * kMiB);
  put("/sys/kernel/kexec_crash_size", "134217728\n");
  EXPECT_EQ(crash_region_size(paths).value_or(0), 128 * kMiB);
  put("/sys/devices/system/cpu/possible", "0-3\n");
  EXPECT_EQ(possible_cpus(paths), 4U);
}

TEST(Size, Parses) {
  EXPECT_EQ(parse_size("256M").value_or(0), 256 * kMiB);
  EXPECT_EQ(parse_size("1GiB").value_or(0), kGiB);
  EXPECT_EQ(parse_size("4096").value_or(0), 4096U);
  EXPECT_FALSE(parse_size("").ok());
  EXPECT_FALSE(parse_size("12X").ok());
  EXPECT_FALSE(parse_size("99999999999999999G").ok());
}

}  // namespace
}  // namespace owctl
