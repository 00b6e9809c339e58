// SPDX-License-Identifier: GPL-2.0
// File systems in memory: xarrays, directories, contents, attributes.
#include "ow_dentries.h"
#include "ow_shmem.h"
#include "ow_xarray.h"
#include "parse_processes_fixture.h"

namespace {

using Entries = std::vector<std::pair<u64, u64>>;

class ParseMemoryFiles : public mock::MachineTest {
 protected:
  void SetUp() override {
    start();
    walker.reset(ow_xa_walker_new(kernel.get()));
  }

  uint64_t node(uint64_t array, unsigned shift, uint64_t parent = 0,
                unsigned slot = 0) {
    const uint64_t made = machine.make("xa_node");
    machine.set(made, OW_F_xa_node_shift, shift);
    machine.set(made, OW_F_xa_node_array, array);
    machine.set(made, OW_F_xa_node_parent, parent);
    machine.set(made, OW_F_xa_node_offset, slot);
    if (parent)
      store(parent, slot, made | 2);
    return made;
  }
  void store(uint64_t node, unsigned slot, uint64_t entry) {
    machine.put(machine.at(node, OW_F_xa_node_slots) + 8ULL * slot, entry);
  }
  void head(uint64_t array, uint64_t entry) {
    machine.put(machine.at(array, OW_F_xarray_xa_head), entry);
  }
  Entries entries(uint64_t array, unsigned marks = 0) {
    Entries found;
    ow_xa_walk(
        walker.get(), ow_virt_at(array), marks,
        [](void* priv, u64 index, u64 entry) {
          static_cast<Entries*>(priv)->emplace_back(index, entry);
          return OW_GO_ON;
        },
        &found, &why);
    return found;
  }

  // A dentry as the first of its parent's children, as d_alloc() puts it.
  uint64_t child(const char* name, uint64_t parent, uint64_t mode) {
    const uint64_t made =
        machine.dentry(name, parent, machine.inode(mode, "tmpfs"));
    const uint64_t first = machine.at(parent, OW_F_dentry_d_children);
    const uint64_t link = machine.at(made, OW_F_dentry_d_sib);
    const uint64_t next = machine.word(first);
    machine.put(link, next);
    machine.put(link + 8, first);
    if (next)
      machine.put(next + 8, link);
    machine.put(first, link);
    return made;
  }
  std::string names(uint64_t root) {
    struct State {
      ParseMemoryFiles* self;
      std::string text;
      unsigned count;
    } walk = {this, "", 0};
    ow_dentry_visitor visitor = {};
    visitor.priv = &walk;
    visitor.enter = [](void* priv, const ow_dentry* dentry) {
      auto* const w = static_cast<State*>(priv);
      w->text += std::string(dentry->name) + " ";
      const bool directory =
          w->self->machine.get(dentry->inode.a, OW_F_inode_i_mode) ==
          mock::kDirectoryMode;
      if (directory)
        w->text += "( ";
      if (++w->count > 1000)
        return -1;
      return directory ? OW_DENTRY_BELOW : OW_DENTRY_PAST;
    };
    visitor.leave = [](void* priv, ow_virt) {
      static_cast<State*>(priv)->text += ") ";
      return 0;
    };
    ow_dentries_walk(kernel.get(), ow_virt_at(root), &visitor, &why);
    return walk.text;
  }

