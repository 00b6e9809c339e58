// SPDX-License-Identifier: GPL-2.0
// A directory that looks like a machine's root, gone after the test.
#ifndef TESTS_UNIT_OWCTL_FAKE_ROOT_H
#define TESTS_UNIT_OWCTL_FAKE_ROOT_H

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "files.h"
#include "reporter.h"

namespace owctl {

class FakeRoot : public ::testing::Test {
 public:
  FakeRoot(const FakeRoot&) = delete;
  FakeRoot& operator=(const FakeRoot&) = delete;

 protected:
  FakeRoot() {
    std::string name =
        (std::filesystem::temp_directory_path() / "owctl-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    paths = Paths(root_);
  }
  ~FakeRoot() override { std::filesystem::remove_all(root_); }

  void put(const std::string& path, std::string_view text) {
    const std::string whole = paths(path);
    const auto parent = std::filesystem::path(whole).parent_path().string();
    ASSERT_TRUE(make_directories(parent).ok());
    ASSERT_TRUE(write_atomically(whole, text).ok());
  }
  std::string get(const std::string& path) {
    return read_file(paths(path)).value_or("(missing)");
  }

  Paths paths;
  QuietReporter quiet;

 private:
  std::string root_;
};

}  // namespace owctl

#endif
