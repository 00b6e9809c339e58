// SPDX-License-Identifier: LGPL-2.1
// Faults of a crash procedure, its stack's overflow among them: handlers of
// libow's own on a stack of their own, while it runs. Async-signal-safe.
#ifndef LIBOW_FAULTS_H
#define LIBOW_FAULTS_H

#include <signal.h>

namespace libow {

// From now on a fault calls on_fault(), which does not return.
void catch_faults(const stack_t& alternate, void (*on_fault)());
// The application's handlers and alternate stack again.
void leave_faults();
// In a forked child, which dies of its faults.
void forget_faults();

// Runs check(data); false if that was so or if it faulted.
bool survives(bool (*check)(const void* data), const void* data);

}  // namespace libow

#endif  // LIBOW_FAULTS_H
