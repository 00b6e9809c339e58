// SPDX-License-Identifier: GPL-2.0
#include "takeover.h"

#include <fmt/core.h>

#include <cstdlib>
#include <sstream>

namespace harness {
namespace {

std::string rest_of(std::istringstream& words) {
  std::string rest;
  std::getline(words >> std::ws, rest);
  return rest;
}

void read_fact(Generation& generation, std::istringstream& words) {
  std::string name;
  words >> name;
  std::string value = rest_of(words);
  // Names that are a family: "sysctl NAME = VALUE", "blk NAME VALUE".
  if (name == "sysctl") {
    const size_t equals = value.find(" = ");
    name += " " + value.substr(0, equals);
    value = equals == std::string::npos ? "" : value.substr(equals + 3);
  } else if (name == "blk") {
    const size_t space = value.find(' ');
    name += " " + value.substr(0, space);
    value = space == std::string::npos ? "" : value.substr(space + 1);
  }
  generation.facts[name].push_back(value);
}

}  // namespace

std::vector<Fault> faults(const std::vector<std::string>& kinds, int count,
                          int cpus) {
  const int rounds_of = static_cast<int>(kinds.size());
  std::vector<Fault> faults;
  faults.reserve(count);
  for (int i = 0; i < count; i++) {
    faults.push_back({kinds[i % rounds_of], (i + (i / rounds_of)) % cpus});
  }
  return faults;
}

std::string Generation::fact(const std::string& name) const {
  const auto found = facts.find(name);
  return found == facts.end() ? "" : found->second.front();
}

long long Generation::number(const std::string& name) const {
  return std::atoll(fact(name).c_str());
}

Result run_takeovers(Options options, const std::vector<Fault>& faults) {
  options.rerun = true;
  options.copy = guest_programs();
  std::vector<std::string> command = {"/root/copy/takeovers.sh"};
  for (const auto& fault : faults) {
    command.push_back(fmt::format("{}:{}", fault.kind, fault.cpu));
  }
  return run(options, command);
}

std::vector<Generation> generations(const Result& result) {
  std::vector<Generation> all(result.hellos.size());
  for (const auto& line : result.out) {
    std::istringstream words(line.text);
    std::string word;
    size_t number = 0;
    if (!(words >> word >> number) || number >= all.size()) {
      continue;
    }
    Generation& generation = all[number];
    if (word == "fact") {
      read_fact(generation, words);
    } else if (word == "clocks") {
      Clocks clocks = {.host = line.when, .guest = {}};
      for (double value = 0; words >> value;) {
        clocks.guest.push_back(value);
      }
      generation.clocks.push_back(clocks);
    }
  }
  for (size_t i = 0; i < all.size(); i++) {
    all[i].cause = result.hellos[i].cause;
    for (const auto& line : all[i].facts["log"]) {
      all[i].log += line + "\n";
    }
  }
  return all;
}

}  // namespace harness
