// SPDX-License-Identifier: GPL-2.0
#include "dead_mounts.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "files.h"

namespace owctl {
namespace {

// With the one that process 1 itself is in.
constexpr std::string_view kRoot = "/";

bool is_mounted(const std::string& where) {
  struct stat here = {};
  struct stat above = {};
  return ::stat(where.c_str(), &here) == 0 &&
         ::stat((where + "/..").c_str(), &above) == 0 &&
         (here.st_dev != above.st_dev || here.st_ino == above.st_ino);
}

bool is_in_memory(std::string_view type) {
  return type == "tmpfs" || type == "devtmpfs";
}

// Where the kernel cannot tell them any more.
const char* options_for(const otherworld_mount& mount) {
  if (*mount.options)
    return mount.options;
  const std::string_view type = mount.type;
  if (type == "devpts")
    return "mode=620,ptmxmode=666,gid=5";
  return type == "tmpfs" ? "mode=1777" : nullptr;
}

std::string join(const std::string& directory, std::string_view below) {
  if (below.empty() || below == kRoot)
    return directory;
  return directory == kRoot ? std::string(below)
                            : directory + std::string(below);
}

mount_attr attributes(const otherworld_mount& mount) {
  mount_attr attr = {};
  attr.attr_clr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                  MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;
  if (mount.flags & MS_RDONLY)
    attr.attr_set |= MOUNT_ATTR_RDONLY;
  if (mount.flags & MS_NOSUID)
    attr.attr_set |= MOUNT_ATTR_NOSUID;
  if (mount.flags & MS_NODEV)
    attr.attr_set |= MOUNT_ATTR_NODEV;
  if (mount.flags & MS_NOEXEC)
    attr.attr_set |= MOUNT_ATTR_NOEXEC;
  if (mount.flags & MS_NODIRATIME)
    attr.attr_set |= MOUNT_ATTR_NODIRATIME;
  if (mount.flags & MS_NOATIME)
    attr.attr_set |= MOUNT_ATTR_NOATIME;
  else if (!(mount.flags & MS_RELATIME))
    attr.attr_set |= MOUNT_ATTR_STRICTATIME;
  return attr;
}

class MountRestorer {
 public:
  MountRestorer(const DeadKernelDevice& device, Reporter& reporter)
      : device_(device), reporter_(reporter) {}

  void restore(const otherworld_mount& mount);
  // Only now: what is read-only cannot be filled, and has no room for mount
  // points.
  void settle();

 private:
  // Where a file system can be seen, and from which of its directories on.
  struct Place {
    std::string target;
    std::string root;
  };
  using Device = std::pair<unsigned, unsigned>;

  Result<> mount_new(const otherworld_mount& mount);
  Result<> bind(const otherworld_mount& mount, const std::string& source);
  Result<> narrow(const otherworld_mount& mount);
  void refresh(const otherworld_mount& mount);
  void fill(const otherworld_mount& mount);
  void settle(const otherworld_mount& mount);
  [[nodiscard]] std::optional<std::string> seen_at(
      const otherworld_mount& mount) const;

