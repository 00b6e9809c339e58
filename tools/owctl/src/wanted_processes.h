// SPDX-License-Identifier: GPL-2.0
// The processes that a command is asked about: all, or those that are named.
#ifndef OWCTL_WANTED_PROCESSES_H
#define OWCTL_WANTED_PROCESSES_H

#include <string>
#include <vector>

#include "result.h"

namespace CLI {
class App;
}  // namespace CLI

namespace owctl {

class WantedProcesses {
 public:
  WantedProcesses() = default;
  explicit WantedProcesses(std::vector<std::string> words)
      : words_(std::move(words)) {}

  void declare(CLI::App& app);
  // IDs, names and patterns, as they were given.
  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }
  [[nodiscard]] bool has(int pid, const std::string& name) const;

  // Leaves those for which `wanted` is true; an error if there is none of those
  // that were named.
  template <typename Process, typename Wanted>
  Result<> keep(std::vector<Process>& processes, Wanted wanted) const {
    std::erase_if(processes,
                  [&](const Process& process) { return !wanted(process); });
    if (!words_.empty() && processes.empty())
      return Error{"there is no such process"};
    return {};
  }

 private:
  std::vector<std::string> words_;
};

}  // namespace owctl

#endif
