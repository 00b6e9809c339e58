// SPDX-License-Identifier: GPL-2.0
// The crash kernel's initramfs: this program as /init, and its policy.
#ifndef OWCTL_INITRAMFS_H
#define OWCTL_INITRAMFS_H

#include <string>

#include "fd.h"
#include "files.h"
#include "policy.h"
#include "result.h"

namespace owctl {

inline constexpr std::string_view kMakedumpfile = "/usr/bin/makedumpfile";
// Where the initramfs keeps makedumpfile and its libraries.
inline constexpr std::string_view kDumpProgram = "/bin/makedumpfile";
inline constexpr std::string_view kDumpLibraries = "/lib";

// `self` is the static owctl that becomes /init.
Result<std::string> build_initramfs(const Paths& paths, const Policy& policy,
                                    const std::string& self);

// A nameless read-only file with this content. Read-only matters: the kernel
// refuses to load an image that somebody could be writing to.
Result<Fd> sealed_file(const char* name, std::string_view content);

}  // namespace owctl

#endif
