// SPDX-License-Identifier: LGPL-2.1
// What a crash procedure stands on: its stack and a small one for the handlers
// of its own faults, each above a page that nothing may touch.
#ifndef LIBOW_CRASH_STACK_H
#define LIBOW_CRASH_STACK_H

#include <cstddef>

namespace libow {

struct CrashStack {
  char* mapping = nullptr;
  std::size_t mapped = 0;
  char* stack = nullptr;
  std::size_t size = 0;
  std::size_t asked = 0;  // of that size for the application
  char* alternate = nullptr;
  std::size_t alternate_size = 0;
};

// 0 or a negative errno value.
int map_crash_stack(std::size_t size, CrashStack& stack);
void unmap_crash_stack(CrashStack& stack);

}  // namespace libow

#endif  // LIBOW_CRASH_STACK_H
