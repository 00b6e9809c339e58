// SPDX-License-Identifier: LGPL-2.1
//
// What happens when the kernel enters a crash procedure: the process has one
// thread that moves, this one; any instruction of any thread may have been
// interrupted, libow's own among them. So all here is async-signal-safe and all
// memory was there before.
//
//   1. find the device; what the kernel says of this process becomes losses;
//   2. verify what is guarded, a fault being an answer, too;
//   3. call the application's procedure;
//   4. continue, restart or exit. Whatever fails, a fault of the procedure
//      included, is told to the kernel, which then goes by the policy.
//
// A second crash may come at any point and finds this where it stood, but
// perhaps without the device's descriptor: so it may be opened once more.
#include "procedure.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "device.h"
#include "faults.h"
#include "fork.h"
#include "guard.h"
#include "losses.h"
#include "restart.h"

namespace libow {

Procedure procedures[kProcedures];

namespace {

constexpr unsigned kVerdicts = 64;

int kept_device = -1;

// Of the one procedure that runs.
volatile sig_atomic_t running = 0;
ucontext_t* interrupted = nullptr;
int current_device = -1;
otherworld_verdict verdicts[kVerdicts];
ow_loss losses[kVerdicts];
ow_guarded guarded[kGuards];
ow_crash crash;

// Out of the way of whoever expects the lowest number.
int move_up(int fd) {
  struct rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) {
    return fd;
  }
  const int wanted =
      static_cast<int>(std::min<rlim_t>(limit.rlim_cur / 2, 512));
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, wanted);
  if (moved < 0) {
    return fd;
  }
  close(fd);
  return moved;
}

// It may have been closed and its number be another file's.
bool is_device(int fd) {
  otherworld_outcome told;
  return fd >= 0 && outcome(fd, nullptr, 0, told) == 0;
}

// It stays open if the process continues: an ioctl that does not return leaves
// no chance to close it.
int find_device() {
  if (!is_device(kept_device)) {
    const int fd = device.open(0);
    kept_device = fd < 0 ? fd : move_up(fd);
  }
  return kept_device;
}

int end_procedure(otherworld_answer answer) {
  otherworld_end end = {};
  end.ucontext = reinterpret_cast<std::uintptr_t>(interrupted);
  end.answer = answer;
  return device.ioctl(current_device, OTHERWORLD_IOC_PROCEDURE_END, &end);
}

[[noreturn]] void fail() {
  leave_faults();
  current_device = find_device();
  if (current_device < 0) {
    // Nobody to tell: the time limit ends this.
    for (;;) {
      pause();
    }
  }
  end_procedure(OTHERWORLD_ANSWER_FAILED);
  _exit(127);
}

[[noreturn]] void go_on(int saved_errno) {
  leave_faults();
  running = 0;
  for (int tries = 0; tries < 2 && current_device >= 0; ++tries) {
    errno = saved_errno;
    end_procedure(OTHERWORLD_ANSWER_CONTINUE);
    current_device = find_device();
  }
  fail();
}

void collect_losses() {
  otherworld_outcome told;
  current_device = find_device();
  const int result = current_device < 0
                         ? current_device
                         : outcome(current_device, verdicts, kVerdicts, told);
  if (result < 0) {
    losses[0] = {OW_DEGRADED, -1, "verdict", "the kernel cannot be asked"};
    crash.loss_count = 1;
    return;
  }
  crash.generation = told.generation;
  crash.outage_ns = told.outage_ns;
  const unsigned shown = std::min(told.count, kVerdicts);
  crash.losses_not_shown = told.count - shown;
  for (unsigned i = 0; i < shown; ++i) {
    if (loss_of(verdicts[i], losses[crash.loss_count])) {
      ++crash.loss_count;
    }
  }
}

void verify_guards() {
  crash.guarded_count = list_guards(guarded);
  for (std::size_t i = 0; i < crash.guarded_count; ++i) {
    if (guarded[i].state == OW_INTACT &&
        !survives(
            [](const void* data) {
              return guard_holds(*static_cast<const ow_guarded*>(data));
            },
            &guarded[i])) {
      guarded[i].state = OW_DAMAGED;
    }
  }
}

[[noreturn]] void run(const Procedure& procedure,
                      ucontext_t* context) noexcept {
  const int saved_errno = errno;
  interrupted = context;
  running = 1;
  catch_faults(procedure.alternate, fail);
  crash = {};
  crash.size = sizeof(crash);
  crash.losses = losses;
  crash.guarded = guarded;
  collect_losses();
  verify_guards();
  const int answer = procedure.function(&crash, procedure.data);
  if (answer == OW_CONTINUE) {
    go_on(saved_errno);
  }
  if (answer == OW_RESTART) {
    leave_faults();
    restart_program(*interrupted);
    fail();
  }
  if ((answer & ~0xff) == OW_EXIT(0)) {
    _exit(answer & 0xff);
  }
  fail();
}

template <unsigned Slot>
[[noreturn]] void entry(int /*unused*/, siginfo_t* /*unused*/, void* context) {
  run(procedures[Slot], static_cast<ucontext_t*>(context));
}

constexpr void (*kEntries[kProcedures])(int, siginfo_t*, void*) = {entry<0>,
                                                                   entry<1>};

}  // namespace

std::uint64_t entry_of(unsigned slot) {
  return reinterpret_cast<std::uintptr_t>(kEntries[slot]);
}

void keep_device() {
  if (kept_device < 0) {
    find_device();
  }
}

const ucontext_t* running_procedure() {
  return running != 0 ? interrupted : nullptr;
}

}  // namespace libow
