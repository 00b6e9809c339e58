// SPDX-License-Identifier: GPL-2.0
#include "region_store.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "policy_words.h"
#include "region.h"

namespace owctl {
namespace {

constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
constexpr mode_t kShared = 01777;
constexpr uint64_t kStoresPerMemory = 16;
constexpr uint64_t kUsersPerStore = 4;
// A region is a header and two copies, each of a page at least.
constexpr uint64_t kBytesPerFile = 16 * kKiB;
constexpr uint64_t kFewestFiles = 64;
constexpr std::string_view kBlockLimit = "usrquota_block_hardlimit";

uint64_t files_in(uint64_t bytes) {
  return std::max(bytes / kBytesPerFile, kFewestFiles);
}

struct MountLine {
  std::string type;
  std::vector<std::string> options;  // of the file system

  [[nodiscard]] std::optional<uint64_t> number(std::string_view key) const {
    for (const auto& option : options)
      if (option.starts_with(key) && option.size() > key.size() &&
          option[key.size()] == '=')
        if (auto size = parse_size(option.substr(key.size() + 1)))
          return *size;
    return {};
  }
};

// The uppermost at that place.
std::optional<MountLine> find_mount(const Paths& paths) {
  constexpr size_t kPlace = 4;
  const auto text = read_file(paths("/proc/self/mountinfo"));
  std::optional<MountLine> found;
  if (!text)
    return found;
  for (const auto& line : split(*text, '\n')) {
    const auto words = split(line, ' ');
    const auto dash = std::find(words.begin(), words.end(), "-");
    // - TYPE SOURCE OPTIONS
    if (words.size() > kPlace && words[kPlace] == kRegionStore &&
        words.end() - dash > 3)
      found = MountLine{dash[1], split(dash[3], ',')};
  }
  return found;
}

Result<uint64_t> memory_size(const Paths& paths) {
  const auto text = read_file(paths("/proc/meminfo"));
  if (!text)
    return text.error();
  for (const auto& line : split(*text, '\n')) {
    const auto words = split(line, ' ');
    uint64_t kib = 0;
    if (words.size() > 1 && words[0] == "MemTotal:" &&
        parse_number(words[1], kib))
      return kib * kKiB;
  }
  return Error{"/proc/meminfo does not say how much memory there is"};
}

void warn_of_no_quota(Reporter& reporter) {
  reporter.warn(
      fmt::format("{}: any user may fill it: there are no quotas on it, for "
                  "which the kernel needs CONFIG_TMPFS_QUOTA",
                  kRegionStore));
}

Result<> mount_store(const std::string& target, const StoreLimits& limits,
                     StoreSystem& system, Reporter& reporter) {
  // Nobody else's until all directories are there.
  const std::string mode = "mode=0755,";
  if (system.mount(target, kFlags, mode + limits.options(true)) == 0)
    return {};
  if (errno == EINVAL &&
      system.mount(target, kFlags, mode + limits.options(false)) == 0) {
    warn_of_no_quota(reporter);
    return {};
  }
  return errno_error(fmt::format("mounting {}", kRegionStore));
}

// What the policy does not say stays as it was: the memory that there is may
// be a little less or more in each generation.
Result<> adjust_store(const std::string& target, const MountLine& mounted,
                      const RegionLimits& wanted, const StoreLimits& limits,
                      StoreSystem& system, Reporter& reporter) {
  if (mounted.type != "tmpfs")
    return Error{
        fmt::format("{} is a {}, which does not outlive a crash as a tmpfs "
                    "does",
                    kRegionStore, mounted.type),
        "Unmount it, and arm again."};
  const auto per_user = mounted.number(kBlockLimit);
  if (!per_user)
    warn_of_no_quota(reporter);
  else if (wanted.per_user && per_user != wanted.per_user)
    reporter.warn(
        fmt::format("{}: what each user may have is not changed while it is "
                    "mounted: unmount it and arm again, which removes all "
                    "regions",
                    kRegionStore));
  if (!wanted.size || mounted.number("size") == wanted.size)
    return {};
  if (system.mount(
          target, kFlags | MS_REMOUNT,
          fmt::format("size={},nr_inodes={}", limits.size, limits.files)) != 0)
    return errno_error(fmt::format("giving {} the size {}", kRegionStore,
                                   format_size(limits.size)));
  return {};
}

Result<> provide_directory(int store, uint32_t uid, StoreSystem& system,
                           Reporter& reporter) {
  const std::string name = std::to_string(uid);
  const auto failed = [&] {
    return errno_error(fmt::format("making {}/{}", kRegionStore, name));
  };
  if (::mkdirat(store, name.c_str(), 0700) != 0 && errno != EEXIST)
    return failed();
  struct stat st = {};
  if (::fstatat(store, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0)
    return failed();
  if (st.st_uid == uid && S_ISDIR(st.st_mode))
    return {};
  // Only what is ours is given away: nobody can put another in its place.
  if (st.st_uid == ::geteuid() && S_ISDIR(st.st_mode)) {
    if (system.give(store, name, uid) != 0)
      return failed();
    return {};
  }
  reporter.warn(
      fmt::format("{}/{} is not a directory of user {}, but user {}'s: user "
                  "{} cannot have regions until it is removed",
                  kRegionStore, name, uid, st.st_uid, uid));
  return {};
}

Result<> provide_directories(const std::string& target,
                             const std::vector<uint32_t>& uids,
                             StoreSystem& system, Reporter& reporter) {
  auto store = open_file(target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!store)
    return store.error();
  for (const auto uid : uids) {
    auto provided = provide_directory(store->get(), uid, system, reporter);
    if (!provided)
      return provided;
  }
  if (::fchmod(store->get(), kShared) != 0)
    return errno_error(fmt::format("opening {} to all users", kRegionStore));
  return {};
}

}  // namespace

int StoreSystem::mount(const std::string& target, unsigned long flags,
                       const std::string& options) {
  return ::mount("otherworld", target.c_str(), "tmpfs", flags, options.c_str());
}

int StoreSystem::give(int directory, const std::string& name, uint32_t uid) {
  return ::fchownat(directory, name.c_str(), uid,
                    std::numeric_limits<gid_t>::max(), AT_SYMLINK_NOFOLLOW);
}

Result<StoreSystem::Space> StoreSystem::space(const std::string& target) {
  struct statvfs st = {};
  if (::statvfs(target.c_str(), &st) != 0)
    return errno_error(target);
  return Space{st.f_blocks * st.f_frsize,
               (st.f_blocks - st.f_bfree) * st.f_frsize};
}

std::string StoreLimits::options(bool with_quota) const {
  auto text = fmt::format("size={},nr_inodes={}", size, files);
  if (with_quota)
    text += fmt::format(",usrquota,{}={},usrquota_inode_hardlimit={}",
                        kBlockLimit, per_user, files_per_user);
  return text;
}

StoreLimits store_limits(const RegionLimits& limits, uint64_t memory,
                         size_t users) {
  StoreLimits all;
  // Whole MiB, which are easier to read.
  all.size = limits.size.value_or(
      std::max(memory / kStoresPerMemory / kMiB, uint64_t{1}) * kMiB);
  all.per_user =
      std::min(all.size, limits.per_user.value_or(all.size / kUsersPerStore));
  all.files_per_user = files_in(all.per_user);
  // The directories of users take none from the regions.
  all.files = files_in(all.size) + users;
  return all;
}

std::optional<RegionStore> find_region_store(const Paths& paths,
                                             StoreSystem& system) {
  const auto mounted = find_mount(paths);
  if (!mounted)
    return {};
  const auto space = system.space(paths(kRegionStore));
  if (!space)
    return {};
  return RegionStore{space->size, space->used, mounted->number(kBlockLimit)};
}

Result<> provide_region_store(const Paths& paths, const RegionLimits& limits,
                              StoreSystem& system, Reporter& reporter) {
  const auto memory = memory_size(paths);
  if (!memory)
    return memory.error();
  const auto uids = all_uids(paths);
  const auto all = store_limits(limits, *memory, uids.size());
  const std::string target = paths(kRegionStore);
  const auto mounted = find_mount(paths);
  auto made = make_directories(target);
  if (made)
    made = mounted
               ? adjust_store(target, *mounted, limits, all, system, reporter)
               : mount_store(target, all, system, reporter);
  if (!made)
    return made;
  return provide_directories(target, uids, system, reporter);
}

}  // namespace owctl
