// SPDX-License-Identifier: GPL-2.0
// Shows that dead page tables are walked as the processor would: 4 and 5
// levels, pages of every size, and that holes, reserved bits, unreadable
// tables and tables pointing at themselves end in an error or an answer.
#include <gtest/gtest.h>

#include <string>

#include "parse_mock.h"

namespace {

constexpr uint64_t kVirt4 = 0xffff888000000000;
constexpr uint64_t kVirt5 = 0xff11000000000000;

class ParsePagetable : public testing::TestWithParam<unsigned> {
 protected:
  ParsePagetable()
      : kernel(GetParam()), virt(GetParam() == 5 ? kVirt5 : kVirt4) {
    init();
  }

  ow_status init() {
    text = kernel.vmcoreinfo();
    ow_vmcoreinfo vi;
    EXPECT_EQ(ow_vmcoreinfo_init(&vi, text.data(), text.size(), &why), OW_OK);
    return ow_pagetable_init(&pt, kernel.mem.memory(), &vi, &why);
  }

  ow_status walk(uint64_t at) {
    return ow_virt_to_phys(&pt, ow_virt_at(at), &map, &why);
  }

  mock::Kernel kernel;
  uint64_t virt;
  std::string text;
  ow_pagetable pt{};
  ow_mapping map{};
  ow_fault_info why{};
};

TEST_P(ParsePagetable, FindsTheTopTable) {
  EXPECT_EQ(pt.root.a, kernel.root);
  EXPECT_EQ(pt.levels, GetParam());
}

TEST_P(ParsePagetable, SmallLargeAndGiantPages) {
  kernel.map(virt + 0x3000, 0x123456000);
  kernel.map(virt + 0x40000000, 0x80000000, 3);
  kernel.map(virt + 0x200000, 0x600000, 2);

  ASSERT_EQ(walk(virt + 0x3abc), OW_OK);
  EXPECT_EQ(map.phys.a, 0x123456abcu);
  EXPECT_EQ(map.left, 0x544u);
  EXPECT_EQ(map.page_size, 0x1000u);
  ASSERT_EQ(walk(virt + 0x2abcde), OW_OK);
  EXPECT_EQ(map.phys.a, 0x6abcdeu);
  EXPECT_EQ(map.page_size, 0x200000u);
  ASSERT_EQ(walk(virt + 0x40000000 + 0x12345678), OW_OK);
  EXPECT_EQ(map.phys.a, 0x92345678u);
  EXPECT_EQ(map.page_size, 0x40000000u);
}

TEST_P(ParsePagetable, FlagsAreNotAddresses) {
  // NX, software bits, protection key, PAT of a small page.
  kernel.mem.put<uint64_t>(kernel.slot(virt), 0xfff0000000abcfff);
  ASSERT_EQ(walk(virt), OW_OK);
  EXPECT_EQ(map.phys.a, 0xabc000u);
  // PAT of a large page is bit 12.
  kernel.mem.put<uint64_t>(kernel.slot(virt + 0x200000, 2),
                           0x8000000000401000 | mock::kHuge | mock::kPresent);
  ASSERT_EQ(walk(virt + 0x200000), OW_OK);
  EXPECT_EQ(map.phys.a, 0x400000u);
}

TEST_P(ParsePagetable, HolesAtEveryLevel) {
  for (unsigned level = 1; level <= GetParam(); level++) {
    kernel.mem.put<uint64_t>(kernel.slot(virt, level), 0xfff000 & ~1ULL);
    EXPECT_EQ(walk(virt + 5), OW_BAD_ADDRESS);
    EXPECT_EQ(why.space, OW_SPACE_VIRT);
    EXPECT_EQ(why.address, virt + 5);
    kernel.mem.put<uint64_t>(kernel.slot(virt, level), 0);
  }
}

TEST_P(ParsePagetable, UnreadableTableIsAPhysicalFault) {
  kernel.mem.put<uint64_t>(kernel.slot(virt, 2), 0x7770000000 | mock::kPresent);
  EXPECT_EQ(walk(virt + 0x5000), OW_BAD_ADDRESS);
  EXPECT_EQ(why.space, OW_SPACE_PHYS);
  EXPECT_EQ(why.address, 0x7770000028u);
}

TEST_P(ParsePagetable, ReservedBitsAreBadData) {
  uint64_t slot = kernel.slot(virt, 2);
  kernel.mem.put<uint64_t>(slot, 0x402000 | mock::kHuge | mock::kPresent);
  EXPECT_EQ(walk(virt), OW_BAD_DATA) << "a 2 MiB page that is not aligned";
  EXPECT_EQ(why.space, OW_SPACE_PHYS);
  EXPECT_EQ(why.address, slot);
  for (unsigned level = 4; level <= GetParam(); level++) {
    kernel.mem.put<uint64_t>(kernel.slot(virt, level),
                             mock::kHuge | mock::kPresent);
    EXPECT_EQ(walk(virt), OW_BAD_DATA) << "no page is that large";
    kernel.mem.put<uint64_t>(kernel.slot(virt, level), 0);
  }
}

TEST_P(ParsePagetable, TablesThatPointAtThemselves) {
  // Every entry of the top table leads to the top table.
  for (uint64_t i = 0; i < 512; i++)
    kernel.mem.put<uint64_t>(kernel.root + i * 8, kernel.root | mock::kPresent);
  ASSERT_EQ(walk(virt + 0x18), OW_OK);
  EXPECT_EQ(map.phys.a, kernel.root + 0x18);
  std::vector<uint8_t> out(1 << 20);
  EXPECT_EQ(ow_virt_read(&pt, ow_virt_at(virt), out.data(), out.size(), &why),
            OW_OK);
}

TEST_P(ParsePagetable, NonCanonicalAddresses) {
  for (uint64_t at :
       {0x0100000000000000ULL, 0x8000000000000000ULL, 0xfeffffffffffffffULL}) {
    EXPECT_EQ(walk(at), OW_BAD_ADDRESS);
    EXPECT_STREQ(why.what, "a non-canonical address");
  }
  walk(0x0000800000000000);
  EXPECT_STREQ(why.what, GetParam() == 5 ? "an unmapped address"
                                         : "a non-canonical address");
}

TEST_P(ParsePagetable, KernelImageNeedsNoTables) {
  uint64_t at = kernel.alloc(16);
  kernel.mem.put<uint64_t>(at, 0x1122334455667788);
  std::memset(kernel.mem.at(kernel.root), 0xff, 4096);
  u64 n;
  ASSERT_EQ(ow_virt_read_u64(&pt, ow_virt_at(kernel.text(at)), &n, &why),
            OW_OK);
  EXPECT_EQ(n, 0x1122334455667788u);
  u32 half;
  ASSERT_EQ(ow_virt_read_u32(&pt, ow_virt_at(kernel.text(at)), &half, &why),
            OW_OK);
  EXPECT_EQ(half, 0x55667788u);
  ow_virt ptr;
  ASSERT_EQ(ow_virt_read_ptr(&pt, ow_virt_at(kernel.text(at)), &ptr, &why),
            OW_OK);
  EXPECT_EQ(ptr.a, n);
  EXPECT_EQ(ow_virt_read_u64(&pt, ow_virt_at(kernel.text(0x2000000)), &n, &why),
            OW_BAD_ADDRESS)
      << "inside the mapping, outside the image";
}

TEST_P(ParsePagetable, ReadsAcrossPagesInAnyOrder) {
  uint64_t first = kernel.page();
  uint64_t second = kernel.page();
  kernel.mem.at(first + 0xfff)[0] = 'a';
  kernel.mem.at(second)[0] = 'b';
  kernel.map(virt, first);
  kernel.map(virt + 0x1000, second);
  kernel.map(virt + 0x2000, first);
  char out[3] = {};
  ASSERT_EQ(ow_virt_read(&pt, ow_virt_at(virt + 0xfff), out, 2, &why), OW_OK);
  EXPECT_STREQ(out, "ab");
  // The second page is missing: nothing of the first stays.
  kernel.mem.put<uint64_t>(kernel.slot(virt + 0x1000), 0);
  EXPECT_EQ(ow_virt_read(&pt, ow_virt_at(virt + 0xfff), out, 2, &why),
            OW_BAD_ADDRESS);
  EXPECT_EQ(why.address, virt + 0x1000);
  EXPECT_STREQ(out, "");
}

TEST_P(ParsePagetable, RangesDoNotWrap) {
  uint8_t out[16];
  EXPECT_EQ(ow_virt_read(&pt, ow_virt_at(~0ULL - 7), out, 16, &why),
            OW_BAD_ADDRESS);
  EXPECT_EQ(ow_virt_read(&pt, ow_virt_at(~0ULL), out, 0, &why), OW_OK);
}

INSTANTIATE_TEST_SUITE_P(Levels, ParsePagetable, testing::Values(4u, 5u));

ow_status init_from(std::string text, ow_fault_info& why) {
  mock::Memory mem;
  mem.add(0x1000, 0x1000);
  ow_vmcoreinfo vi;
  ow_pagetable pt;
  EXPECT_EQ(ow_vmcoreinfo_init(&vi, text.data(), text.size(), &why), OW_OK);
  return ow_pagetable_init(&pt, mem.memory(), &vi, &why);
}

TEST(ParsePagetableInit, RefusesWhatCannotBe) {
  ow_fault_info why{};
  const std::string size = "NUMBER(KERNEL_IMAGE_SIZE)=1073741824\n";
  const std::string base = "NUMBER(phys_base)=0\n";
  const std::string top = "SYMBOL(init_top_pgt)=ffffffff82000000\n";
  EXPECT_EQ(init_from(size + base + top, why), OW_OK);
  EXPECT_EQ(
      init_from(size + base + "SYMBOL(swapper_pg_dir)=ffffffff82000000\n", why),
      OW_OK)
      << "either symbol will do";
  EXPECT_EQ(init_from(size + top, why), OW_MISSING);
  EXPECT_STREQ(why.name, "phys_base");
  EXPECT_EQ(init_from(base + top, why), OW_MISSING);
  EXPECT_EQ(init_from(base + size, why), OW_MISSING);
  EXPECT_EQ(
      init_from(size + base + top + "NUMBER(sme_mask)=140737488355328\n", why),
      OW_REFUSED);
  EXPECT_EQ(init_from("NUMBER(KERNEL_IMAGE_SIZE)=-1\n" + base + top, why),
            OW_BAD_DATA);
  EXPECT_EQ(
      init_from(size + base + "SYMBOL(init_top_pgt)=ffffffff82000010\n", why),
      OW_BAD_DATA);
  EXPECT_EQ(
      init_from(size + base + "SYMBOL(init_top_pgt)=ffff888000000000\n", why),
      OW_BAD_DATA);
  EXPECT_EQ(init_from(size + "NUMBER(phys_base)=x\n" + top, why), OW_BAD_DATA);
  EXPECT_EQ(
      init_from(size + "NUMBER(phys_base)=-9000000000000000000\n" + top, why),
      OW_BAD_DATA);
}

}  // namespace
