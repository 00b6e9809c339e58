// SPDX-License-Identifier: GPL-2.0
// Shows that dead physical memory is read whole or not at all, that a fault
// names the first byte that is missing, and that the seal's CRC is zlib's.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "ow_crc.h"
#include "parse_mock.h"

namespace {

std::string describe(const ow_fault_info& why) {
  char text[OW_FAULT_TEXT_MAX];
  ow_fault_format(&why, text, sizeof(text));
  return text;
}

TEST(ParseCrc, KnownValues) {
  EXPECT_EQ(ow_crc32(0, "", 0), 0u);
  EXPECT_EQ(ow_crc32(0, "123456789", 9), 0xcbf43926u);
  std::array<uint8_t, 32> ones;
  ones.fill(0xff);
  EXPECT_EQ(ow_crc32(0, ones.data(), ones.size()), 0xff6cab0bu);
}

TEST(ParseCrc, GoesOnWhereItStopped) {
  uint32_t part = ow_crc32(0, "1234", 4);
  EXPECT_EQ(ow_crc32(part, "56789", 5), 0xcbf43926u);
}

TEST(ParseCrc, EveryFlippedBitShows) {
  std::array<uint8_t, 64> block{};
  uint32_t whole = ow_crc32(0, block.data(), block.size());
  for (size_t bit = 0; bit < block.size() * 8; bit++) {
    block[bit / 8] ^= 1 << (bit % 8);
    EXPECT_NE(ow_crc32(0, block.data(), block.size()), whole);
    block[bit / 8] ^= 1 << (bit % 8);
  }
}

TEST(ParseMemory, ReadsAcrossNeighbours) {
  mock::Memory mem;
  mem.add(0x2000, 0x1000)[0] = 0xbb;
  mem.add(0x1000, 0x1000)[0xfff] = 0xaa;
  uint8_t out[2] = {};
  ASSERT_EQ(ow_memory_read(mem.memory(), ow_phys_at(0x1fff), out, 2, nullptr),
            OW_OK);
  EXPECT_EQ(out[0], 0xaa);
  EXPECT_EQ(out[1], 0xbb);
}

TEST(ParseMemory, HoleIsNamedAndNothingIsLeftBehind) {
  mock::Memory mem;
  std::memset(mem.add(0x1000, 0x1000), 0xcc, 0x1000);
  mem.add(0x3000, 0x1000);
  std::vector<uint8_t> out(0x1800, 0x55);
  ow_fault_info why{};
  EXPECT_EQ(ow_memory_read(mem.memory(), ow_phys_at(0x1900), out.data(),
                           out.size(), &why),
            OW_BAD_ADDRESS);
  EXPECT_EQ(why.status, OW_BAD_ADDRESS);
  EXPECT_EQ(why.space, OW_SPACE_PHYS);
  EXPECT_EQ(why.address, 0x2000u);
  EXPECT_EQ(out, std::vector<uint8_t>(0x1800, 0));
  EXPECT_EQ(describe(why), "memory cannot be read (physical 0x2000)");
}

TEST(ParseMemory, EarlierOfTwoOverlappingRunsWins) {
  mock::Memory mem;
  std::memset(mem.add(0x1800, 0x100), 0x11, 0x100);
  std::memset(mem.add(0x1000, 0x1000), 0x22, 0x1000);
  std::array<uint8_t, 0x1000> out;
  ASSERT_EQ(ow_memory_read(mem.memory(), ow_phys_at(0x1000), out.data(),
                           out.size(), nullptr),
            OW_OK);
  EXPECT_EQ(out[0x7ff], 0x22);
  EXPECT_EQ(out[0x800], 0x11);
  EXPECT_EQ(out[0x8ff], 0x11);
  EXPECT_EQ(out[0x900], 0x22);
}

TEST(ParseMemory, BeyondThePhysicalAddressSpace) {
  mock::Memory mem;
  mem.add(OW_PHYS_LIMIT - 0x1000, 0x1000);
  uint64_t out;
  EXPECT_EQ(ow_memory_read(mem.memory(), ow_phys_at(OW_PHYS_LIMIT - 8), &out, 8,
                           nullptr),
            OW_OK);
  for (uint64_t at : {OW_PHYS_LIMIT - 7, OW_PHYS_LIMIT, ~0ULL, ~0ULL - 7})
    EXPECT_EQ(ow_memory_read(mem.memory(), ow_phys_at(at), &out, 8, nullptr),
              OW_BAD_ADDRESS);
}

TEST(ParseMemory, NothingIsAlwaysReadable) {
  mock::Memory mem;
  mem.add(0x1000, 0x1000);
  EXPECT_EQ(
      ow_memory_read(mem.memory(), ow_phys_at(~0ULL), nullptr, 0, nullptr),
      OW_OK);
}

TEST(ParseMemory, EveryStatusHasItsOwnErrno) {
  EXPECT_EQ(ow_status_errno(OW_OK), 0);
  EXPECT_EQ(ow_status_errno(OW_BAD_ADDRESS), -EFAULT);
  EXPECT_EQ(ow_status_errno(OW_BAD_DATA), -EBADMSG);
  EXPECT_EQ(ow_status_errno(OW_MISSING), -ENODATA);
  EXPECT_EQ(ow_status_errno(OW_REFUSED), -EOPNOTSUPP);
  EXPECT_EQ(ow_status_errno(OW_STOPPED), -ECANCELED);
}

TEST(ParseMemory, FaultTextFitsAnyBuffer) {
  ow_fault_info why{};
  ow_fault(&why, OW_BAD_DATA, OW_SPACE_VIRT, ~0ULL, "a page table entry");
  why.name = "X";
  EXPECT_EQ(
      describe(why),
      "a page table entry X is not plausible (virtual 0xffffffffffffffff)");
  char tiny[4] = "???";
  ow_fault_format(&why, tiny, sizeof(tiny));
  EXPECT_STREQ(tiny, "a p");
}

}  // namespace
