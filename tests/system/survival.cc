// SPDX-License-Identifier: GPL-2.0
#include "survival.h"

#include <sstream>
#include <stdexcept>

#include "harness.h"

namespace harness {

namespace fs = std::filesystem;

SurvivorsCopy::SurvivorsCopy(const std::vector<std::string>& scripts)
    : script_(scripts.front()) {
  std::string name = fs::temp_directory_path() / "survivors-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    throw std::runtime_error("no directory for the guest's programs");
  path_ = name;
  fs::copy_file(SURVIVORS_PROGRAM, path_ / "survivors");
  for (const auto& script : scripts)
    fs::copy_file(guest_programs() / script, path_ / script);
}

SurvivorsCopy::~SurvivorsCopy() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::vector<std::string> SurvivorsCopy::command(
    const std::vector<std::string>& words,
    const std::vector<std::string>& only) const {
  std::vector<std::string> command = {"/root/copy/" + script_};
  for (const auto& survivor : only)
    command.insert(command.end(), {"-p", survivor});
  command.insert(command.end(), words.begin(), words.end());
  return command;
}

std::map<int, Survival> survivals(std::string_view text) {
  std::map<int, Survival> all;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    std::string name;
    int generation = 0;
    if (!(words >> word >> generation))
      continue;
    if (word == "result") {
      std::string outcome;
      words >> name >> outcome;
      Survival& survival = all[generation];
      if (outcome == "pass")
        survival.passed++;
      else if (outcome == "skip:")
        survival.skipped++;
      else
        survival.failed.push_back(line);
    } else if (word == "done") {
      all[generation].done = true;
    } else if (word == "memory") {
      for (long long kib = 0; words >> name >> kib;)
        all[generation].memory[name] = kib;
    } else if (word == "log") {
      std::string rest;
      std::getline(words, rest);
      all[generation].log += rest + "\n";
    }
  }
  return all;
}

std::map<int, Survival> survivals(const Result& result) {
  std::string text;
  for (const auto& line : result.out)
    text += line.text + "\n";
  return survivals(text);
}

}  // namespace harness
