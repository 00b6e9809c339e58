// SPDX-License-Identifier: GPL-2.0
#include "wanted_processes.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "files.h"
#include "selection.h"

namespace owctl {

void WantedProcesses::declare(CLI::App& app) {
  app.add_option("PROCESS", words_,
                 "only these, by ID or by name; a name may be a pattern "
                 "(default: all)")
      ->type_name("PROCESS");
}

bool WantedProcesses::has(int pid, const std::string& name) const {
  return words_.empty() ||
         std::any_of(words_.begin(), words_.end(), [&](const auto& word) {
           int number = 0;
           return parse_number(word, number) ? number == pid
                                             : name_matches(word, name);
         });
}

}  // namespace owctl