  const DeadKernelDevice& device_;
  Reporter& reporter_;
  std::map<Device, Place> places_;
  std::set<std::string> targets_;
  std::vector<otherworld_mount> done_;
};

// Where the directory that a mount shows can be seen already.
std::optional<std::string> MountRestorer::seen_at(
    const otherworld_mount& mount) const {
  const auto found = places_.find({mount.major, mount.minor});
  if (found == places_.end())
    return std::nullopt;
  const auto& [target, root] = found->second;
  const std::string_view wanted = mount.root;
  if (root == kRoot)
    return join(target, wanted);
  if (wanted != root && !wanted.starts_with(root + "/"))
    return std::nullopt;
  return join(target, wanted.substr(root.size()));
}

// Of a file system in memory, whose mount points may be gone.
void make_target(const std::string& target, const std::string& source) {
  struct stat st = {};
  if (::stat(target.c_str(), &st) == 0)
    return;
  if (::stat(source.c_str(), &st) == 0 && !S_ISDIR(st.st_mode))
    (void)open_file(target, O_WRONLY | O_CREAT, 0644).ok();
  else
    ::mkdir(target.c_str(), 0755);
}

Result<> MountRestorer::bind(const otherworld_mount& mount,
                             const std::string& source) {
  make_target(mount.target, source);
  if (::mount(source.c_str(), mount.target, nullptr, MS_BIND, nullptr) != 0)
    return errno_error(fmt::format("binding {} to {}", source, mount.target));
  return {};
}

// The whole file system is there; only one of its directories should be.
Result<> MountRestorer::narrow(const otherworld_mount& mount) {
  const std::string source = join(mount.target, mount.root);
  const Fd part(::open_tree(AT_FDCWD, source.c_str(),
                            OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!part)
    return errno_error(fmt::format("finding {}", source));
  if (::umount2(mount.target, MNT_DETACH) != 0 ||
      ::move_mount(part.get(), "", AT_FDCWD, mount.target,
                   MOVE_MOUNT_F_EMPTY_PATH) != 0)
    return errno_error(fmt::format("mounting a part at {}", mount.target));
  return {};
}

void MountRestorer::fill(const otherworld_mount& mount) {
  if (!is_in_memory(mount.type))
    return;
  auto filled = device_.fill(mount);
  if (!filled)
    reporter_.warn(filled.error().what);
  else if (filled->failed)
    reporter_.warn(fmt::format("{}: {} files came back, {} did not",
                               mount.target, filled->names, filled->failed));
}

Result<> MountRestorer::mount_new(const otherworld_mount& mount) {
  make_target(mount.target, "");
  if (::mount(mount.source, mount.target, mount.type, mount.flags & ~MS_RDONLY,
              options_for(mount)) != 0 &&
      (errno != EROFS ||
       ::mount(mount.source, mount.target, mount.type, mount.flags | MS_RDONLY,
               options_for(mount)) != 0))
    return errno_error(
        fmt::format("mounting {} ({})", mount.target, mount.type));
  fill(mount);
  if (std::string_view(mount.root) != kRoot)
    return narrow(mount);
  return {};
}

// What this process has mounted for itself.
void MountRestorer::refresh(const otherworld_mount& mount) {
  if (std::string_view(mount.type) == "proc" && *mount.options &&
      ::mount(nullptr, mount.target, nullptr, MS_REMOUNT | mount.flags,
              mount.options) != 0)
    reporter_.warn(
        errno_error(fmt::format("options of {}", mount.target)).what);
  fill(mount);
}

void MountRestorer::restore(const otherworld_mount& mount) {
  const std::string target = mount.target;
  // What the dead kernel had booted from lies below the root.
  if (target.empty() || std::string_view(mount.type) == "rootfs")
    return;
  Result<> restored = Result<>();
  // Twice at one place is once over the other.
  if (target == kRoot ||
      (targets_.find(target) == targets_.end() && is_mounted(target)))
    refresh(mount);
  else if (const auto source = seen_at(mount))
    restored = bind(mount, *source);
  else
    restored = mount_new(mount);
  if (!restored) {
    reporter_.warn(restored.error().what);
    return;
  }
  targets_.insert(target);
  places_.try_emplace({mount.major, mount.minor}, Place{target, mount.root});
  done_.push_back(mount);
}

void MountRestorer::settle(const otherworld_mount& mount) {
  mount_attr attr = attributes(mount);
  if (::mount_setattr(AT_FDCWD, mount.target, 0, &attr, sizeof(attr)) != 0)
    reporter_.warn(errno_error(fmt::format("flags of {}", mount.target)).what);
  if (mount.sb_read_only &&
      ::mount(nullptr, mount.target, nullptr,
              MS_REMOUNT | MS_RDONLY | mount.flags, nullptr) != 0)
    reporter_.warn(
        errno_error(fmt::format("making {} read-only", mount.target)).what);
}

void MountRestorer::settle() {
  // Of several at one place only the last can be reached.
  std::set<std::string> settled;
  for (size_t i = done_.size(); i-- > 0;)
    if (settled.insert(done_[i].target).second)
      settle(done_[i]);
}

}  // namespace

void restore_mounts(const DeadKernelDevice& device, Reporter& reporter) {
  MountRestorer restorer(device, reporter);
  for (const auto& mount : device.mounts())
    restorer.restore(mount);
  restorer.settle();
}

}  // namespace owctl
