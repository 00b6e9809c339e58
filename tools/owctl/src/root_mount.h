// SPDX-License-Identifier: GPL-2.0
// From the initramfs to the machine's own root file system.
#ifndef OWCTL_ROOT_MOUNT_H
#define OWCTL_ROOT_MOUNT_H

#include <string>
#include <string_view>

#include "cmdline.h"
#include "files.h"
#include "reporter.h"
#include "result.h"

namespace owctl {

inline constexpr const char* kNewRoot = "/sysroot";

// /dev alone: without it the kernel can neither be told nor asked anything.
Result<> mount_devices();
// /proc, /sys and /run.
Result<> mount_kernel_filesystems();

// rootflags= taken apart: what mount(2) has a flag for, and the rest.
struct MountOptions {
  unsigned long flags = 0;
  std::string data;
};
MountOptions parse_root_flags(std::string_view flags);

// Mounts root= on kNewRoot, writable so that the story can be kept; waits for
// the device for a bounded time.
Result<> mount_root(const RootOptions& options, Reporter& reporter);

// As root= was asked for: back to read-only where that is the case.
void settle_root(const RootOptions& options, Reporter& reporter);

// Moves /proc, /sys, /dev and /run into the new root.
void move_mounts(Reporter& reporter);

// Frees what the initramfs holds, makes the new root "/". Checks that it is an
// initramfs that is about to be emptied.
Result<> enter_root();

// Becomes init= or one of the usual programs; returns only if none is there.
Error exec_init(const std::string& init, int argc, char** argv);

}  // namespace owctl

#endif
