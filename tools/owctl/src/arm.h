// SPDX-License-Identifier: GPL-2.0
// Loading the next crash kernel: what `owctl arm` does by hand, and what every
// generation does again by itself.
#ifndef OWCTL_ARM_H
#define OWCTL_ARM_H

#include <string>

#include "bzimage.h"
#include "cmdline.h"
#include "files.h"
#include "policy.h"
#include "region.h"
#include "reporter.h"
#include "result.h"

namespace owctl {

struct ArmRequest {
  Policy policy;
  CrashKernelKind kind = CrashKernelKind::kTakeover;
  bool force = false;  // arm although the region looks too small
  std::string self = "/proc/self/exe";
};

struct Armed {
  unsigned generation = 0;
  std::string kernel_release;
  std::string cmdline;
  uint64_t region = 0;
  RegionNeed need;
  uint64_t initramfs_size = 0;
  bool was_armed = false;
  uint64_t unarmed_us = 0;  // at most; only if it was armed before
  bool by_kexec_tools = false;
};

struct KernelImage {
  Fd fd;
  BzImage header;
};

// Opens the image and has it read once, so that loading does not wait for a
// disk while nothing is armed.
Result<KernelImage> open_kernel_image(const std::string& path);

// Exit::kRefused, with the number needed and what to do, if it is too small.
Result<> check_region(uint64_t region, const RegionNeed& need,
                      unsigned generation);

// What stands in the way of loading any kernel at all.
Result<> check_lockdown(const Paths& paths, Reporter& reporter);

// Warns when the next kernel would not be the one that runs now.
void compare_with_running(const Paths& paths, const BzImage& image,
                          Reporter& reporter);

Result<Armed> arm(const Paths& paths, const ArmRequest& request,
                  Reporter& reporter);

}  // namespace owctl

#endif
