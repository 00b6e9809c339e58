// SPDX-License-Identifier: GPL-2.0
// FPU areas: compacted ones become what XSAVE would have written, damaged ones
// are refused.
#include "ow_xstate.h"

#include <cpuid.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr size_t kMxcsr = 24;
constexpr size_t kLegacyEnd = 416;
constexpr size_t kStateBv = 512;
constexpr size_t kCompBv = 520;
constexpr size_t kReserved = 528;
constexpr size_t kExtended = 576;
constexpr uint64_t kCompacted = 1ULL << 63;
constexpr uint32_t kMxcsrInit = 0x1f80;

using Bytes = std::vector<uint8_t>;
using Table = std::array<ow_xcomponent, OW_XCOMPONENTS>;

template <typename T>
T get(const uint8_t* bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes + at, sizeof(value));
  return value;
}

template <typename T>
void put(Bytes* bytes, size_t at, T value) {
  std::memcpy(bytes->data() + at, &value, sizeof(value));
}

// Of a CPU that there is not: 2 and 4 are the user's, 3 and 5 the kernel's.
// Behind 3, only what is aligned starts at a multiple of 64.
constexpr Table kTable = [] {
  Table table = {};
  table[2] = {.offset = 576, .size = 256, .aligned64 = false, .user = true};
  table[3] = {.offset = 0, .size = 24, .aligned64 = false, .user = false};
  table[4] = {.offset = 1024, .size = 128, .aligned64 = true, .user = true};
  table[5] = {.offset = 0, .size = 16, .aligned64 = false, .user = false};
  table[6] = {.offset = 896, .size = 8, .aligned64 = false, .user = true};
  return table;
}();
constexpr uint64_t kAll = 0x7f;
// Where they start if all are there, and where the last ends.
constexpr size_t kAt2 = 576, kAt3 = 832, kAt4 = 896, kAt5 = 1024, kAt6 = 1040;
constexpr size_t kEnd = 1048;
constexpr size_t kStandardSize = 1152;

class ParseXstate : public testing::Test {
 protected:
  void SetUp() override {
    for (size_t i = 0; i < area.size(); i++)
      area[i] = i % 251 + 1;
    std::memset(area.data() + kStateBv, 0, kExtended - kStateBv);
    put(&area, kStateBv, kAll);
    put(&area, kCompBv, kCompacted | kAll);
    put<uint32_t>(&area, kMxcsr, 0x1fc0);
  }
  bool expand() {
    // On the heap and just as long as they are, for the sanitizers.
    const Bytes from(area);
    standard.assign(size, 0xee);
    return ow_xstate_expand(from.data(), from.size(), table.data(),
                            standard.data(), size, &dropped);
  }
  // A piece of the result is a piece of the area.
  void same(size_t to, size_t from, size_t length) const {
    EXPECT_EQ(std::memcmp(&standard[to], &area[from], length), 0)
        << to << " from " << from;
  }
  void zero(size_t from, size_t to) const {
    for (size_t i = from; i < to; i++)
      ASSERT_EQ(standard[i], 0) << i;
  }

  Table table = kTable;
  Bytes area = Bytes(kEnd), standard;
  size_t size = kStandardSize;
  u64 dropped = 0;
};

TEST_F(ParseXstate, ComponentsFindTheirPlaces) {
  ASSERT_TRUE(expand());
  same(0, 0, kLegacyEnd);
  EXPECT_EQ(get<uint64_t>(standard.data(), kStateBv), 0x57U);
  zero(kLegacyEnd, kStateBv);
  zero(kCompBv, kExtended);
  same(576, kAt2, 256);
  zero(832, 896);
  same(896, kAt6, 8);
  zero(904, 1024);
  same(1024, kAt4, 128);
  EXPECT_EQ(dropped, 0x28U);
}