  struct Free {
    void operator()(ow_xa_walker* w) const { ow_xa_walker_free(w); }
  };
  std::unique_ptr<ow_xa_walker, Free> walker;
};

TEST_F(ParseMemoryFiles, XarrayWithOneEntry) {
  const uint64_t array = machine.make("xarray");
  EXPECT_TRUE(entries(array).empty());
  head(array, 0x1000);
  EXPECT_EQ(entries(array), (Entries{{0, 0x1000}}));
}

TEST_F(ParseMemoryFiles, XarrayOfTwoLevels) {
  const uint64_t array = machine.make("xarray");
  const uint64_t top = node(array, 6);
  const uint64_t low = node(array, 0, top, 2);
  head(array, top | 2);
  store(low, 5, 0x2000);
  store(low, 7, 43);          // a value
  store(top, 3, 0x4000);      // 64 indices at once
  store(top, 4, 3 << 2 | 2);  // a sibling of it
  EXPECT_EQ(entries(array), (Entries{{133, 0x2000}, {135, 43}, {192, 0x4000}}));
  EXPECT_EQ(why.status, OW_OK);
}

TEST_F(ParseMemoryFiles, XarrayByMark) {
  const uint64_t array = machine.make("xarray");
  const uint64_t top = node(array, 0);
  head(array, top | 2);
  store(top, 1, 0x1000);
  store(top, 2, 0x2000);
  machine.put(machine.at(top, OW_F_xa_node_marks) + 8, 1 << 2);
  EXPECT_EQ(entries(array, OW_XA_MARK_1), (Entries{{2, 0x2000}}));
  EXPECT_TRUE(entries(array, OW_XA_MARK_0).empty());
}

TEST_F(ParseMemoryFiles, XarrayThatPointsBackAtItself) {
  const uint64_t array = machine.make("xarray");
  const uint64_t top = node(array, 6);
  head(array, top | 2);
  store(top, 0, top | 2);
  store(top, 1, 0x1000);
  EXPECT_EQ(entries(array), (Entries{{64, 0x1000}}));
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

TEST_F(ParseMemoryFiles, XarrayWithAStrangersNode) {
  const uint64_t array = machine.make("xarray");
  const uint64_t top = node(array, 6);
  const uint64_t low = node(array + 8, 0, top, 0);
  head(array, top | 2);
  store(low, 0, 0x1000);
  EXPECT_TRUE(entries(array).empty());
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

TEST_F(ParseMemoryFiles, Directories) {
  const uint64_t root =
      machine.dentry("/", 0, machine.inode(mock::kDirectoryMode, "tmpfs"));
  EXPECT_EQ(names(root), "");
  child("a", root, mock::kFileMode);
  const uint64_t dir = child("dir", root, mock::kDirectoryMode);
  child("empty", root, mock::kDirectoryMode);
  const uint64_t below = child("below", dir, mock::kDirectoryMode);
  child("x", below, mock::kFileMode);
  EXPECT_EQ(names(root), "empty ( ) dir ( below ( x ) ) a ");
  EXPECT_EQ(why.status, OW_OK);
}

TEST_F(ParseMemoryFiles, NamesThatWereRemoved) {
  const uint64_t root =
      machine.dentry("/", 0, machine.inode(mock::kDirectoryMode, "tmpfs"));
  const uint64_t gone = child("gone", root, mock::kFileMode);
  const uint64_t missing = child("missing", root, mock::kFileMode);
  child("there", root, mock::kFileMode);
  machine.set(gone, OW_F_dentry_hash_pprev, 0);
  machine.set(missing, OW_F_dentry_d_inode, 0);
  EXPECT_EQ(names(root), "there ");
}

TEST_F(ParseMemoryFiles, DirectoriesInACircle) {
  const uint64_t root =
      machine.dentry("/", 0, machine.inode(mock::kDirectoryMode, "tmpfs"));
  child("last", root, mock::kFileMode);
  const uint64_t dir = child("dir", root, mock::kDirectoryMode);
  const uint64_t below = child("below", dir, mock::kDirectoryMode);
  // Below itself, by a link that does not lead back.
  machine.put(machine.at(below, OW_F_dentry_d_children),
              machine.at(dir, OW_F_dentry_d_sib));
  EXPECT_EQ(names(root), "dir ( below ( ) ) last ");
  EXPECT_EQ(why.status, OW_BAD_DATA);
  // A sibling of itself.
  machine.put(machine.at(below, OW_F_dentry_d_children), 0);
  machine.put(machine.at(below, OW_F_dentry_d_sib),
              machine.at(below, OW_F_dentry_d_sib));
  EXPECT_EQ(names(root), "dir ( below ( ) ) last ");
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

TEST_F(ParseMemoryFiles, NamesThatAreNone) {
  const uint64_t root =
      machine.dentry("/", 0, machine.inode(mock::kDirectoryMode, "tmpfs"));
  child("fine", root, mock::kFileMode);
  child("..", root, mock::kDirectoryMode);
  child("a/b", root, mock::kFileMode);
  EXPECT_EQ(names(root), "fine ");
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

TEST_F(ParseMemoryFiles, ANameThatIsLeft) {
  const uint64_t root =
      machine.dentry("/", 0, machine.inode(mock::kDirectoryMode, "tmpfs"));
  const uint64_t removed = child("removed", root, mock::kFileMode);
  const uint64_t inode = machine.get(removed, OW_F_dentry_d_inode);
  const uint64_t other = machine.dentry("other", root, inode);
  const uint64_t first = machine.at(inode, OW_F_inode_i_dentry);
  const uint64_t one = machine.at(removed, OW_F_dentry_d_alias);
  const uint64_t two = machine.at(other, OW_F_dentry_d_alias);
  machine.put(first, one);
  machine.put(one + 8, first);
  machine.put(one, two);
  machine.put(two + 8, one);
  machine.set(removed, OW_F_dentry_hash_pprev, 0);
  EXPECT_EQ(ow_inode_name(fresh(), ow_virt_at(inode)).a, other);
  machine.set(other, OW_F_dentry_hash_pprev, 0);
  EXPECT_EQ(ow_inode_name(fresh(), ow_virt_at(inode)).a, 0U);
  EXPECT_TRUE(ow_cursor_ok(&cursor));
  machine.put(two, one);
  EXPECT_EQ(ow_inode_name(fresh(), ow_virt_at(inode)).a, 0U);
  EXPECT_FALSE(ow_cursor_ok(&cursor));
}

class ParseShmem : public ParseMemoryFiles {
 protected:
  void SetUp() override {
    ParseMemoryFiles::SetUp();
    info = machine.make("shmem_inode_info");
    inode = machine.at(info, OW_F_shmem_inode_info_vfs_inode);
    const uint64_t like = machine.inode(mock::kFileMode, "tmpfs");
    machine.set(inode, OW_F_inode_i_sb, machine.get(like, OW_F_inode_i_sb));
    machine.set(inode, OW_F_inode_i_mode, mock::kFileMode);
    mapping = machine.at(inode, OW_F_inode_i_data);
    machine.set(inode, OW_F_inode_i_mapping, mapping);
    top = node(machine.at(mapping, OW_F_address_space_i_pages), 0);
    head(machine.at(mapping, OW_F_address_space_i_pages), top | 2);
  }
  void page(unsigned index, uint64_t pfn) {
    const uint64_t made = machine.page_struct(pfn);
    machine.set(made, OW_F_page_mapping, mapping);
    machine.set(made, OW_F_page_index, index);
    store(top, index, made);
  }
  std::vector<ow_shmem_page> pages() {
    std::vector<ow_shmem_page> found;
    ow_shmem shmem;
    if (!ow_shmem_read(fresh(), ow_virt_at(inode), &shmem))
      return found;
    ow_shmem_pages_walk(
        walker.get(), kernel.get(), &shmem,
        [](void* priv, const ow_shmem_page* page) {
          static_cast<std::vector<ow_shmem_page>*>(priv)->push_back(*page);
          return OW_GO_ON;
        },
        &found, &why);
    return found;
  }

  uint64_t info = 0, inode = 0, mapping = 0, top = 0;
};

TEST_F(ParseShmem, Contents) {
  page(3, machine.first_frame);
  const auto found = pages();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].index, 3U);
  EXPECT_EQ(found[0].pfn, machine.first_frame);
  EXPECT_EQ(found[0].problem, nullptr);
  EXPECT_FALSE(found[0].swapped);
}

TEST_F(ParseShmem, SwappedOut) {
  // As xa_mk_value(); the second one spans three indices.
  store(top, 4, (2ULL << 58 | 10) << 1 | 1);
  store(top, 8, 20 << 1 | 1);
  store(top, 9, 8 << 2 | 2);
  store(top, 10, 8 << 2 | 2);
  const auto found = pages();
  ASSERT_EQ(found.size(), 4U);
  for (const auto& page : found) {
    EXPECT_TRUE(page.swapped);
    EXPECT_EQ(page.problem, nullptr);
  }
  EXPECT_EQ(found[0].type, 2U);
  EXPECT_EQ(found[0].slot, 10U);
  EXPECT_EQ(found[3].index, 10U);
  EXPECT_EQ(found[3].type, 0U);
  EXPECT_EQ(found[3].slot, 22U);
}

TEST_F(ParseShmem, PagesOfAnother) {
  page(1, machine.first_frame);
  page(2, machine.first_frame + 1);
  machine.set(machine.page_struct(machine.first_frame), OW_F_page_mapping,
              mapping + 64);
  machine.set(machine.page_struct(machine.first_frame + 1), OW_F_page_index, 7);
  store(top, 5, machine.page_struct(machine.first_frame) + 8);
  const auto found = pages();
  ASSERT_EQ(found.size(), 3U);
  for (const auto& page : found)
    EXPECT_NE(page.problem, nullptr) << page.index;
}

TEST_F(ParseShmem, AnInodeOfAnotherFileSystem) {
  const uint64_t other = machine.inode(mock::kFileMode, "ext4");
  machine.set(inode, OW_F_inode_i_sb, machine.get(other, OW_F_inode_i_sb));
  ow_shmem shmem;
  EXPECT_FALSE(ow_shmem_read(fresh(), ow_virt_at(inode), &shmem));
}

TEST_F(ParseShmem, SymbolicLinks) {
  machine.set(inode, OW_F_inode_i_mode, 0120777);
  machine.set(inode, OW_F_inode_i_link, machine.string("there"));
  machine.set(inode, OW_F_inode_i_size, 5);
  std::vector<char> buf(OW_PATH_MAX);
  ow_shmem shmem;
  ASSERT_TRUE(ow_shmem_read(fresh(), ow_virt_at(inode), &shmem));
  ASSERT_TRUE(ow_shmem_link(fresh(), &shmem, buf.data()));
  EXPECT_STREQ(buf.data(), "there");
  shmem.inode.size = 7;
  EXPECT_FALSE(ow_shmem_link(fresh(), &shmem, buf.data()));
  shmem.inode.size = 1 << 20;
  EXPECT_FALSE(ow_shmem_link(fresh(), &shmem, buf.data()));
}

TEST_F(ParseShmem, ExtendedAttributes) {
  const auto attribute = [&](const char* name, const char* value,
                             uint64_t parent) {
    const uint64_t made = machine.make("simple_xattr");
    machine.alloc(64);
    machine.set(made, OW_F_simple_xattr_name, machine.string(name));
    machine.set(made, OW_F_simple_xattr_size, strlen(value));
    std::memcpy(machine.mem.at(mock::Machine::phys(
                    machine.at(made, OW_F_simple_xattr_value))),
                value, strlen(value));
    const uint64_t rb = machine.at(made, OW_F_simple_xattr_rb_node);
    machine.set(rb, OW_F_rb_node___rb_parent_color, parent | 1);
    return rb;
  };
  const uint64_t root = attribute("user.m", "middle", 0);
  const uint64_t left = attribute("user.a", "", root);
  const uint64_t right = attribute("user.z", "last", root);
  machine.set(root, OW_F_rb_node_rb_left, left);
  machine.set(root, OW_F_rb_node_rb_right, right);
  const auto read = [&] {
    std::map<std::string, std::string> found;
    ow_xattrs_walk(
        kernel.get(), ow_virt_at(root),
        [](void* priv, const char* name, const void* value, size_t size) {
          (*static_cast<std::map<std::string, std::string>*>(priv))[name] =
              std::string(static_cast<const char*>(value), size);
          return OW_GO_ON;
        },
        &found, &why);
    return found;
  };
  EXPECT_EQ(read(),
            (std::map<std::string, std::string>{
                {"user.a", ""}, {"user.m", "middle"}, {"user.z", "last"}}));
  EXPECT_EQ(why.status, OW_OK);
  // In a circle.
  machine.set(right, OW_F_rb_node_rb_right, root);
  read();
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

}  // namespace
