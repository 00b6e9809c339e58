// SPDX-License-Identifier: GPL-2.0
#include "selection.h"

#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

namespace owctl {
namespace {

constexpr int kInit = 1;

std::string comm_of(const otherworld_process& process) {
  return {process.comm, ::strnlen(process.comm, sizeof(process.comm))};
}

bool names(const std::vector<std::string>& patterns, const std::string& comm) {
  return std::any_of(
      patterns.begin(), patterns.end(),
      [&](const auto& pattern) { return name_matches(pattern, comm); });
}

class Selecting {
 public:
  Selecting(const Selection& selection,
            const std::vector<otherworld_process>& processes)
      : selection_(selection), processes_(processes) {
    for (size_t i = 0; i < processes.size(); ++i)
      by_pid_.emplace(processes[i].pid, i);
  }

  std::vector<bool> run() {
    std::vector<bool> back(processes_.size());
    for (size_t i = 0; i < processes_.size(); ++i)
      if (chosen(i))
        mark_with_ancestors(i, back);
    return back;
  }

 private:
  // What naming says of it alone: chosen, left out, or nothing.
  [[nodiscard]] std::optional<bool> named(
      const otherworld_process& process) const {
    if (process.pid == kInit)
      return {};
    const std::string comm = comm_of(process);
    if (names(selection_.except, comm))
      return false;
    if (names(selection_.only, comm))
      return true;
    return {};
  }

  // Its parent's index; one past the last, if there is none.
  [[nodiscard]] size_t parent(size_t i) const {
    const auto found = by_pid_.find(processes_[i].ppid);
    return found == by_pid_.end() ? processes_.size() : found->second;
  }

  // Dead memory may say that two are each other's parents: no way up is longer
  // than there are processes.
  [[nodiscard]] bool chosen(size_t i) const {
    if (processes_[i].pid == kInit)
      return true;
    for (size_t steps = 0; i < processes_.size() && steps < processes_.size();
         ++steps, i = parent(i))
      if (const auto word = named(processes_[i]))
        return *word;
    return selection_.only.empty();
  }

  void mark_with_ancestors(size_t i, std::vector<bool>& back) const {
    for (; i < processes_.size() && !back[i]; i = parent(i))
      back[i] = true;
  }

  const Selection& selection_;
  const std::vector<otherworld_process>& processes_;
  std::map<int, size_t> by_pid_;
};

}  // namespace

bool name_matches(const std::string& pattern, const std::string& comm) {
  constexpr size_t kLongest = OTHERWORLD_COMM_LEN - 1;
  const bool plain = pattern.find_first_of("*?[\\") == std::string::npos;
  if (plain)
    return pattern.substr(0, kLongest) == comm;
  return ::fnmatch(pattern.c_str(), comm.c_str(), 0) == 0;
}

std::vector<bool> choose(const Selection& selection,
                         const std::vector<otherworld_process>& processes) {
  return Selecting(selection, processes).run();
}

std::string describe(const Selection& selection) {
  std::string text = "all";
  if (!selection.only.empty())
    text = fmt::format("only {}", fmt::join(selection.only, ", "));
  if (!selection.except.empty())
    text += fmt::format(", except {}", fmt::join(selection.except, ", "));
  return text;
}

nlohmann::json to_json(const Selection& selection) {
  return {{"only", selection.only}, {"except", selection.except}};
}

Selection selection_from_json(const nlohmann::json& json) {
  return {json.at("only").get<std::vector<std::string>>(),
          json.at("except").get<std::vector<std::string>>()};
}

}  // namespace owctl
