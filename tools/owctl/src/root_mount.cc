// SPDX-License-Identifier: GPL-2.0
#include "root_mount.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <vector>

#include "root_device.h"

namespace owctl {
namespace {

// Long enough for a slow disk controller; the kernel itself gives a root
// device as long as it wants only with rootwait.
constexpr unsigned long long kDeviceWaitUs = 30 * 1000000ULL;
constexpr unsigned long long kDevicePollUs = 2000;

struct FlagName {
  std::string_view name;
  unsigned long flag;
};
constexpr std::array<FlagName, 8> kFlagNames = {{
    {"noatime", MS_NOATIME},
    {"relatime", MS_RELATIME},
    {"strictatime", MS_STRICTATIME},
    {"nodiratime", MS_NODIRATIME},
    {"lazytime", MS_LAZYTIME},
    {"sync", MS_SYNCHRONOUS},
    {"nodev", MS_NODEV},
    {"nosuid", MS_NOSUID},
}};

bool is_mount_point(const char* path) {
  struct stat here = {};
  struct stat root = {};
  return ::stat(path, &here) == 0 && ::stat("/", &root) == 0 &&
         here.st_dev != root.st_dev;
}

// File systems that live on block devices: those /proc/filesystems lists
// without "nodev".
std::vector<std::string> disk_filesystems() {
  std::vector<std::string> types;
  for (const auto& line :
       split(read_file("/proc/filesystems").value_or(""), '\n'))
    if (!line.starts_with("nodev"))
      types.emplace_back(trim(line));
  return types;
}

// One where the device says what it has, else all that this kernel knows.
std::vector<std::string> likely_types(const std::string& device) {
  if (auto fd = open_file(device, O_RDONLY))
    if (auto id = filesystem_id(fd->get()))
      return {id->type};
  return disk_filesystems();
}

bool needs_no_device(std::string_view type) {
  return type == "9p" || type == "virtiofs" || type == "tmpfs";
}

Result<> mount_as(const std::string& source, const std::string& type,
                  const MountOptions& options, Reporter& reporter) {
  if (::mount(source.c_str(), kNewRoot, type.c_str(), options.flags,
              options.data.c_str()) == 0)
    return {};
  const Error error =
      errno_error(fmt::format("mounting {} as {}", source, type));
  if (errno != EROFS && errno != EACCES)
    return error;
  reporter.warn(fmt::format("{} can only be mounted read-only", source));
  if (::mount(source.c_str(), kNewRoot, type.c_str(), options.flags | MS_RDONLY,
              options.data.c_str()) == 0)
    return {};
  return error;
}

Result<std::string> wait_for_device(const std::string& root,
                                    Reporter& reporter) {
  const auto begin = now_us();
  bool said = false;
  for (;;) {
    if (auto device = find_root_device(Paths(), root))
      return *device;
    const auto waited = now_us() - begin;
    if (waited > kDeviceWaitUs)
      return Error{fmt::format("the root device {} did not appear within {} s",
                               root, kDeviceWaitUs / 1000000),
                   "Is its driver built into the crash kernel?"};
    if (!said && waited > 200000) {
      reporter.info(fmt::format("waiting for {}", root));
      said = true;
    }
    sleep_us(kDevicePollUs);
  }
}

// Removes everything below a directory that is on the initramfs itself.
// By descriptor: /proc, which could name the directory, has moved by then.
void empty_directory(Fd directory, dev_t device) {
  const int fd = directory.get();
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(
      ::fdopendir(::fcntl(fd, F_DUPFD_CLOEXEC, 0)), ::closedir);
  if (!entries)
    return;
  // One thread, so readdir's buffer is ours. NOLINTNEXTLINE
  while (const dirent* entry = ::readdir(entries.get())) {
    const char* name = entry->d_name;
    struct stat st = {};
    if (std::string_view(name) == "." || std::string_view(name) == ".." ||
        ::fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        st.st_dev != device)
      continue;
    if (S_ISDIR(st.st_mode))
      empty_directory(
          Fd(::openat(fd, name,
                      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)),
          device);
    ::unlinkat(fd, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
  }
}

// Nothing to do where something is mounted already.
Result<> mount_here(const char* type, const char* where, unsigned long flags,
                    const char* data) {
  ::mkdir(where, 0755);
  if (is_mount_point(where) || ::mount(type, where, type, flags, data) == 0)
    return {};
  return errno_error(fmt::format("mounting {}", where));
}

bool on_initramfs(int root) {
  struct statfs fs = {};
  return ::fstatfs(root, &fs) == 0 &&
         (fs.f_type == RAMFS_MAGIC || fs.f_type == TMPFS_MAGIC);
}

}  // namespace

Result<> mount_devices() {
  return mount_here("devtmpfs", "/dev", MS_NOSUID, "mode=0755");
}

Result<> mount_kernel_filesystems() {
  constexpr unsigned long kPlain = MS_NOSUID | MS_NOEXEC | MS_NODEV;
  auto proc = mount_here("proc", "/proc", kPlain, nullptr);
  auto sys = mount_here("sysfs", "/sys", kPlain, nullptr);
  auto run = mount_here("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755");
  if (!proc)
    return proc;
  return sys ? run : sys;
}

MountOptions parse_root_flags(std::string_view flags) {
  MountOptions options;
  for (const auto& word : split(flags, ',')) {
    bool known = word == "ro" || word == "rw" || word == "defaults";
    for (const auto& [name, flag] : kFlagNames) {
      if (word != name)
        continue;
      options.flags |= flag;
      known = true;
    }
    if (known)
      continue;
    if (!options.data.empty())
      options.data += ',';
    options.data += word;
  }
  return options;
}

Result<> mount_root(const RootOptions& options, Reporter& reporter) {
  if (options.root.empty())
    return Error{"the kernel command line has no root=",
                 "Add it: the crash kernel finds the root file system by it."};
  const MountOptions mount_options = parse_root_flags(options.flags);
  if (::mkdir(kNewRoot, 0755) != 0 && errno != EEXIST)
    return errno_error(kNewRoot);
  if (needs_no_device(options.type))
    return mount_as(options.root, options.type, mount_options, reporter);
  auto device = wait_for_device(options.root, reporter);
  if (!device)
    return device.error();
  const auto types =
      options.type.empty() ? likely_types(*device) : split(options.type, ',');
  Result<> mounted = Error{
      fmt::format("{}: this kernel knows no file system for disks", *device)};
  for (const auto& type : types) {
    mounted = mount_as(*device, type, mount_options, reporter);
    if (mounted)
      return {};
  }
  if (types.size() > 1)
    return Error{fmt::format("{} has none of the file systems that this "
                             "kernel knows",
                             *device),
                 "Name it with rootfstype= to learn more."};
  return mounted;
}

void settle_root(const RootOptions& options, Reporter& reporter) {
  if (!options.read_only)
    return;
  // A child may be keeping a file open for writing; init can still remount.
  if (::mount(nullptr, kNewRoot, nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
    reporter.warn(errno_error("remounting the root read-only").what);
}

void move_mounts(Reporter& reporter) {
  for (const char* where : {"/dev", "/proc", "/sys", "/run"}) {
    if (!is_mount_point(where))
      continue;
    const std::string target = std::string(kNewRoot) + where;
    if (::mount(where, target.c_str(), nullptr, MS_MOVE, nullptr) == 0)
      continue;
    reporter.warn(errno_error("moving " + std::string(where)).what);
    ::umount2(where, MNT_DETACH);
  }
}

Result<> enter_root() {
  Fd old(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat st = {};
  if (!old || ::fstat(old.get(), &st) != 0 || !on_initramfs(old.get()))
    return Error{"this is not an initramfs; nothing was touched"};
  if (::chdir(kNewRoot) != 0)
    return errno_error("entering the root file system");
  empty_directory(std::move(old), st.st_dev);
  if (::mount(".", "/", nullptr, MS_MOVE, nullptr) != 0)
    return errno_error("moving the root file system to /");
  if (::chroot(".") != 0 || ::chdir("/") != 0)
    return errno_error("changing the root");
  return {};
}

Error exec_init(const std::string& init, int argc, char** argv) {
  std::vector<std::string> candidates = {"/sbin/init", "/etc/init", "/bin/init",
                                         "/bin/sh"};
  if (!init.empty())
    candidates = {init};
  std::string tried;
  for (auto& candidate : candidates) {
    // Words the kernel did not know are init's arguments; they came to us.
    std::vector<char*> arguments = {candidate.data()};
    for (int i = 1; i < argc; ++i)
      arguments.push_back(argv[i]);
    arguments.push_back(nullptr);
    ::execv(candidate.c_str(), arguments.data());
    tried += fmt::format("{}{} ({})", tried.empty() ? "" : ", ", candidate,
                         std::strerror(errno));
  }
  return {fmt::format("no init could be started: {}", tried)};
}

}  // namespace owctl
