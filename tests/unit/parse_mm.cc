// SPDX-License-Identifier: GPL-2.0
// Address spaces: the maple tree of VMAs, user page tables, struct pages.
// What is damaged is left out and said, and no walk goes on for ever.
#include "parse_processes_fixture.h"

namespace {

struct Seen {
  std::vector<std::pair<u64, u64>> ranges;
  std::vector<u64> pgoffs;
  int calls = 0;
};

class ParseMm : public mock::MachineTest {
 protected:
  void SetUp() override {
    start();
    mm_at = of_task(20, OW_F_task_struct_mm);
  }

  Seen vmas() {
    Seen seen;
    ow_mm mm;
    EXPECT_TRUE(ow_mm_read(fresh(), ow_virt_at(mm_at), &mm));
    ow_vmas_walk(
        kernel.get(), &mm,
        [](void* priv, const ow_vma* vma) {
          auto* const s = static_cast<Seen*>(priv);
          s->ranges.emplace_back(vma->start, vma->end);
          s->pgoffs.push_back(vma->pgoff);
          return OW_GO_ON;
        },
        &seen, &why);
    return seen;
  }
  void set_root(uint64_t entry) {
    machine.set(mm_at, OW_F_mm_struct_mt_root, entry);
  }
  uint64_t new_vma(uint64_t start, uint64_t end) {
    mock::Process of;
    of.mm = mm_at;
    return machine.vma(of, start, end, 0);
  }
  uint64_t root_node() {
    return machine.get(mm_at, OW_F_mm_struct_mt_root) & ~255ULL;
  }

