// SPDX-License-Identifier: GPL-2.0
// Swap areas: which there were, and what of them was still in memory.
#include "ow_mm.h"
#include "ow_swap.h"
#include "parse_processes_fixture.h"

namespace {

constexpr unsigned kType = 1, kSlots = 40, kPart = 16;

class ParseSwap : public mock::MachineTest {
 protected:
  void SetUp() override {
    auto& table = machine.layout.table;
    const auto pointers = [&](ow_fact symbol) {
      const uint64_t at = mock::Machine::direct(machine.alloc(24ULL * 8));
      table[symbol].value = at;
      return at;
    };
    infos = pointers(OW_A_swap_info);
    spaces = pointers(OW_A_swapper_spaces);
    zswap = pointers(OW_A_zswap_trees);
    info = machine.make("swap_info_struct");
    machine.put(infos + 8ULL * kType, info);
    map = mock::Machine::direct(machine.alloc(kSlots));
    machine.set(info, OW_F_swap_info_struct_flags,
                machine.constant(OW_C_SWP_USED));
    machine.set(info, OW_F_swap_info_struct_prio, static_cast<uint64_t>(-2));
    machine.set(info, OW_F_swap_info_struct_max, kSlots);
    machine.set(info, OW_F_swap_info_struct_swap_map, map);
    machine.set(info, OW_F_swap_info_struct_swap_file, 0x1000);
    const uint64_t size = machine.layout.size_of("address_space");
    cache = mock::Machine::direct(machine.alloc(3 * size));
    machine.put(spaces + 8ULL * kType, cache);
    start();
    walker.reset(ow_xa_walker_new(kernel.get()));
  }

  // A page of the cache, and what its struct page says.
  uint64_t page(unsigned slot, uint64_t pfn, uint64_t flags = 0) {
    const uint64_t made = machine.page_struct(pfn);
    for (const auto bit : {OW_C_PG_swapcache, OW_C_PG_uptodate})
      flags |= 1ULL << machine.constant(bit);
    machine.set(made, OW_F_page_flags, flags);
    machine.set(made, OW_F_page_private, uint64_t{kType} << 58 | slot);
    insert(slot, made);
    return made;
  }
  void insert(unsigned slot, uint64_t entry) {
    const uint64_t size = machine.layout.size_of("address_space");
    insert(machine.at(cache + slot / kPart * size, OW_F_address_space_i_pages),
           slot % kPart, entry);
  }
  void insert(uint64_t array, unsigned index, uint64_t entry) {
    const uint64_t head = machine.at(array, OW_F_xarray_xa_head);
    if (machine.word(head) == 0) {
      const uint64_t node = machine.make("xa_node");
      machine.set(node, OW_F_xa_node_array, array);
      machine.put(head, node | 2);
    }
    machine.put(
        machine.at(machine.word(head) - 2, OW_F_xa_node_slots) + 8ULL * index,
        entry);
  }

  bool read(ow_swap_area& area) {
    return ow_swap_area_read(fresh(), kType, &area);
  }
  std::vector<ow_swap_page> pages() {
    std::vector<ow_swap_page> found;
    ow_swap_area area;
    if (!read(area))
      return found;
    ow_swap_cache_walk(
        walker.get(), kernel.get(), &area,
        [](void* priv, const ow_swap_page* page) {
          static_cast<std::vector<ow_swap_page>*>(priv)->push_back(*page);
          return OW_GO_ON;
        },
        &found, &why);
    return found;
  }