TEST_F(ParseXstate, PlacesDependOnWhatWasAskedForNotOnWhatIsInUse) {
  put<uint64_t>(&area, kStateBv, 0x51);
  ASSERT_TRUE(expand());
  EXPECT_EQ(get<uint64_t>(standard.data(), kStateBv), 0x51U);
  zero(576, 832);
  same(896, kAt6, 8);
  same(1024, kAt4, 128);
  EXPECT_EQ(dropped, 0U) << "none of the kernel's was in use";

  // Without 3 and 5, 4 follows 2 at once, and 6 follows 4.
  put(&area, kCompBv, kCompacted | 0x57);
  ASSERT_TRUE(expand());
  same(1024, 832, 128);
  same(896, 960, 8);
}

TEST_F(ParseXstate, MxcsrBelongsToSse) {
  put<uint64_t>(&area, kStateBv, 2);
  ASSERT_TRUE(expand());
  zero(0, kMxcsr);
  same(kMxcsr, kMxcsr, 8);
  zero(32, 160);
  same(160, 160, 256);

  // Else it is what some earlier use left there.
  put<uint64_t>(&area, kStateBv, 5);
  ASSERT_TRUE(expand());
  same(0, 0, kMxcsr);
  EXPECT_EQ(get<uint32_t>(standard.data(), kMxcsr), kMxcsrInit);
  same(32, 32, 128);
  zero(160, kLegacyEnd);
}

TEST_F(ParseXstate, NothingInUseNeedsNoRoom) {
  put<uint64_t>(&area, kStateBv, 0);
  size = kExtended;
  ASSERT_TRUE(expand());
  EXPECT_EQ(get<uint64_t>(standard.data(), kStateBv), 0U);
  // The kernel's needs none either.
  put<uint64_t>(&area, kStateBv, 8);
  ASSERT_TRUE(expand());
  EXPECT_EQ(get<uint64_t>(standard.data(), kStateBv), 0U);
  EXPECT_EQ(dropped, 8U);
}

TEST_F(ParseXstate, AnotherFormatIsRefused) {
  put(&area, kCompBv, kAll);
  EXPECT_FALSE(expand());
  put<uint64_t>(&area, kCompBv, 0);
  EXPECT_FALSE(expand());
}

TEST_F(ParseXstate, UnknownFeaturesAreRefused) {
  put<uint64_t>(&area, kStateBv, 0);
  for (unsigned bit = 0; bit < 63; bit++) {
    put(&area, kCompBv, kCompacted | 1ULL << bit);
    EXPECT_EQ(expand(), bit < 7) << bit;
  }
}

TEST_F(ParseXstate, FeaturesThatWereNotAskedForAreRefused) {
  for (unsigned bit = 0; bit < 64; bit++) {
    put(&area, kStateBv, 1ULL << bit);
    put(&area, kCompBv, kCompacted | (kAll & ~(1ULL << bit)));
    EXPECT_FALSE(expand()) << bit;
  }
}

TEST_F(ParseXstate, ReservedBytesAreZero) {
  for (size_t i = kReserved; i < kExtended; i++) {
    area[i] = 1;
    EXPECT_FALSE(expand()) << i;
    area[i] = 0;
  }
  EXPECT_TRUE(expand());
}

TEST_F(ParseXstate, AnAreaThatIsCutIsRefused) {
  // In use or not.
  put<uint64_t>(&area, kStateBv, 0);
  while (!area.empty()) {
    area.pop_back();
    ASSERT_FALSE(expand()) << area.size();
  }
}

TEST_F(ParseXstate, WhatDoesNotFitIsRefused) {
  for (size = 0; size < kStandardSize; size++)
    ASSERT_FALSE(expand()) << size;
  EXPECT_TRUE(expand());
}

