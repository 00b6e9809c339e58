// SPDX-License-Identifier: GPL-2.0
// What programs of the guest said of a death of their kernel: the host end of
// tell() in tests/guest/death.sh.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "harness.h"

namespace harness {

// A directory for Options::copy, with some of the guest's scripts and programs.
class GuestCopy {
 public:
  GuestCopy(const std::vector<std::string>& scripts,
            const std::vector<std::filesystem::path>& programs);
  [[nodiscard]] const std::filesystem::path& path() const {
    return folder_.path();
  }

 private:
  Folder folder_;
};

struct Told {
  struct Word {
    std::string word;
    unsigned long long number;
  };
  // By name, in the order in which they were said.
  std::map<std::string, std::vector<Word>> said;
  std::map<std::string, int> alive;  // their PIDs
  // Of whatever else a script says, by the line's first word.
  std::map<std::string, std::string> other;
  std::string report;  // JSON
  std::string log;     // of the kernel after the death

  // Without the numbers.
  [[nodiscard]] std::vector<std::string> words(const std::string& name) const;
  // The number last said with a word, -1 if it was not.
  [[nodiscard]] long long number(const std::string& name,
                                 const std::string& word) const;
  // What the report says of a process that a decision was made for; {} if none
  // was.
  [[nodiscard]] nlohmann::json procedure(long long pid) const;
};

// One for each death: between two of them the guest says "again".
std::vector<Told> all_told(const Result& result);

}  // namespace harness
