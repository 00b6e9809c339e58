// SPDX-License-Identifier: LGPL-2.1
// Registration of crash procedures, and what one may ask for while it runs.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <mutex>

#include "crash_stack.h"
#include "faults.h"
#include "fork.h"
#include "otherworld/ow.h"
#include "pact.h"
#include "procedure.h"
#include "restart.h"

namespace libow {
namespace {

constexpr std::size_t kDefaultStack = std::size_t{64} << 10;
constexpr std::size_t kLeastStack = std::size_t{16} << 10;

CrashStack stack;
unsigned slot = 0;  // that the pact names, if it names one

int set_procedure(Wanted& wanted, const Procedure& procedure,
                  std::size_t stack_size, unsigned limit_ms) {
  const std::size_t size =
      stack_size == 0 ? kDefaultStack : std::max(stack_size, kLeastStack);
  CrashStack old;
  if (stack.asked < size) {
    CrashStack larger;
    if (const int error = map_crash_stack(size, larger); error < 0) {
      return error;
    }
    old = stack;
    stack = larger;
  }
  keep_device();
  remember_program();
  slot = (slot + 1) % kProcedures;
  procedures[slot] = procedure;
  procedures[slot].alternate.ss_sp = stack.alternate;
  procedures[slot].alternate.ss_size = stack.alternate_size;
  wanted.procedure = entry_of(slot);
  wanted.stack = reinterpret_cast<std::uintptr_t>(stack.stack);
  wanted.stack_size = stack.size;
  wanted.limit_ms = limit_ms;
  end_update();
  unmap_crash_stack(old);
  return 0;
}

void remove_procedure(Wanted& wanted) {
  wanted.procedure = 0;
  wanted.stack = 0;
  wanted.stack_size = 0;
  wanted.limit_ms = 0;
  end_update();
}

}  // namespace
}  // namespace libow

int ow_register_crash_procedure(ow_crash_procedure procedure, void* data,
                                size_t stack_size, unsigned limit_ms) {
  const std::scoped_lock lock(libow::pact_mutex);
  int error = 0;
  libow::Wanted* wanted = libow::begin_update(error);
  if (wanted == nullptr) {
    return error;
  }
  if (procedure == nullptr) {
    libow::remove_procedure(*wanted);
    return 0;
  }
  return libow::set_procedure(*wanted, {procedure, data, {}}, stack_size,
                              limit_ms);
}

pid_t ow_fork_helper(int (*helper)(void* data), void* data) {
  if (helper == nullptr) {
    return -EINVAL;
  }
  // Without the handlers of pthread_atfork(), which may take any lock.
  const pid_t child = _Fork();
  if (child < 0) {
    return -errno;
  }
  if (child > 0) {
    return child;
  }
  libow::count_fork();
  if (const ucontext_t* interrupted = libow::running_procedure()) {
    libow::forget_faults();
    libow::leave_handlers(*interrupted);
  }
  _exit(helper(data));
}
