// SPDX-License-Identifier: GPL-2.0
#include "cpio.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <utility>

namespace owctl {
namespace {

constexpr std::string_view kTrailer = "TRAILER!!!";

void pad(std::string& archive) {
  archive.resize((archive.size() + 3) & ~size_t{3}, '\0');
}

}  // namespace

void CpioWriter::entry(std::string_view path, unsigned mode,
                       std::string_view data, unsigned rdev_major,
                       unsigned rdev_minor) {
  const bool trailer = path == kTrailer;
  // A time stamp would make equal archives differ for no reason.
  constexpr unsigned kMtime = 0;
  const unsigned links = S_ISDIR(mode) ? 2 : 1;
  archive_ += fmt::format(
      "070701{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}"
      "{:08X}{:08X}{:08X}",
      trailer ? 0 : ++inode_, mode, 0, 0, links, kMtime, data.size(), 0, 0,
      rdev_major, rdev_minor, path.size() + 1, 0);
  archive_ += path;
  archive_ += '\0';
  pad(archive_);
  archive_ += data;
  pad(archive_);
}

void CpioWriter::parents(std::string_view path) {
  for (size_t at = path.find('/'); at != std::string_view::npos;
       at = path.find('/', at + 1))
    directory(path.substr(0, at));
}

void CpioWriter::directory(std::string_view path, unsigned permissions) {
  if (directories_.contains(path))
    return;
  parents(path);
  directories_.emplace(path);
  entry(path, S_IFDIR | permissions, {});
}

void CpioWriter::file(std::string_view path, unsigned permissions,
                      std::string_view data) {
  parents(path);
  entry(path, S_IFREG | permissions, data);
}

void CpioWriter::character_device(std::string_view path, unsigned permissions,
                                  unsigned major, unsigned minor) {
  parents(path);
  entry(path, S_IFCHR | permissions, {}, major, minor);
}

std::string CpioWriter::finish() {
  entry(kTrailer, 0, {});
  return std::move(archive_);
}

}  // namespace owctl
