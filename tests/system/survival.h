// SPDX-License-Identifier: GPL-2.0
// What survivors.sh says, and the directory that it runs from in the guest.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace harness {

struct Result;

// The survivors and some scripts, for Options::copy.
class SurvivorsCopy {
 public:
  explicit SurvivorsCopy(const std::vector<std::string>& scripts);
  ~SurvivorsCopy();
  SurvivorsCopy(const SurvivorsCopy&) = delete;
  SurvivorsCopy& operator=(const SurvivorsCopy&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // The first of the scripts with these words, mostly deaths; and if it shall
  // run `only` these survivors.
  [[nodiscard]] std::vector<std::string> command(
      const std::vector<std::string>& words,
      const std::vector<std::string>& only = {}) const;

 private:
  std::filesystem::path path_;
  std::string script_;
};

// One generation of survivors.sh.
struct Survival {
  int passed = 0;
  int skipped = 0;
  std::vector<std::string> failed;
  bool done = false;
  std::map<std::string, long long> memory;  // KiB, by /proc/meminfo's names
  std::string log;                          // the kernel's own
};

// By generation. Lines that are not of survivors.sh may stand between its own.
std::map<int, Survival> survivals(std::string_view text);
// The same of all that went to standard output.
std::map<int, Survival> survivals(const Result& result);

}  // namespace harness
