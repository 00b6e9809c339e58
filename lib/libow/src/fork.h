// SPDX-License-Identifier: LGPL-2.1
// fork() finds no lock of libow taken, and a child is told apart.
#ifndef LIBOW_FORK_H
#define LIBOW_FORK_H

#include <mutex>

namespace libow {

extern std::mutex pact_mutex;
extern std::mutex guard_mutex;

// How many fork()s lie between the program's start and this process.
unsigned forks();
// For a child that was made without the C library's fork().
void count_fork();

}  // namespace libow

#endif  // LIBOW_FORK_H
