// SPDX-License-Identifier: GPL-2.0
// A temporary directory, which goes with the object and all that lies in it.
#pragma once

#include <filesystem>

namespace harness {

class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace harness
