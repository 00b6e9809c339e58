// SPDX-License-Identifier: GPL-2.0
// A process held still, as a debugger would.
#ifndef OWCTL_FROZEN_PROCESS_H
#define OWCTL_FROZEN_PROCESS_H

#include <sys/types.h>

#include <set>

#include "result.h"

namespace owctl {

// By ptrace(2), all threads of it: neither its parent nor the program itself is
// told. It goes on when this is destroyed.
class FrozenProcess {
 public:
  static Result<FrozenProcess> freeze(pid_t pid);
  FrozenProcess(FrozenProcess&&) = default;
  FrozenProcess& operator=(FrozenProcess&&) = delete;
  FrozenProcess(const FrozenProcess&) = delete;
  FrozenProcess& operator=(const FrozenProcess&) = delete;
  ~FrozenProcess();

 private:
  FrozenProcess() = default;
  // Those that are not held yet; how many they were.
  Result<size_t> hold_threads(pid_t pid);

  std::set<pid_t> threads_;
};

}  // namespace owctl

#endif
