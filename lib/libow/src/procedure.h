// SPDX-License-Identifier: LGPL-2.1
// The crash procedure's run: from the kernel's entry to the answer.
#ifndef LIBOW_PROCEDURE_H
#define LIBOW_PROCEDURE_H

#include <signal.h>
#include <ucontext.h>

#include <cstdint>

#include "otherworld/ow.h"

namespace libow {

struct Procedure {
  ow_crash_procedure function = nullptr;
  void* data = nullptr;
  stack_t alternate = {};
};

// Each has an entry of its own, so that the pact's one word says which of them
// is meant, while the other is written.
inline constexpr unsigned kProcedures = 2;
extern Procedure procedures[kProcedures];
std::uint64_t entry_of(unsigned slot);

// A descriptor of the device is kept, for a process that later changes its root
// or has no descriptor left. It is no error if there is none.
void keep_device();

// While a crash procedure runs, what it interrupted; else nullptr.
const ucontext_t* running_procedure();

}  // namespace libow

#endif  // LIBOW_PROCEDURE_H