  uint64_t mm_at = 0;
};

using Ranges = std::vector<std::pair<u64, u64>>;
const Ranges both_ranges = {{0x400000, 0x404000}, {0x500000, 0x501000}};

TEST_F(ParseMm, VmasInOrder) {
  EXPECT_EQ(vmas().ranges, both_ranges);
  EXPECT_EQ(why.status, OW_OK);
}

TEST_F(ParseMm, AnEmptyAddressSpace) {
  set_root(0);
  EXPECT_TRUE(vmas().ranges.empty());
  EXPECT_EQ(why.status, OW_OK);
}

TEST_F(ParseMm, TreesOfTwoLevels) {
  const uint64_t third = new_vma(0x700000, 0x800000);
  const uint64_t low = machine.get(mm_at, OW_F_mm_struct_mt_root);
  const uint64_t node = low & ~255ULL;
  // The lower leaf ends where its parent says.
  machine.put(machine.at(node, OW_F_maple_node_r64_pivot) + 8ULL * 4, 0x5fffff);
  // The upper one begins there: its first slot is the gap.
  set_root(machine.branch({{low, 0x5fffff}, {machine.leaf({third}), ~0ULL}}));
  Ranges all = both_ranges;
  all.emplace_back(0x700000, 0x800000);
  EXPECT_EQ(vmas().ranges, all);
  EXPECT_EQ(why.status, OW_OK);
}

TEST_F(ParseMm, PivotsThatDoNotAscend) {
  machine.put(machine.at(root_node(), OW_F_maple_node_r64_pivot) + 8ULL * 2, 5);
  EXPECT_EQ(vmas().ranges, (Ranges{both_ranges[0]}));
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

TEST_F(ParseMm, ATreeThatIsItsOwnChild) {
  const uint64_t node = machine.branch({{0, 0}});
  for (int i = 0; i < 10; i++)
    machine.put(machine.at(node & ~255ULL, OW_F_maple_node_a64_slot) + 8ULL * i,
                node);
  set_root(node);
  EXPECT_TRUE(vmas().ranges.empty());
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

// Ten children each at every level: wide on purpose.
TEST_F(ParseMm, ATreeThatIsWideOnPurpose) {
  const uint64_t node = machine.branch({});
  for (uint64_t i = 0; i < 10; i++) {
    machine.put(machine.at(node & ~255ULL, OW_F_maple_node_a64_slot) + 8ULL * i,
                node);
    if (i < 9)
      machine.put(machine.at(node & ~255ULL, OW_F_maple_node_a64_pivot) + 8 * i,
                  i);
  }
  set_root(node);
  EXPECT_TRUE(vmas().ranges.empty());
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

TEST_F(ParseMm, RootsThatAreNone) {
  const uint64_t good = machine.get(mm_at, OW_F_mm_struct_mt_root);
  for (const uint64_t bad : {0x6ULL, 0x1234ULL, 0x123452ULL, ~0ULL,
                             static_cast<unsigned long long>(good & ~2ULL),
                             static_cast<unsigned long long>(good | 0x78)}) {
    set_root(bad);
    EXPECT_TRUE(vmas().ranges.empty()) << std::hex << bad;
    EXPECT_NE(why.status, OW_OK) << std::hex << bad;
  }
}

TEST_F(ParseMm, ANodeOfAnotherSize) {
  kernel->layout.entries[OW_F_maple_node_r64_slot].size = 4096;
  EXPECT_TRUE(vmas().ranges.empty());
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

// The kernel died in vma_complete(), say: the tree knows nothing of it yet.
TEST_F(ParseMm, VmasThatWereJustSplitOrGrown) {
  const uint64_t vma =
      machine.word(machine.at(root_node(), OW_F_maple_node_r64_slot) + 8);
  machine.set(mm_at, OW_F_mm_struct_mmap_lock_count, 1);
  for (const auto& [start, end] : Ranges{{0x401000, 0x404000},
                                         {0x400000, 0x401000},
                                         {0x3ff000, 0x404000},
                                         {0x400000, 0x405000}}) {
    machine.set(vma, OW_F_vm_area_struct_vm_start, start);
    machine.set(vma, OW_F_vm_area_struct_vm_end, end);
    machine.set(vma, OW_F_vm_area_struct_vm_pgoff, start >> 12);
    const Seen seen = vmas();
    EXPECT_EQ(seen.ranges, both_ranges) << std::hex << start << "-" << end;
    EXPECT_EQ(seen.pgoffs.at(0), 0x400U) << std::hex << start << "-" << end;
    EXPECT_EQ(why.status, OW_OK);
  }
  // Nobody changes one into another that it has nothing in common with.
  machine.set(vma, OW_F_vm_area_struct_vm_start, 0x300000);
  machine.set(vma, OW_F_vm_area_struct_vm_end, 0x400000);
  EXPECT_EQ(vmas().ranges, Ranges{both_ranges[1]});
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

TEST_F(ParseMm, VmasThatAreNotWhereTheyStand) {
  const uint64_t vma =
      machine.word(machine.at(root_node(), OW_F_maple_node_r64_slot) + 8);
  const auto only_the_other = [&](const char* what) {
    EXPECT_EQ(vmas().ranges, Ranges{both_ranges[1]}) << what;
    EXPECT_EQ(why.status, OW_BAD_DATA) << what;
  };
  machine.set(vma, OW_F_vm_area_struct_vm_mm, mm_at + 8);
  only_the_other("of another address space");
  machine.set(vma, OW_F_vm_area_struct_vm_mm, mm_at);
  machine.set(vma, OW_F_vm_area_struct_vm_start, 0x400800);
  only_the_other("not on a page");
  machine.set(vma, OW_F_vm_area_struct_vm_start, 0x300000);
  only_the_other("at another address");
}

TEST_F(ParseMm, AnAddressSpaceThatIsNone) {
  ow_mm mm;
  machine.set(mm_at, OW_F_mm_struct_task_size, 1ULL << 60);
  EXPECT_FALSE(ow_mm_read(fresh(), ow_virt_at(mm_at), &mm));
  machine.set(mm_at, OW_F_mm_struct_task_size, 1ULL << 47);
  machine.set(mm_at, OW_F_mm_struct_pgd, 0);
  EXPECT_FALSE(ow_mm_read(fresh(), ow_virt_at(mm_at), &mm));
  EXPECT_FALSE(ow_mm_read(fresh(), ow_virt_at(mm_at + (1ULL << 33)), &mm));
}

TEST_F(ParseMm, StructPages) {
  ow_page page;
  ASSERT_TRUE(ow_page_read(&cursor, machine.first_frame + 1, &page));
  EXPECT_EQ(page.index, 0x401U);
  EXPECT_EQ(page.head_pfn, machine.first_frame + 1);
  EXPECT_TRUE(page.mapping & OW_MAPPING_ANON);
  EXPECT_FALSE(page.compound);

  // A tail of a folio that begins two frames before it.
  const uint64_t tail = machine.page_struct(machine.first_frame + 2);
  machine.set(tail, OW_F_page_compound_head,
              machine.page_struct(machine.first_frame) | 1);
  ASSERT_TRUE(ow_page_read(fresh(), machine.first_frame + 2, &page));
  EXPECT_EQ(page.head_pfn, machine.first_frame);
  EXPECT_EQ(page.index, 0x402U);
  EXPECT_TRUE(page.compound);

  for (const uint64_t bad : {1ULL, 0xffffffffffffffffULL,
                             static_cast<unsigned long long>(tail + 64) | 1,
                             static_cast<unsigned long long>(tail - 24) | 1}) {
    machine.set(tail, OW_F_page_compound_head, bad);
    EXPECT_FALSE(ow_page_read(fresh(), machine.first_frame + 2, &page));
  }
  EXPECT_FALSE(ow_page_read(fresh(), 1ULL << 40, &page));
  EXPECT_FALSE(ow_page_read(fresh(), ~0ULL, &page));
}

// Neither what follows the struct page is read, nor what precedes it.
TEST_F(ParseMm, StructPagesWithAFieldOutside) {
  ow_page page;
  const u64 size = kernel->layout.entries[OW_S_page].value;
  u64& offset = kernel->layout.entries[OW_F_page_index].value;
  for (const u64 outside : {size, size - 4, ~7ULL, ~0ULL}) {
    offset = outside;
    EXPECT_FALSE(ow_page_read(fresh(), machine.first_frame, &page)) << outside;
  }
}

// The second page asked for brings those around it along.
TEST_F(ParseMm, StructPagesByAWindow) {
  const uint64_t third = machine.page_struct(machine.first_frame + 2);
  ow_window window = {};
  ow_page page;
  cursor.window = &window;
  ASSERT_TRUE(ow_page_read(&cursor, machine.first_frame, &page));
  EXPECT_EQ(window.start, 0U);
  ASSERT_TRUE(ow_page_read(&cursor, machine.first_frame + 1, &page));
  EXPECT_EQ(window.start, third / OW_WINDOW_SIZE * OW_WINDOW_SIZE);
  EXPECT_EQ(page.index, 0x401U);

  machine.set(third, OW_F_page_index, 0x999);
  ASSERT_TRUE(ow_page_read(&cursor, machine.first_frame + 2, &page));
  EXPECT_EQ(page.index, 0x402U);
  ASSERT_TRUE(ow_page_read(fresh(), machine.first_frame + 2, &page));
  EXPECT_EQ(page.index, 0x999U);

  // Damage is seen in a window as well.
  cursor.window = &window;
  window = {};
  machine.set(third, OW_F_page_compound_head, 1);
  for (int i = 0; i < 3; i++) {
    EXPECT_FALSE(ow_page_read(&cursor, machine.first_frame + 2, &page));
    ow_cursor_renew(&cursor);
    EXPECT_EQ(cursor.window, &window);
  }
  EXPECT_NE(window.start, 0U);
}

TEST_F(ParseMm, AWindowOverNothing) {
  ow_window window = {};
  cursor.window = &window;
  for (int i = 0; i < 3; i++)
    EXPECT_EQ(ow_see_near(&cursor, ow_virt_at(1ULL << 40), 8), nullptr);
  EXPECT_TRUE(ow_cursor_ok(&cursor));
  // As it is while it is over nothing.
  EXPECT_EQ(ow_see_near(&cursor, ow_virt_at(64), 8), nullptr);
  // What crosses its end is read without it.
  const uint64_t end = machine.page_struct(machine.first_frame) /
                           OW_WINDOW_SIZE * OW_WINDOW_SIZE +
                       OW_WINDOW_SIZE;
  for (int i = 0; i < 3; i++)
    EXPECT_EQ(ow_see_near(&cursor, ow_virt_at(end - 4), 8), nullptr);
  EXPECT_EQ(window.start, 0U);
}

TEST_F(ParseMm, StructPagesOfAnotherSize) {
  ow_page page;
  for (const u64 size : {0ULL, 24ULL, 1ULL << 20, ~0ULL}) {
    kernel->layout.entries[OW_S_page].value = size;
    EXPECT_FALSE(ow_page_read(fresh(), machine.first_frame, &page)) << size;
  }
}

TEST_F(ParseMm, FamiliesHaveARoot) {
  const uint64_t family = machine.make("anon_vma");
  machine.set(family, OW_F_anon_vma_root, family);
  const uint64_t child = machine.make("anon_vma");
  machine.set(child, OW_F_anon_vma_root, family);
  EXPECT_EQ(ow_anon_root(fresh(), ow_virt_at(child)).a, family);
  machine.set(family, OW_F_anon_vma_root, child);
  (void)ow_anon_root(fresh(), ow_virt_at(child));
  EXPECT_FALSE(ow_cursor_ok(&cursor));
}

TEST_F(ParseMm, WhatIsMadeOfAMapping) {
  ow_mm mm;
  ASSERT_TRUE(ow_mm_read(fresh(), ow_virt_at(mm_at), &mm));
  mm.vdso = 0x7fff00004000;
  ow_vma vma = {};
  const auto judge = [&] { return ow_judge_vma(fresh(), &mm, &vma); };
  EXPECT_EQ(judge().grade, OTHERWORLD_EXACT);
  EXPECT_EQ(judge().reason, nullptr);
  vma.flags = machine.constant(OW_C_VM_UFFD_WP);
  EXPECT_EQ(judge().grade, OTHERWORLD_DEGRADED);
  EXPECT_NE(judge().reason, nullptr);
  vma.flags |= machine.constant(OW_C_VM_PFNMAP);
  EXPECT_EQ(judge().grade, OTHERWORLD_LOST);
  // The vdso's own pages are no device's.
  vma.special = true;
  vma.start = mm.vdso - mock::kVvarSize;
  EXPECT_EQ(judge().grade, OTHERWORLD_EXACT);
  vma.start = mm.vdso + mock::kVdsoSize;
  EXPECT_EQ(judge().grade, OTHERWORLD_LOST);
  vma.start = 0;
  mm.vdso = 0;
  EXPECT_EQ(judge().grade, OTHERWORLD_LOST);
}

// --- User page tables
// --------------------------------------------------------

class ParseUser : public ParseMm {
 protected:
  void SetUp() override {
    ParseMm::SetUp();
    process.user_root =
        mock::Machine::phys(machine.get(mm_at, OW_F_mm_struct_pgd));
  }
  std::vector<ow_pte> walk(u64 from, u64 to) {
    std::vector<ow_pte> found;
    ow_user_tables* const tables = ow_user_tables_new(
        kernel.get(), ow_virt_at(machine.get(mm_at, OW_F_mm_struct_pgd)));
    ow_user_walk(
        tables, from, to,
        [](void* priv, const ow_pte* pte) {
          auto* const all = static_cast<std::vector<ow_pte>*>(priv);
          all->push_back(*pte);
          return all->size() < 100000 ? 0 : 1;
        },
        &found, &why);
    ow_user_tables_free(tables);
    return found;
  }
  mock::Process process;
};

TEST_F(ParseUser, PagesAndSwapEntries) {
  const auto found = walk(0x400000, 0x404000);
  EXPECT_EQ(why.status, OW_OK);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[1].address, 0x401000U);
  EXPECT_EQ(found[1].pfn, machine.first_frame + 1);
  EXPECT_EQ(found[1].kind, OW_PTE_PAGE);
  EXPECT_EQ(found[3].kind, OW_PTE_SWAP);
  EXPECT_EQ(ow_swap_type(&found[3]), 1U);
  EXPECT_TRUE(walk(0x600000, 0x700000).empty());
  EXPECT_TRUE(walk(5, 5).empty());
}

TEST_F(ParseUser, PagesWithoutAccessAreStoredInverted) {
  const uint64_t where = machine.user_slot(process, 0x400000);
  machine.mem.put<uint64_t>(
      where,
      (~(machine.first_frame << 12) & 0xffffffffff000) | OW_PTE_PROTNONE);
  const auto found = walk(0x400000, 0x401000);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, OW_PTE_PAGE);
  EXPECT_EQ(found[0].pfn, machine.first_frame);
}

// As __swp_entry() has it.
constexpr uint64_t swap_entry(uint64_t type, uint64_t offset) {
  return type << 59 | (~offset << 14 >> 5);
}

TEST_F(ParseUser, PagesThatAreBeingMoved) {
  const uint64_t where = machine.user_slot(process, 0x401000);
  const auto put = [&](ow_fact type, uint64_t pfn) {
    machine.mem.put<uint64_t>(where, swap_entry(machine.constant(type), pfn));
    const auto found = walk(0x401000, 0x402000);
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? ow_pte{} : found[0];
  };
  struct Type {
    ow_fact fact;
    uint64_t entry;
    bool exclusive;
  };
  const uint64_t pfn = machine.first_frame + 1;
  const uint64_t anon_vma =
      machine.get(machine.page_struct(pfn), OW_F_page_mapping) &
      ~OW_MAPPING_FLAGS;
  for (const auto& [fact, entry, exclusive] :
       {Type{OW_C_SWP_MIGRATION_READ, OW_PTE_PRESENT, false},
        Type{OW_C_SWP_MIGRATION_READ_EXCLUSIVE, OW_PTE_PRESENT, true},
        Type{OW_C_SWP_MIGRATION_WRITE, OW_PTE_PRESENT | OW_PTE_RW, true}}) {
    const ow_pte pte = put(fact, pfn);
    EXPECT_EQ(pte.kind, OW_PTE_PAGE);
    EXPECT_TRUE(pte.moving);
    EXPECT_EQ(pte.pfn, pfn);
    EXPECT_EQ(pte.entry, entry);
    ow_page page;
    ASSERT_TRUE(ow_page_read(fresh(), pte.pfn, &page));
    EXPECT_EQ(ow_pte_is_exclusive(&cursor, &pte, &page), exclusive);
    // Whatever may be left of the mark, the entry is right.
    page.flags = ~0ULL;
    EXPECT_EQ(ow_pte_is_exclusive(&cursor, &pte, &page), exclusive);
    page.flags = 0;
    ow_virt known = {};
    const bool belongs =
        ow_page_belongs(&cursor, &page, ow_virt_at(anon_vma), 0x401, &known);
    EXPECT_TRUE(belongs);
    EXPECT_EQ(ow_judge_page(&cursor, &page, belongs).grade, OTHERWORLD_EXACT);
  }
  const ow_pte used =
      put(OW_C_SWP_MIGRATION_WRITE, pfn | machine.constant(OW_C_SWP_MIG_YOUNG) |
                                        machine.constant(OW_C_SWP_MIG_DIRTY));
  EXPECT_EQ(used.pfn, pfn);
  EXPECT_EQ(used.entry,
            OW_PTE_PRESENT | OW_PTE_RW | OW_PTE_ACCESSED | OW_PTE_DIRTY);
  machine.mem.put<uint64_t>(
      where, machine.mem.get<uint64_t>(where) | OW_PTE_SWP_SOFT_DIRTY);
  EXPECT_EQ(walk(0x401000, 0x402000).at(0).entry,
            used.entry | OW_PTE_SOFT_DIRTY);

  // There is no such frame.
  ow_page page;
  const ow_pte beyond = put(OW_C_SWP_MIGRATION_WRITE, 1ULL << 39);
  EXPECT_EQ(beyond.pfn, 1ULL << 39);
  EXPECT_FALSE(ow_page_read(fresh(), beyond.pfn, &page));
}

TEST_F(ParseUser, WhatElseIsInMotion) {
  const uint64_t where = machine.user_slot(process, 0x401000);
  const auto expect_lost = [&](uint64_t entry) {
    machine.mem.put<uint64_t>(where, entry);
    const auto found = walk(0x401000, 0x402000);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].kind, OW_PTE_SWAP);
    EXPECT_FALSE(found[0].moving);
    EXPECT_EQ(ow_judge_swap(fresh(), found.data()).grade, OTHERWORLD_LOST);
  };
  // Poisoned, on a device, a marker.
  for (const uint64_t type : {24, 28, 31})
    expect_lost(swap_entry(type, machine.first_frame + 1));
  // Of a build that does not tell what it needs.
  const uint64_t type = machine.constant(OW_C_SWP_MIGRATION_READ);
  for (const ow_fact fact : {OW_C_SWP_MIGRATION_READ, OW_C_SWP_PFN_MASK}) {
    kernel->layout.present[fact] = false;
    expect_lost(swap_entry(type, machine.first_frame + 1));
    kernel->layout.present[fact] = true;
  }
}

TEST_F(ParseUser, HugePagesThatAreBeingMoved) {
  const uint64_t type = machine.constant(OW_C_SWP_MIGRATION_WRITE);
  const auto at_level = [&](unsigned level, uint64_t flags) {
    const uint64_t where = machine.user_slot(process, 0x40000000, level);
    machine.mem.put<uint64_t>(where, swap_entry(type, 0x80001) | flags);
    const auto found = walk(0x40000000, 0x40001000);
    EXPECT_EQ(found.size(), 1U);
    machine.mem.put<uint64_t>(where, 0);
    return found.empty() ? ow_pte{} : found[0];
  };
  const ow_pte huge = at_level(2, 0);
  EXPECT_EQ(huge.kind, OW_PTE_PAGE);
  EXPECT_TRUE(huge.moving);
  EXPECT_TRUE(huge.exclusive);
  EXPECT_EQ(huge.size, 0x200000U);
  // Where a huge page has to begin.
  EXPECT_EQ(huge.pfn, 0x80000U);
  // Made invalid, which is what comes before.
  EXPECT_EQ(at_level(2, OW_PTE_HUGE).kind, OW_PTE_SWAP);
  EXPECT_EQ(at_level(3, 0).kind, OW_PTE_SWAP);
}

TEST_F(ParseUser, HugePages) {
  machine.mem.put<uint64_t>(machine.user_slot(process, 0x40000000, 2),
                            0x800000 | mock::kHuge | mock::kPresent);
  const auto found = walk(0x40001000, 0x40002000);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].size, 0x200000U);
  EXPECT_EQ(found[0].address, 0x40000000U);
  EXPECT_EQ(found[0].pfn, 0x800U);
}

