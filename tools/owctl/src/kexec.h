// SPDX-License-Identifier: GPL-2.0
#ifndef OWCTL_KEXEC_H
#define OWCTL_KEXEC_H

#include <string>

#include "result.h"

namespace owctl {

// kexec_file_load(KEXEC_FILE_ON_CRASH), errors explained.
Result<> load_crash_kernel(int kernel_fd, int initramfs_fd,
                           const std::string& cmdline);
Result<> unload_crash_kernel();

// What loading's errno means to a person.
Error explain_load_error(int number);

}  // namespace owctl

#endif