  struct Free {
    void operator()(ow_xa_walker* walker) const { ow_xa_walker_free(walker); }
  };
  std::unique_ptr<ow_xa_walker, Free> walker;
  uint64_t infos = 0, spaces = 0, zswap = 0, info = 0, map = 0, cache = 0;
};

TEST_F(ParseSwap, Areas) {
  ow_swap_area area;
  EXPECT_EQ(ow_swap_types(fresh()), 24U);
  ASSERT_TRUE(read(area));
  EXPECT_EQ(area.max, kSlots);
  EXPECT_EQ(area.prio, -2);
  EXPECT_FALSE(area.page_discard);
  EXPECT_FALSE(ow_swap_area_read(fresh(), 0, &area));
  EXPECT_TRUE(ow_cursor_ok(&cursor));
  machine.set(info, OW_F_swap_info_struct_flags, 0);
  EXPECT_FALSE(read(area));
  EXPECT_TRUE(ow_cursor_ok(&cursor));
  machine.put(infos + 8ULL * kType, 0x123);
  EXPECT_FALSE(read(area));
  EXPECT_FALSE(ow_cursor_ok(&cursor));
}

TEST_F(ParseSwap, Slots) {
  machine.put(map, 0x41023f0100ULL);
  ow_swap_area area;
  ASSERT_TRUE(read(area));
  uint8_t uses[kSlots] = {};
  ASSERT_TRUE(ow_swap_uses(fresh(), &area, 0, kSlots, uses));
  EXPECT_EQ(uses[0], OW_SWAP_FREE);
  EXPECT_EQ(uses[1], OW_SWAP_USED);
  EXPECT_EQ(uses[2], OW_SWAP_FREE);
  EXPECT_EQ(uses[3], OW_SWAP_USED);
  EXPECT_EQ(uses[4], OW_SWAP_CACHED);
  uint8_t zeroes[kSlots / 8] = {1};
  EXPECT_TRUE(ow_swap_zeroes(fresh(), &area, 0, kSlots, zeroes));
  EXPECT_EQ(zeroes[0], 0);
  machine.set(info, OW_F_swap_info_struct_zeromap, map);
  ASSERT_TRUE(read(area));
  EXPECT_TRUE(ow_swap_zeroes(fresh(), &area, 8, 8, zeroes));
  EXPECT_EQ(zeroes[0], 1);
}

TEST_F(ParseSwap, Cache) {
  page(3, machine.first_frame);
  page(35, machine.first_frame + 1);
  insert(5, 0x15);  // when it was swapped out
  const auto found = pages();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].slot, 3U);
  EXPECT_EQ(found[0].place, OW_SWAP_IN_FRAME);
  EXPECT_EQ(found[0].pfn, machine.first_frame);
  EXPECT_EQ(found[1].slot, 35U);
  EXPECT_EQ(found[1].pfn, machine.first_frame + 1);
  EXPECT_EQ(why.status, OW_OK);
}

TEST_F(ParseSwap, LargeFolio) {
  const uint64_t head =
      page(8, machine.first_frame, 1ULL << machine.constant(OW_C_PG_head));
  machine.set(machine.page_struct(machine.first_frame + 1),
              OW_F_page_compound_head, head | 1);
  insert(9, head);
  insert(10, head);  // it is not as large as that
  const auto found = pages();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[1].place, OW_SWAP_IN_FRAME);
  EXPECT_EQ(found[1].pfn, machine.first_frame + 1);
  EXPECT_EQ(found[2].place, OW_SWAP_NOWHERE);
}

TEST_F(ParseSwap, WhatIsNotThere) {
  // Of another slot, of another area, not in the cache, not read yet.
  machine.set(page(1, machine.first_frame), OW_F_page_private,
              uint64_t{kType} << 58 | 2);
  machine.set(page(2, machine.first_frame + 1), OW_F_page_private, 2);
  machine.set(page(3, machine.first_frame + 2), OW_F_page_flags,
              1ULL << machine.constant(OW_C_PG_uptodate));
  machine.set(page(4, machine.first_frame + 3), OW_F_page_flags,
              1ULL << machine.constant(OW_C_PG_swapcache));
  insert(5, 0x1238);
  const auto found = pages();
  ASSERT_EQ(found.size(), 5U);
  EXPECT_EQ(found[0].place, OW_SWAP_NOWHERE);
  EXPECT_EQ(found[1].place, OW_SWAP_NOWHERE);
  EXPECT_EQ(found[2].place, OW_SWAP_NOWHERE);
  EXPECT_EQ(found[3].place, OW_SWAP_ON_AREA);
  EXPECT_EQ(found[4].place, OW_SWAP_NOWHERE);
}

TEST_F(ParseSwap, Compressed) {
  const uint64_t trees = mock::Machine::direct(
      machine.alloc(3 * machine.layout.size_of("xarray")));
  machine.put(zswap + 8ULL * kType, trees);
  insert(trees, 7, 0x1230);
  page(7, machine.first_frame);
  const auto found = pages();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].place, OW_SWAP_IN_ZSWAP);
  EXPECT_EQ(found[1].place, OW_SWAP_IN_FRAME);
  EXPECT_EQ(found[1].slot, 7U);
}

TEST_F(ParseSwap, DamageIsSaid) {
  page(3, machine.first_frame);
  page(35, machine.first_frame + 1);
  machine.put(machine.at(machine.at(cache, OW_F_address_space_i_pages),
                         OW_F_xarray_xa_head),
              0x12345002);
  EXPECT_EQ(pages().size(), 1U);
  EXPECT_NE(why.status, OW_OK);
}

}  // namespace