TEST_F(ParseUser, ATableThatIsNotThereCostsItsRange) {
  const uint64_t where = machine.user_slot(process, 0x200000, 2);
  machine.mem.put<uint64_t>(where, 0x7770000000 | mock::kPresent);
  EXPECT_EQ(walk(0, 0x600000).size(), 4U);
  EXPECT_EQ(why.status, OW_BAD_DATA);
  machine.mark_table(machine.first_frame);
  machine.mem.put<uint64_t>(where, machine.first_frame << 12 | mock::kPresent);
  EXPECT_EQ(walk(0, 0x600000).size(), 4U);
  EXPECT_EQ(why.status, OW_BAD_ADDRESS);
  EXPECT_EQ(why.space, OW_SPACE_PHYS);
}

TEST_F(ParseUser, WithoutATopTable) {
  machine.set(mm_at, OW_F_mm_struct_pgd, 0x1000);
  EXPECT_TRUE(walk(0, 1ULL << 47).empty());
  EXPECT_NE(why.status, OW_OK);
}

TEST_F(ParseUser, TablesThatAreAboveThemselves) {
  for (uint64_t i = 0; i < 512; i++)
    machine.mem.put<uint64_t>(process.user_root + i * 8,
                              process.user_root | mock::kPresent);
  EXPECT_TRUE(walk(0, 1ULL << 47).empty());
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

TEST_F(ParseUser, TablesThatWereNone) {
  // A stray entry that leads to pages full of what looks like entries.
  const uint64_t junk = machine.page();
  for (uint64_t i = 0; i < 512; i++)
    machine.mem.put<uint64_t>(junk + i * 8, junk | mock::kPresent);
  for (const unsigned level : {2U, 3U, 4U}) {
    const uint64_t where = machine.user_slot(process, 0x10000000000, level);
    const auto before = machine.mem.get<uint64_t>(where);
    machine.mem.put<uint64_t>(where, junk | mock::kPresent);
    EXPECT_TRUE(walk(0x10000000000, 0x18000000000).empty()) << level;
    EXPECT_EQ(why.status, OW_BAD_DATA) << level;
    machine.mem.put<uint64_t>(where, before);
  }
}

TEST_F(ParseUser, TablesOfAKernelThatMarksNone) {
  kernel->layout.present[OW_C_PGTY_table] = false;
  EXPECT_EQ(walk(0x400000, 0x404000).size(), 4U);
}

// One table in the place of many: no more than there can be are looked at.
TEST_F(ParseUser, NoMoreTablesThanPages) {
  kernel->pt.direct_size = mock::Machine::phys(machine.idle) + 0x100000;
  const uint64_t table = machine.user_slot(process, 0x400000) & ~0xfffULL;
  const uint64_t middle = machine.user_slot(process, 0x400000, 2) & ~0xfffULL;
  for (uint64_t i = 0; i < 512; i++) {
    machine.mem.put<uint64_t>(table + i * 8, 0);
    machine.mem.put<uint64_t>(middle + i * 8,
                              (i % 2 ? table : middle) | mock::kPresent);
    machine.mem.put<uint64_t>(process.user_root + i * 8,
                              machine.mem.get<uint64_t>(process.user_root));
  }
  EXPECT_TRUE(walk(0, 1ULL << 47).empty());
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

}  // namespace
