// SPDX-License-Identifier: GPL-2.0
// Descriptors, files, their paths, and mounts.
#include "parse_processes_fixture.h"

namespace {

class ParseFiles : public mock::MachineTest {
 protected:
  void SetUp() override {
    start();
    files = of_task(20, OW_F_task_struct_files);
    fdtable = machine.get(files, OW_F_files_struct_fdt);
  }

  struct Descriptor {
    unsigned fd;
    u64 file;
    bool close_on_exec;
  };
  std::vector<Descriptor> descriptors() {
    std::vector<Descriptor> found;
    ow_fds_walk(
        kernel.get(), ow_virt_at(files),
        [](void* priv, unsigned fd, ow_virt file, bool close_on_exec) {
          static_cast<std::vector<Descriptor>*>(priv)->push_back(
              {fd, file.a, close_on_exec});
          return OW_GO_ON;
        },
        &found, &why);
    return found;
  }
  ow_file file(unsigned index) {
    ow_file read{};
    EXPECT_TRUE(
        ow_file_read(fresh(), ow_virt_at(descriptors()[index].file), &read));
    return read;
  }
  std::string path(const ow_file& of) {
    const char* made = ow_path_build(fresh(), of.mnt, of.dentry, buf);
    return made ? made : "(none)";
  }
  std::vector<std::string> mounts() {
    struct Search {
      ParseFiles* self;
      std::vector<std::string> found;
    } search = {this, {}};
    ow_mounts_walk(
        kernel.get(),
        [](void* priv, ow_virt at) {
          auto* const w = static_cast<Search*>(priv);
          ow_mount mount;
          w->found.emplace_back(ow_mount_read(w->self->fresh(), at, &mount)
                                    ? mount.source
                                    : "(damaged)");
          return w->found.size() < 1000 ? OW_GO_ON : 1;
        },
        &search, &why);
    return search.found;
  }

  uint64_t files = 0, fdtable = 0;
  char buf[OW_PATH_MAX];
};

TEST_F(ParseFiles, Descriptors) {
  const auto found = descriptors();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].fd, 0U);
  EXPECT_FALSE(found[0].close_on_exec);
  EXPECT_EQ(found[1].fd, 3U);
  EXPECT_TRUE(found[1].close_on_exec);
  EXPECT_EQ(found[2].fd, 4U);
  EXPECT_EQ(why.status, OW_OK);
}

TEST_F(ParseFiles, DescriptorsThatWereBeingOpened) {
  machine.put(machine.get(fdtable, OW_F_fdtable_fd) + 3ULL * 8, 0);
  EXPECT_EQ(descriptors().size(), 2U);
  EXPECT_EQ(why.status, OW_OK);
}

TEST_F(ParseFiles, TablesThatAreDamaged) {
  machine.set(fdtable, OW_F_fdtable_max_fds, 1ULL << 40);
  EXPECT_TRUE(descriptors().empty());
  EXPECT_EQ(why.status, OW_BAD_DATA);
  why = {};
  // More than there is memory for: what can be read comes.
  machine.set(fdtable, OW_F_fdtable_max_fds, 1 << 24);
  EXPECT_GE(descriptors().size(), 3U);
  EXPECT_NE(why.status, OW_OK);
  why = {};
  machine.set(files, OW_F_files_struct_fdt, 0x1000);
  EXPECT_TRUE(descriptors().empty());
  EXPECT_EQ(why.status, OW_BAD_ADDRESS);
}

TEST_F(ParseFiles, WhatTheyAreOpenOn) {
  const ow_file named = file(0);
  EXPECT_EQ(path(named), "/etc/passwd");
  EXPECT_EQ(named.pos, 42U);
  EXPECT_FALSE(named.unlinked);
  EXPECT_STREQ(named.inode.fstype, "ext4");
  EXPECT_EQ(path(file(1)), "/tmp/scratch");
  EXPECT_EQ(path(file(2)), "");
  EXPECT_EQ(ow_judge_file(&named, "/etc/passwd").reason, nullptr);
  const ow_file pipe = file(2);
  EXPECT_EQ(ow_judge_file(&pipe, "").grade, OTHERWORLD_LOST);
  EXPECT_EQ(ow_judge_file(&named, nullptr).grade, OTHERWORLD_LOST);
  EXPECT_EQ(ow_judge_file(&named, "memfd:x").grade, OTHERWORLD_LOST);
}

TEST_F(ParseFiles, ThatWereDeleted) {
  machine.set(file(0).dentry.a, OW_F_dentry_hash_pprev, 0);
  const ow_file gone = file(0);
  EXPECT_TRUE(gone.unlinked);
  EXPECT_EQ(path(gone), "/etc/passwd");
  EXPECT_EQ(ow_judge_file(&gone, "/etc/passwd").grade, OTHERWORLD_LOST);
}

