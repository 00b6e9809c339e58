// SPDX-License-Identifier: GPL-2.0
#ifndef OWCTL_RESURRECT_H
#define OWCTL_RESURRECT_H

namespace owctl {

// Process 1 of the crash kernel. Never returns to the kernel: it becomes the
// machine's init, or ends the machine as the policy says.
int resurrect_main(int argc, char** argv);

}  // namespace owctl

#endif
