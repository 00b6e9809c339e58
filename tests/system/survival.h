// SPDX-License-Identifier: GPL-2.0
// What survivors.sh says, and the directory that it runs from in the guest.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness.h"

namespace harness {

// The survivors and some scripts, for Options::copy.
class SurvivorsCopy {
 public:
  explicit SurvivorsCopy(const std::vector<std::string>& scripts);
  [[nodiscard]] const std::filesystem::path& path() const {
    return folder_.path();
  }
  // The first of the scripts with these words, mostly deaths; and if it shall
  // run `only` these survivors.
  [[nodiscard]] std::vector<std::string> command(
      const std::vector<std::string>& words,
      const std::vector<std::string>& only = {}) const;

 private:
  Folder folder_;
  std::string script_;
};

// One generation of survivors.sh.
struct Survival {
  int passed = 0;
  std::vector<std::string> skipped;
  std::vector<std::string> failed;
  bool done = false;
  std::map<std::string, long long> memory;  // KiB, by /proc/meminfo's names
  std::string log;                          // the kernel's own
};

// By generation. Lines that are not of survivors.sh may stand between its own.
std::map<int, Survival> survivals(std::string_view text);
// The same of all that went to standard output.
std::map<int, Survival> survivals(const Result& result);

// The kernel dies count times, at moments and of faults that the seed chooses,
// or OTHERWORLD_SEED: a run that failed then happens nearly the same again. The
// copy's first script gets the faults. All must pass in each generation, and no
// kernel complain.
Result die_at_random(const SurvivorsCopy& copy, Options options, unsigned seed,
                     int count);

// Where the cause of a failure is mostly said.
void tell_everything(const Result& result);

}  // namespace harness
