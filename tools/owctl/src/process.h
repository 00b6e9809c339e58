// SPDX-License-Identifier: GPL-2.0
#ifndef OWCTL_PROCESS_H
#define OWCTL_PROCESS_H

#include <string>
#include <vector>

#include "result.h"

namespace owctl {

struct RunOptions {
  std::vector<std::string> environment;  // added to ours
  int output_fd = -1;                    // both output streams go there
  unsigned timeout_s = 0;                // then it is killed; 0: no bound
};

// Runs a program found on PATH; its exit status, or 128 + signal.
Result<int> run_program(const std::vector<std::string>& arguments,
                        const RunOptions& options = {});

}  // namespace owctl

#endif
