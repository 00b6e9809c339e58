// SPDX-License-Identifier: LGPL-2.1
#include "faults.h"

#include <setjmp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <iterator>

namespace libow {
namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};

// SS_AUTODISARM, which the C library does not have: on this stack, too, another
// one may be set.
constexpr int kAutoDisarm = static_cast<int>(1U << 31);

// As the kernel has it: the C library would put a restorer of its own into what
// it sets, and a default action would come back with one.
struct KernelAction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  std::uint64_t mask;
};

KernelAction previous[std::size(kSignals)];
stack_t previous_stack;
stack_t own_stack;
void (*fault_taken)() = nullptr;
// Set while a fault is an answer.
volatile sig_atomic_t landing = 0;
sigjmp_buf land;

void change_action(int signal, const KernelAction* next, KernelAction* before) {
  syscall(SYS_rt_sigaction, signal, next, before, sizeof(before->mask));
}

void use_own_stack() {
  own_stack.ss_flags = kAutoDisarm;
  sigaltstack(&own_stack, nullptr);
}

void on_signal(int /*unused*/) {
  if (landing != 0) {
    siglongjmp(land, 1);
  }
  fault_taken();
}

}  // namespace

void catch_faults(const stack_t& alternate, void (*on_fault)()) {
  fault_taken = on_fault;
  own_stack = alternate;
  sigaltstack(nullptr, &previous_stack);
  use_own_stack();
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  sigfillset(&action.sa_mask);
  for (std::size_t i = 0; i < std::size(kSignals); ++i) {
    change_action(kSignals[i], nullptr, &previous[i]);
    sigaction(kSignals[i], &action, nullptr);
  }
}

void leave_faults() {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) {
    change_action(kSignals[i], &previous[i], nullptr);
  }
  sigaltstack(&previous_stack, nullptr);
}

void forget_faults() {
  for (const int signal : kSignals) {
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
  }
}

bool survives(bool (*check)(const void* data), const void* data) {
  bool right = false;
  landing = 1;
  if (sigsetjmp(land, 1) == 0) {
    right = check(data);
  } else {
    use_own_stack();
  }
  landing = 0;
  return right;
}

}  // namespace libow