TEST_F(ParseFiles, NamesInNoDirectory) {
  const ow_file pipe = file(2);
  const auto named = [&](const char* name, u64 length) {
    machine.set(pipe.dentry.a, OW_F_dentry_name, machine.string(name));
    machine.set(pipe.dentry.a, OW_F_dentry_name_len, length);
    // Not the root of its mount, as a pipe's dentry is not.
    machine.set(pipe.mnt.a - machine.layout.table[OW_F_mount_mnt].value,
                OW_F_mount_mnt_root, machine.root_dentry);
    return path(pipe);
  };
  EXPECT_EQ(named("memfd:mine", 10), "memfd:mine");
  EXPECT_EQ(named("dev/zero", 8), "dev/zero");
  EXPECT_EQ(named("", 0), "");
  EXPECT_EQ(named("/etc/shadow", 11), "(none)") << "it must not look like one";
  EXPECT_EQ(named("long", 4096), "(none)");
}

TEST_F(ParseFiles, NamesThatAreNone) {
  const ow_file named = file(0);
  const auto is_refused = [&](uint64_t name, uint64_t length) {
    machine.set(named.dentry.a, OW_F_dentry_name, name);
    machine.set(named.dentry.a, OW_F_dentry_name_len, length);
    return path(named) == "(none)";
  };
  EXPECT_TRUE(is_refused(machine.string("a/b"), 3));
  EXPECT_TRUE(is_refused(machine.string("abc"), 5));
  EXPECT_TRUE(is_refused(machine.string("abc"), 0));
  EXPECT_TRUE(is_refused(machine.string("abc"), 256));
  EXPECT_TRUE(is_refused(0x1000, 3));
  // The hash is the upper half of the same word.
  EXPECT_FALSE(is_refused(machine.string("abc"), 0x1234567800000003));
  EXPECT_EQ(path(named), "/etc/abc");
}

TEST_F(ParseFiles, PathsThatDoNotEnd) {
  const ow_file named = file(0);
  const uint64_t etc = machine.get(named.dentry.a, OW_F_dentry_d_parent);
  machine.set(etc, OW_F_dentry_d_parent, named.dentry.a);
  EXPECT_EQ(path(named), "(none)");
  EXPECT_EQ(ow_dentry_path(fresh(), named.dentry, buf), nullptr);
  EXPECT_FALSE(ow_cursor_ok(&cursor));
  // A root of another tree than its mount's.
  machine.set(etc, OW_F_dentry_d_parent, etc);
  EXPECT_EQ(path(named), "(none)");
}

TEST_F(ParseFiles, MountsThatLieOnEachOther) {
  const ow_file scratch = file(1);
  const uint64_t mounted =
      scratch.mnt.a - machine.layout.table[OW_F_mount_mnt].value;
  const uint64_t root = machine.get(mounted, OW_F_mount_mnt_root);
  machine.set(mounted, OW_F_mount_mnt_mountpoint, root);
  machine.set(machine.root_mount, OW_F_mount_mnt_parent, mounted);
  machine.set(machine.root_mount, OW_F_mount_mnt_mountpoint, root);
  machine.set(mounted, OW_F_mount_mnt_parent, machine.root_mount);
  machine.set(machine.root_mount, OW_F_mount_mnt_root, root);
  EXPECT_EQ(path(scratch), "(none)");
}

TEST_F(ParseFiles, Mounts) {
  EXPECT_EQ(mounts(), (std::vector<std::string>{"/dev/root", "tmpfs"}));
  EXPECT_EQ(why.status, OW_OK);
}

TEST_F(ParseFiles, MountsThatAreDamaged) {
  const uint64_t child =
      machine.word(machine.at(machine.root_mount, OW_F_mount_mnt_mounts));
  const uint64_t mounted =
      child - machine.layout.table[OW_F_mount_mnt_child].value;
  // Of another parent.
  machine.set(mounted, OW_F_mount_mnt_parent, mounted);
  EXPECT_EQ(mounts(), std::vector<std::string>{"/dev/root"});
  EXPECT_EQ(why.status, OW_BAD_DATA);
  why = {};
  machine.set(mounted, OW_F_mount_mnt_parent, machine.root_mount);
  machine.put(child, 0x4141414141414141);
  EXPECT_EQ(mounts().size(), 2U);
  EXPECT_NE(why.status, OW_OK);
}

TEST_F(ParseFiles, MountsBelowThemselves) {
  const uint64_t child =
      machine.word(machine.at(machine.root_mount, OW_F_mount_mnt_mounts));
  const uint64_t mounted =
      child - machine.layout.table[OW_F_mount_mnt_child].value;
  // A mount that is its own parent and its own child.
  machine.set(mounted, OW_F_mount_mnt_parent, mounted);
  const uint64_t head = machine.at(mounted, OW_F_mount_mnt_mounts);
  machine.put(head, child);
  machine.put(head + 8, child);
  machine.put(child, head);
  machine.put(child + 8, head);
  machine.put(machine.at(machine.root_mount, OW_F_mount_mnt_mounts), child);
  EXPECT_LT(mounts().size(), 1000U);
  EXPECT_NE(why.status, OW_OK);
}

TEST_F(ParseFiles, RootAndWorkingDirectory) {
  ow_fs fs;
  ASSERT_TRUE(
      ow_fs_read(fresh(), ow_virt_at(of_task(20, OW_F_task_struct_fs)), &fs));
  EXPECT_STREQ(ow_path_build(fresh(), fs.pwd_mnt, fs.pwd_dentry, buf), "/");
  EXPECT_FALSE(ow_fs_read(fresh(), ow_virt_at(0x10), &fs));
}

}  // namespace
