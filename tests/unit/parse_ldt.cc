// SPDX-License-Identifier: GPL-2.0
// Descriptors: those that modify_ldt() makes are understood, others refused.
#include "ow_ldt.h"

#include "parse_processes_fixture.h"

namespace {

// As the kernel's fill_ldt() makes it of this.
uint64_t encode(const ow_descriptor& d) {
  uint64_t entry = d.limit & 0xffff;
  entry |= static_cast<uint64_t>(d.base_addr & 0xffffff) << 16;
  const uint64_t type = (d.read_exec_only ? 0 : 2) | d.contents << 2 | 1;
  entry |= type << 40 | 1ULL << 44 | 3ULL << 45;
  entry |= static_cast<uint64_t>(!d.seg_not_present) << 47;
  entry |= static_cast<uint64_t>(d.limit >> 16 & 0xf) << 48;
  entry |= static_cast<uint64_t>(d.available) << 52;
  entry |= static_cast<uint64_t>(d.seg_32bit) << 54;
  entry |= static_cast<uint64_t>(d.limit_in_pages) << 55;
  entry |= static_cast<uint64_t>(d.base_addr >> 24) << 56;
  return entry;
}

constexpr ow_descriptor kData = {.base_addr = 0x89abcdef,
                                 .limit = 0xfedcb,
                                 .contents = 0,
                                 .seg_32bit = true,
                                 .read_exec_only = false,
                                 .limit_in_pages = true,
                                 .seg_not_present = false,
                                 .available = true};

TEST(ParseDescriptor, IsWhatItWasMadeOf) {
  for (unsigned bits = 0; bits < 128; bits++) {
    ow_descriptor made = kData;
    made.contents = bits & 3;
    made.seg_32bit = (bits & 4) != 0;
    made.read_exec_only = (bits & 8) != 0;
    made.limit_in_pages = (bits & 16) != 0;
    made.seg_not_present = (bits & 32) != 0;
    made.available = (bits & 64) != 0;
    ow_descriptor found = {};
    const bool allowed = made.contents != 3 || made.seg_not_present;
    ASSERT_EQ(ow_descriptor_decode(encode(made), &found), allowed) << bits;
    if (!allowed)
      continue;
    EXPECT_EQ(encode(found), encode(made)) << bits;
    EXPECT_EQ(found.base_addr, made.base_addr);
    EXPECT_EQ(found.limit, made.limit);
  }
}

TEST(ParseDescriptor, DoorsIntoTheKernelAreRefused) {
  const uint64_t good = encode(kData);
  ow_descriptor found = {};
  EXPECT_TRUE(ow_descriptor_decode(good, &found));
  EXPECT_FALSE(ow_descriptor_decode(0, &found));
  // A system descriptor: a call gate, say.
  EXPECT_FALSE(ow_descriptor_decode(good & ~(1ULL << 44), &found));
  // The kernel's privileges.
  EXPECT_FALSE(ow_descriptor_decode(good & ~(3ULL << 45), &found));
  EXPECT_FALSE(ow_descriptor_decode(good & ~(1ULL << 45), &found));
  // 64-bit code.
  EXPECT_FALSE(ow_descriptor_decode(good | 1ULL << 53, &found));
  EXPECT_FALSE(ow_descriptor_decode(good & ~(1ULL << 40), &found));
}

class ParseLdt : public mock::MachineTest {
 protected:
  void SetUp() override {
    start();
    at = machine.make("ldt_struct");
    entries = mock::Machine::direct(machine.alloc(8ULL * 4));
    machine.set(at, OW_F_ldt_struct_entries, entries);
    machine.set(at, OW_F_ldt_struct_nr_entries, 4);
  }
  uint64_t at = 0, entries = 0;
  ow_ldt ldt = {};
};

TEST_F(ParseLdt, EntriesAreRead) {
  machine.put(entries + 24, encode(kData));
  ASSERT_TRUE(ow_ldt_read(fresh(), ow_virt_at(at), &ldt));
  EXPECT_EQ(ldt.count, 4U);
  EXPECT_EQ(ow_ldt_entry(&cursor, &ldt, 3), encode(kData));
  EXPECT_EQ(ow_ldt_entry(&cursor, &ldt, 0), 0U);
  EXPECT_EQ(ow_ldt_entry(&cursor, &ldt, 4), 0U) << "behind the last";
  EXPECT_TRUE(ow_cursor_ok(&cursor));
}

TEST_F(ParseLdt, OneThatCannotBeIsRefused) {
  machine.set(at, OW_F_ldt_struct_nr_entries, OW_LDT_ENTRIES + 1);
  EXPECT_FALSE(ow_ldt_read(fresh(), ow_virt_at(at), &ldt));
  machine.set(at, OW_F_ldt_struct_nr_entries, 4);
  machine.set(at, OW_F_ldt_struct_entries, 8);
  ASSERT_TRUE(ow_ldt_read(fresh(), ow_virt_at(at), &ldt));
  EXPECT_EQ(ow_ldt_entry(&cursor, &ldt, 0), 0U);
  EXPECT_FALSE(ow_cursor_ok(&cursor));
}

}  // namespace
