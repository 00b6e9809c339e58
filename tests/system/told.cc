// SPDX-License-Identifier: GPL-2.0
#include "told.h"

#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace harness {

namespace fs = std::filesystem;

GuestCopy::GuestCopy(const std::vector<std::string>& scripts,
                     const std::vector<fs::path>& programs) {
  for (const auto& script : scripts)
    fs::copy_file(guest_programs() / script, path() / script);
  for (const auto& program : programs)
    fs::copy_file(program, path() / program.filename());
}

namespace {

void take_line(const std::string& text, Told& told) {
  std::istringstream line(text);
  std::string kind;
  line >> kind;
  std::string name;
  std::string word;
  unsigned long long number = 0;
  if (kind == "log" && line >> name >> word >> number) {
    told.said[name].push_back({word, number});
  } else if (kind == "alive" && line >> name >> number) {
    told.alive[name] = static_cast<int>(number);
  } else if (kind == "report") {
    told.report = text.substr(text.find('{'));
  } else {
    std::string rest;
    line.ignore(1);
    std::getline(line, rest);
    (kind == "kernel" ? told.log : told.other[kind]) += rest + "\n";
  }
}

}  // namespace

std::vector<std::string> Told::words(const std::string& name) const {
  std::vector<std::string> words;
  if (const auto found = said.find(name); found != said.end())
    for (const auto& one : found->second)
      words.push_back(one.word);
  return words;
}

long long Told::number(const std::string& name, const std::string& word) const {
  long long number = -1;
  if (const auto found = said.find(name); found != said.end())
    for (const auto& one : found->second)
      if (one.word == word)
        number = static_cast<long long>(one.number);
  return number;
}

nlohmann::json Told::procedure(long long pid) const {
  const auto all = nlohmann::json::parse(report);
  for (const auto& one : all.at("procedures"))
    if (one.at("pid") == pid)
      return one;
  return nlohmann::json::object();
}

std::vector<Told> all_told(const Result& result) {
  std::vector<Told> all(1);
  for (const auto& line : result.out) {
    if (line.text == "again")
      all.emplace_back();
    else
      take_line(line.text, all.back());
  }
  return all;
}

}  // namespace harness
