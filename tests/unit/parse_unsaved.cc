// SPDX-License-Identifier: GPL-2.0
// Pages of files that the disk may not have: which, and which part of them.
#include "ow_super.h"
#include "ow_xarray.h"
#include "parse_processes_fixture.h"

namespace {

constexpr uint64_t kBlock = 1024, kPage = 4096;

struct Part {
  uint64_t index, start, end;
  bool operator==(const Part&) const = default;
};

std::ostream& operator<<(std::ostream& stream, const Part& part) {
  return stream << part.index << ": " << part.start << " to " << part.end;
}

// One file, whose pages are the frames behind the image, in their order.
class ParseUnsaved : public mock::MachineTest {
 protected:
  void SetUp() override {
    inode = machine.inode(mock::kFileMode, "ext4");
    mapping = machine.make("address_space");
    machine.set(inode, OW_F_inode_i_mapping, mapping);
    const uint64_t array = machine.at(mapping, OW_F_address_space_i_pages);
    node = machine.make("xa_node");
    machine.set(node, OW_F_xa_node_array, array);
    machine.put(machine.at(array, OW_F_xarray_xa_head), node | 2);
    start();
    walker.reset(ow_xa_walker_new(kernel.get()));
  }

  uint64_t page(uint64_t index, const std::vector<ow_fact>& flags) {
    const uint64_t at =
        machine.constant(OW_C_OW_VMEMMAP) +
        (machine.first_frame + index) * machine.layout.size_of("page");
    uint64_t bits = 0;
    for (const auto flag : flags)
      bits |= 1ULL << machine.constant(flag);
    machine.set(at, OW_F_page_flags, bits);
    machine.set(at, OW_F_page_mapping, mapping);
    machine.set(at, OW_F_page_index, index);
    machine.put(machine.at(node, OW_F_xa_node_slots) + 8 * index, at);
    return at;
  }
  void mark(uint64_t index, unsigned mark) {
    const uint64_t where = machine.at(node, OW_F_xa_node_marks) + 8ULL * mark;
    machine.put(where, machine.word(where) | 1ULL << index);
  }
  // A ring of them, and which are valid and on the disk.
  void buffers(uint64_t page, uint64_t size, const std::vector<bool>& valid) {
    std::vector<uint64_t> all;
    for (size_t i = 0; i < valid.size(); i++)
      all.push_back(machine.make("buffer_head"));
    for (size_t i = 0; i < all.size(); i++) {
      machine.set(all[i], OW_F_buffer_head_b_size, size);
      machine.set(all[i], OW_F_buffer_head_b_this_page,
                  all[(i + 1) % all.size()]);
      machine.set(all[i], OW_F_buffer_head_b_state,
                  valid[i] ? 1ULL << machine.constant(OW_C_BH_Uptodate) |
                                 1ULL << machine.constant(OW_C_BH_Mapped)
                           : 0);
    }
    machine.set(page, OW_F_page_private, all[0]);
  }
  std::vector<Part> parts() {
    std::vector<Part> found;
    ow_unsaved_pages_walk(
        walker.get(), kernel.get(), ow_virt_at(inode),
        [](void* priv, const ow_unsaved* part) {
          static_cast<std::vector<Part>*>(priv)->push_back(
              {part->index, part->start, part->end});
          return 0;
        },
        &found, &why);
    return found;
  }

  uint64_t inode = 0, mapping = 0, node = 0;
  std::unique_ptr<ow_xa_walker, decltype(&ow_xa_walker_free)> walker{
      nullptr, &ow_xa_walker_free};
  ow_fault_info why = {};
};

TEST_F(ParseUnsaved, EveryMarkCountsAndNoFlag) {
  for (uint64_t i = 0; i < 5; i++)
    page(i, {OW_C_PG_uptodate});
  for (unsigned i = 0; i < 3; i++)
    mark(i + 1, i);
  EXPECT_EQ(parts(),
            (std::vector<Part>{{1, 0, kPage}, {2, 0, kPage}, {3, 0, kPage}}));
  EXPECT_EQ(why.status, OW_OK);
}

TEST_F(ParseUnsaved, APageThatIsBeingFilledIsLeftOut) {
  page(0, {});
  mark(0, 0);
  buffers(page(1, {OW_C_PG_private}), kPage, {false});
  mark(1, 0);
  EXPECT_EQ(parts(), std::vector<Part>{});
}

TEST_F(ParseUnsaved, ABlockThatWasReadAloneCounts) {
  buffers(page(2, {OW_C_PG_private}), kPage, {true});
  mark(2, 0);
  EXPECT_EQ(parts(), (std::vector<Part>{{2, 0, kPage}}));
}

TEST_F(ParseUnsaved, ValidBuffersMakeRuns) {
  buffers(page(0, {OW_C_PG_private}), kBlock, {false, true, true, false});
  mark(0, 0);
  buffers(page(1, {OW_C_PG_private, OW_C_PG_uptodate}), kBlock,
          {true, false, true, true});
  mark(1, 0);
  EXPECT_EQ(parts(), (std::vector<Part>{{0, kBlock, 3 * kBlock},
                                        {1, 0, kBlock},
                                        {1, 2 * kBlock, kPage}}));
}

TEST_F(ParseUnsaved, ASizeThatCannotBeIsDamage) {
  buffers(page(0, {OW_C_PG_private}), kPage + 1, {true});
  mark(0, 0);
  page(1, {OW_C_PG_uptodate});
  mark(1, 0);
  EXPECT_EQ(parts(), (std::vector<Part>{{1, 0, kPage}}));
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

}  // namespace
