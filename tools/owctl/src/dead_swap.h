// SPDX-License-Identifier: GPL-2.0
// The dead kernel's swap areas, turned on again with what is in them.
#ifndef OWCTL_DEAD_SWAP_H
#define OWCTL_DEAD_SWAP_H

#include "dead_processes.h"
#include "reporter.h"

namespace owctl {

// Those whose files can be reached by now, which is silent about the others.
void restore_swap_early(const DeadKernelDevice& device);
// All that are not on yet.
void restore_swap(const DeadKernelDevice& device, Reporter& reporter);

}  // namespace owctl

#endif
