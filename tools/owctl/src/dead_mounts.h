// SPDX-License-Identifier: GPL-2.0
// The dead kernel's mounts, mounted again where they were; those in memory with
// what was on them.
#ifndef OWCTL_DEAD_MOUNTS_H
#define OWCTL_DEAD_MOUNTS_H

#include "dead_processes.h"
#include "reporter.h"

namespace owctl {

// Below the root of the calling process. What is a mount point already stays
// as it is; what cannot be mounted is said and left out.
void restore_mounts(const DeadKernelDevice& device, Reporter& reporter);

}  // namespace owctl

#endif
