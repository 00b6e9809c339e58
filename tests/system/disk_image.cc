// SPDX-License-Identifier: GPL-2.0
#include "disk_image.h"

#include <array>
#include <cstdio>

namespace harness {

DiskImage::DiskImage(const std::filesystem::path& beside)
    : folder_(beside.string() + "-disk") {}

DiskImage::~DiskImage() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::vector<std::string> DiskImage::options() const {
  return {"--disk-dir", folder_.string()};
}

std::string DiskImage::damage() const {
  const std::string command = "PATH=$PATH:/sbin:/usr/sbin e2fsck -fn '" +
                              (folder_ / "root.img").string() + "' 2>&1";
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr)
    return "e2fsck cannot be started";
  std::string said;
  std::array<char, 4096> some = {};
  while (std::fgets(some.data(), some.size(), pipe) != nullptr)
    said += some.data();
  return ::pclose(pipe) == 0 ? "" : said;
}

}  // namespace harness
