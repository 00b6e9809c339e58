// SPDX-License-Identifier: GPL-2.0
#include "dead_mounts.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "files.h"

namespace owctl {
namespace {

bool is_mounted(const std::string& where) {
  struct stat here = {};
  struct stat above = {};
  return ::stat(where.c_str(), &here) == 0 &&
         ::stat((where + "/..").c_str(), &above) == 0 &&
         (here.st_dev != above.st_dev || here.st_ino == above.st_ino);
}

// What a file system is told at its first mount and does not keep as text.
const char* options_for(std::string_view type) {
  if (type == "devpts")
    return "mode=620,ptmxmode=666,gid=5";
  if (type == "tmpfs")
    return "mode=1777";
  return nullptr;
}

}  // namespace

void restore_mounts(const std::vector<otherworld_mount>& mounts,
                    Reporter& reporter) {
  for (const auto& mount : mounts) {
    const std::string target = mount.target;
    // The root itself, and what the dead kernel had booted from below it.
    if (target.empty() || target == "/" || is_mounted(target))
      continue;
    if (std::string_view(mount.root) != "/") {
      reporter.warn(
          fmt::format("{}: a bind mount is not restored yet", target));
      continue;
    }
    // Of a file system in memory, which has lost its directories.
    ::mkdir(target.c_str(), 0755);
    if (::mount(mount.source, target.c_str(), mount.type, mount.flags,
                options_for(mount.type)) != 0)
      reporter.warn(
          errno_error(fmt::format("mounting {} ({})", target, mount.type))
              .what);
  }
}

}  // namespace owctl
