// SPDX-License-Identifier: LGPL-2.1
// The table of guarded memory, as a crash procedure sees it.
#ifndef LIBOW_GUARD_H
#define LIBOW_GUARD_H

#include <cstddef>

#include "otherworld/ow.h"

namespace libow {

inline constexpr std::size_t kGuards = 256;

// How many guards there are; into seen what each is like, but for its state, of
// which it is only known whether it is open. Async-signal-safe.
std::size_t list_guards(ow_guarded (&seen)[kGuards]);

// Is the checksum right? Reads the memory, which may be gone.
bool guard_holds(const ow_guarded& guarded);

}  // namespace libow

#endif  // LIBOW_GUARD_H
