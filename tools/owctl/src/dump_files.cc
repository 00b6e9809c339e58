// SPDX-License-Identifier: GPL-2.0
// Files and mounts of a DumpModel.
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "dump_reader.h"

namespace owctl {
namespace {

// As the kernel keeps a device number inside.
unsigned major_of(u32 device) {
  return device >> 20;
}

unsigned minor_of(u32 device) {
  return device & 0xfffff;
}

std::string type_of(const ow_inode& inode) {
  switch (inode.mode & S_IFMT) {
    case S_IFREG:
      return "file";
    case S_IFDIR:
      return "directory";
    case S_IFLNK:
      return "link";
    case S_IFIFO:
      return "pipe";
    case S_IFSOCK:
      return "socket";
    case S_IFCHR:
      return fmt::format("device c {}:{}", major_of(inode.rdev),
                         minor_of(inode.rdev));
    case S_IFBLK:
      return fmt::format("device b {}:{}", major_of(inode.rdev),
                         minor_of(inode.rdev));
    default:
      return "other";
  }
}

}  // namespace

std::string DumpReader::path_of(ow_virt mnt, ow_virt dentry) {
  ow_cursor c = cursor();
  const char* const path = ::ow_path_build(&c, mnt, dentry, path_.data());
  return path ? path : "";
}

std::string DumpReader::file_path(ow_virt at) {
  ow_cursor c = cursor();
  ow_file file = {};
  if (!::ow_file_read(&c, at, &file))
    return {};
  std::string path = path_of(file.mnt, file.dentry);
  return file.unlinked ? path + " (deleted)" : path;
}

void DumpReader::read_files(const ow_task& body, DumpProcess& process) {
  read_places(body.fs, process);
  if (body.files.a == 0)
    return;
  struct Walk {
    DumpReader& reader;
    DumpProcess& process;
  } walk = {*this, process};
  ow_fault_info why = {};
  ::ow_fds_walk(
      kernel_.get(), body.files,
      [](void* priv, unsigned fd, ow_virt file, bool close_on_exec) {
        auto* const each = static_cast<Walk*>(priv);
        each->reader.read_descriptor(fd, file, close_on_exec, each->process);
        return OW_GO_ON;
      },
      &walk, &why);
  if (why.status != OW_OK)
    process.verdicts.push_back(fault_verdict("some descriptors", why));
}

void DumpReader::read_descriptor(unsigned fd, ow_virt at, bool close_on_exec,
                                 DumpProcess& process) {
  const std::string resource = fmt::format("fd {}", fd);
  ow_cursor c = cursor();
  ow_file file = {};
  if (!::ow_file_read(&c, at, &file)) {
    process.verdicts.push_back(fault_verdict(resource, c.fault));
    return;
  }
  DumpDescriptor descriptor;
  descriptor.number = fd;
  descriptor.close_on_exec = close_on_exec;
  descriptor.type = type_of(file.inode);
  descriptor.file_system = file.inode.fstype;
  descriptor.position = file.pos;
  descriptor.flags = file.flags;
  descriptor.address = at.a;
  const char* const path =
      ::ow_path_build(&c, file.mnt, file.dentry, path_.data());
  descriptor.fate = fate_of(::ow_judge_file(&file, path));
  if (path)
    descriptor.path = path;
  if (!descriptor.fate.reason.empty()) {
    Verdict verdict = verdict_of(resource, descriptor.fate, at.a);
    verdict.misread = !path;
    process.verdicts.push_back(std::move(verdict));
  }
  process.descriptors.push_back(std::move(descriptor));
}

void DumpReader::read_places(ow_virt at, DumpProcess& process) {
  ow_cursor c = cursor();
  ow_fs fs = {};
  if (!::ow_fs_read(&c, at, &fs)) {
    process.verdicts.push_back(fault_verdict("working directory", c.fault));
    return;
  }
  process.umask = fs.umask;
  process.directory = path_of(fs.pwd_mnt, fs.pwd_dentry);
  process.root = path_of(fs.root_mnt, fs.root_dentry);
}

std::vector<DumpMount> DumpReader::read_mounts(std::vector<Verdict>& verdicts) {
  struct Walk {
    DumpReader& reader;
    std::vector<Verdict>& verdicts;
    std::vector<DumpMount> mounts;
  } walk = {*this, verdicts, {}};
  ow_fault_info why = {};
  ::ow_mounts_walk(
      kernel_.get(),
      [](void* priv, ow_virt at) {
        auto* const each = static_cast<Walk*>(priv);
        DumpReader& self = each->reader;
        ow_cursor c = self.cursor();
        ow_mount mount = {};
        if (!::ow_mount_read(&c, at, &mount)) {
          each->verdicts.push_back(fault_verdict("a mount", c.fault));
          return OW_GO_ON;
        }
        DumpMount to;
        to.type = mount.type;
        to.source = mount.source;
        to.flags = mount.ms_flags | (mount.sb_read_only ? MS_RDONLY : 0);
        to.address = at.a;
        to.target = mount.is_root
                        ? "/"
                        : self.path_of(mount.parent_mnt, mount.mountpoint);
        if (const char* root =
                ::ow_dentry_path(&c, mount.root, self.path_.data()))
          to.root = root;
        each->mounts.push_back(std::move(to));
        return OW_GO_ON;
      },
      &walk, &why);
  if (why.status != OW_OK)
    verdicts.push_back(fault_verdict("list of mounts", why));
  return std::move(walk.mounts);
}

}  // namespace owctl
