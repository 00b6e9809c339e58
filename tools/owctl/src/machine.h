// SPDX-License-Identifier: GPL-2.0
// How the machine ends when it cannot be brought back.
#ifndef OWCTL_MACHINE_H
#define OWCTL_MACHINE_H

#include "fd.h"
#include "kernel_log.h"
#include "policy.h"

namespace owctl {

// Syncs, says what it does and does not return.
[[noreturn]] void end_machine(OnFailure action, KernelLog& log);

// Gives process 1, and so all that it starts, the limits on processes and
// pending signals that the kernel derives from kernel.threads-max at boot: when
// it did, that was made for a machine no larger than the crash region.
void restore_process_limits(const Paths& paths, Reporter& reporter);

// Reboots a machine whose process 1 is stuck, for instance in a mount. It
// watches a pipe that closes when process 1 becomes init.
class Guard {
 public:
  Guard(unsigned seconds, KernelLog& log);
  // In every child of process 1, or the pipe would stay open.
  void forget() { alive_.reset(); }

 private:
  Fd alive_;
};

}  // namespace owctl

#endif
