// SPDX-License-Identifier: LGPL-2.1
// OW_RESTART: the program is executed again.
#ifndef LIBOW_RESTART_H
#define LIBOW_RESTART_H

#include <ucontext.h>

namespace libow {

// Keep the program's name and arguments, once. That they cannot be had is no
// error: a restart then needs ow_restart_with().
void remember_program();

// Async-signal-safe. Returns only if nothing could be executed; all signals are
// as they were then.
void restart_program(const ucontext_t& interrupted);

// For a process that does not go on where the program was interrupted: no
// handler of it runs any more, and the signals blocked are those that it had
// blocked.
void leave_handlers(const ucontext_t& interrupted);

}  // namespace libow

#endif  // LIBOW_RESTART_H