TEST_F(ParseXstate, SizesDoNotOverflow) {
  table[4].size = UINT32_MAX;
  EXPECT_FALSE(expand());
  table = kTable;
  table[4].offset = UINT32_MAX - 64;
  EXPECT_FALSE(expand());
  table = kTable;
  for (unsigned i = 2; i < 7; i++)
    table[i].size = UINT32_MAX - 31;
  EXPECT_FALSE(expand());
}

// --- What this CPU says ----------------------------------------------------

struct Leaf {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Leaf cpuid(uint32_t leaf, uint32_t sub) {
  Leaf l;
  __get_cpuid_count(leaf, sub, &l.eax, &l.ebx, &l.ecx, &l.edx);
  return l;
}

constexpr uint32_t kXstateLeaf = 0xd;
// x87, SSE, AVX; the halves and the upper registers of AVX-512.
constexpr uint64_t kAvx = 7, kAvx512 = 0xe7;
constexpr size_t kAreaSize = 16384;

struct alignas(64) Area {
  std::array<uint8_t, kAreaSize> bytes;
};

#define LOAD(reg, at) "vmovdqu " #at "(%[values]), %%" reg "\n\t"
#define LOAD64(reg, at) "vmovdqu64 " #at "(%[values]), %%" reg "\n\t"
#define SAVE_BOTH               \
  "mov $-1, %%eax\n\t"          \
  "mov $-1, %%edx\n\t"          \
  "xsave64 (%[standard])\n\t"   \
  "xsavec64 (%[compacted])\n\t" \
  "ldmxcsr %[old]\n\t"

// Both give the state of one moment in both formats.
void save_avx(const uint8_t* values, Area* standard, Area* compacted) {
  uint32_t old = 0;
  const uint32_t mxcsr = 0x1fc0;
  asm volatile(
      "stmxcsr %[old]\n\t"
      "ldmxcsr %[mxcsr]\n\t" LOAD("ymm0", 0) LOAD("ymm7", 32) LOAD("xmm8", 64)
          LOAD("ymm15", 96) SAVE_BOTH "vzeroupper\n\t"
      : [old] "+m"(old)
      : [mxcsr] "m"(mxcsr), [values] "r"(values),
        [standard] "r"(standard->bytes.data()),
        [compacted] "r"(compacted->bytes.data())
      : "rax", "rdx", "memory", "xmm0", "xmm7", "xmm8", "xmm15");
}

[[gnu::target("avx512f,avx512bw")]] void save_avx512(const uint8_t* values,
                                                     Area* standard,
                                                     Area* compacted) {
  uint32_t old = 0;
  const uint32_t mxcsr = 0x1fc0;
  asm volatile(
      "stmxcsr %[old]\n\t"
      "ldmxcsr %[mxcsr]\n\t" LOAD64("zmm0", 0) LOAD("ymm7", 64) LOAD64(
          "zmm15", 96) LOAD64("zmm16", 160) LOAD64("zmm31", 224)
      "kmovw 288(%[values]), %%k1\n\t"
      "kmovw 290(%[values]), %%k7\n\t" SAVE_BOTH
      "vpxorq %%zmm16, %%zmm16, %%zmm16\n\t"
      "vpxorq %%zmm31, %%zmm31, %%zmm31\n\t"
      "vzeroupper\n\t"
      : [old] "+m"(old)
      : [mxcsr] "m"(mxcsr), [values] "r"(values),
        [standard] "r"(standard->bytes.data()),
        [compacted] "r"(compacted->bytes.data())
      : "rax", "rdx", "memory", "xmm0", "xmm7", "xmm15", "xmm16", "xmm31", "k1",
        "k7");
}

class ParseXstateHost : public testing::Test {
 protected:
  void SetUp() override {
    Leaf features;
    constexpr uint32_t kOsxsave = 1U << 27;
    constexpr uint32_t kXsavec = 1U << 1;
    if (!__get_cpuid(1, &features.eax, &features.ebx, &features.ecx,
                     &features.edx) ||
        !(features.ecx & kOsxsave) || !(cpuid(kXstateLeaf, 1).eax & kXsavec))
      GTEST_SKIP() << "this CPU knows no compacted format";
    uint32_t low = 0;
    uint32_t high = 0;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    xcr0 = low | static_cast<uint64_t>(high) << 32;
    if ((xcr0 & kAvx) != kAvx || xcr0 >> OW_XCOMPONENTS != 0 ||
        cpuid(kXstateLeaf, 0).ebx > kAreaSize)
      GTEST_SKIP() << "a CPU unlike others: " << std::hex << xcr0;
    for (uint32_t i = 2; i < OW_XCOMPONENTS; i++) {
      const Leaf part = cpuid(kXstateLeaf, i);
      table[i] = {.offset = part.ebx,
                  .size = part.eax,
                  .aligned64 = (part.ecx & 2) != 0,
                  .user = (part.ecx & 1) == 0};
    }
    for (size_t i = 0; i < values.size(); i++)
      values[i] = i * 7 + 1;
  }

