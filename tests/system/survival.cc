// SPDX-License-Identifier: GPL-2.0
#include "survival.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <sstream>
#include <stdexcept>

namespace harness {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> random_faults(unsigned seed, int count, int cpus) {
  const std::vector<std::string> kinds = {"bug", "null", "overflow", "panic",
                                          "hardlockup"};
  std::mt19937 random(seed);
  std::vector<std::string> faults;
  // The generator is the same everywhere, the library's distributions are not.
  for (int i = 0; i < count; i++) {
    const std::string& kind = kinds[random() % kinds.size()];
    const auto cpu = random() % static_cast<unsigned>(cpus);
    const auto milliseconds = random() % 2000;
    faults.push_back(fmt::format("{}:{}+{}.{:03}", kind, cpu,
                                 milliseconds / 1000, milliseconds % 1000));
  }
  return faults;
}

void expect_all_pass(const Result& result, int count) {
  EXPECT_EQ(result.end, "exited") << result;
  auto all = survivals(result);
  for (int i = 1; i <= count; i++) {
    EXPECT_TRUE(all[i].done) << "generation " << i;
    EXPECT_GT(all[i].passed, 0) << "generation " << i;
    for (const auto& line : all[i].failed)
      ADD_FAILURE() << line;
    EXPECT_FALSE(all[i].log.empty()) << "generation " << i;
    constexpr int kFromItsStart = -1;
    for (const auto& line : complaints(all[i].log, kFromItsStart))
      ADD_FAILURE() << "generation " << i << ": " << line;
  }
}

}  // namespace

SurvivorsCopy::SurvivorsCopy(const std::vector<std::string>& scripts)
    : script_(scripts.front()) {
  fs::copy_file(SURVIVORS_PROGRAM, path() / "survivors");
  for (const auto& script : scripts)
    fs::copy_file(guest_programs() / script, path() / script);
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
        survival.skipped.push_back(name);
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

Result die_at_random(const SurvivorsCopy& copy, Options options, unsigned seed,
                     int count) {
  if (const char* wish = std::getenv("OTHERWORLD_SEED"))
    seed = static_cast<unsigned>(std::strtoul(wish, nullptr, 0));
  const auto faults = random_faults(seed, count, options.smp);
  fmt::print("seed {}:", seed);
  for (const auto& fault : faults)
    fmt::print(" {}", fault);
  fmt::print("\n");

  options.copy = copy.path();
  Result result = run(options, copy.command(faults));
  expect_all_pass(result, count);
  return result;
}

void tell_everything(const Result& result) {
  fmt::print("{}\n", result.console);
  for (const auto& line : result.out)
    fmt::print("{}\n", line.text);
}

}  // namespace harness
