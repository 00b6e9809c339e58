// SPDX-License-Identifier: GPL-2.0
#ifndef OWCTL_DUMP_H
#define OWCTL_DUMP_H

#include <string>

#include "result.h"

namespace owctl {

// Longest time a dump may take; after it the machine goes on without.
inline constexpr unsigned kDumpSeconds = 600;

// A compressed dump without user pages, free pages and caches, into
// `directory`/vmcore. makedumpfile comes from the initramfs.
Result<> write_dump(const std::string& directory);

}  // namespace owctl

#endif