  void compare() {
    const auto in_use = get<uint64_t>(saved.bytes.data(), kStateBv);
    ASSERT_EQ(get<uint64_t>(compacted.bytes.data(), kCompBv),
              kCompacted | xcr0);
    ASSERT_TRUE(ow_xstate_expand(compacted.bytes.data(), kAreaSize,
                                 table.data(), expanded.bytes.data(),
                                 cpuid(kXstateLeaf, 0).ebx, &dropped));
    EXPECT_EQ(dropped, 0U);
    const auto found = get<uint64_t>(expanded.bytes.data(), kStateBv);
    EXPECT_EQ(found, get<uint64_t>(compacted.bytes.data(), kStateBv));
    // XSAVE may tell of one in use that XSAVEC knows to be at its beginning.
    EXPECT_EQ(found & ~in_use, 0U);
    EXPECT_EQ(found & 6, 6U);
    if (found & 1) {
      same(0, kMxcsr, "x87");
      same(32, 128, "x87");
    }
    EXPECT_EQ(get<uint32_t>(expanded.bytes.data(), kMxcsr), 0x1fc0U);
    same(160, 256, "SSE");
    for (uint32_t i = 2; i < OW_XCOMPONENTS; i++) {
      if (found >> i & 1)
        same(table[i].offset, table[i].size, "component " + std::to_string(i));
    }
  }
  void same(size_t at, size_t length, const std::string& what) const {
    EXPECT_EQ(std::memcmp(&saved.bytes[at], &expanded.bytes[at], length), 0)
        << what;
  }

  uint64_t xcr0 = 0;
  u64 dropped = 0;
  Table table = {};
  std::array<uint8_t, 320> values = {};
  Area saved = {}, compacted = {}, expanded = {};
};

TEST_F(ParseXstateHost, IsWhatXsaveWrites) {
  save_avx(values.data(), &saved, &compacted);
  compare();
  EXPECT_EQ(std::memcmp(&expanded.bytes[160], values.data(), 16), 0);
  EXPECT_EQ(std::memcmp(&expanded.bytes[table[2].offset], &values[16], 16), 0);
}

TEST_F(ParseXstateHost, IsWhatXsaveWritesOfAvx512) {
  constexpr uint32_t kAvx512f = 1U << 16;
  if ((xcr0 & kAvx512) != kAvx512 || !(cpuid(7, 0).ebx & kAvx512f))
    GTEST_SKIP() << "this CPU has no AVX-512";
  save_avx512(values.data(), &saved, &compacted);
  compare();
  const auto found = get<uint64_t>(expanded.bytes.data(), kStateBv);
  EXPECT_EQ(found & 0xe0, 0xe0U);
  EXPECT_EQ(std::memcmp(&expanded.bytes[table[6].offset], &values[32], 32), 0);
  EXPECT_EQ(std::memcmp(&expanded.bytes[table[7].offset], &values[160], 64), 0);
}

}  // namespace
