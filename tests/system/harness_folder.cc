// SPDX-License-Identifier: GPL-2.0
#include "harness_folder.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace harness {

namespace fs = std::filesystem;

Folder::Folder() {
  // Short, because sockets lie in it.
  std::string name = fs::temp_directory_path() / "ow-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), name);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace harness
