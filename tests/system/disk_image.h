// SPDX-License-Identifier: GPL-2.0
// A test machine's disk that stays when the machine is gone.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace harness {

class DiskImage {
 public:
  // In the folder beside, which goes with the object.
  explicit DiskImage(const std::filesystem::path& beside);
  ~DiskImage();
  DiskImage(const DiskImage&) = delete;
  DiskImage& operator=(const DiskImage&) = delete;
  // For Options::more.
  [[nodiscard]] std::vector<std::string> options() const;
  // What e2fsck finds to mend, nothing if it finds the file system whole.
  [[nodiscard]] std::string damage() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace harness
