// SPDX-License-Identifier: GPL-2.0
#include "libow_stand_in.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <initializer_list>

#include "ow_pact.h"

namespace libow_test {

Kernel* kernel = nullptr;

namespace {

otherworld_pact* own_page = nullptr;

int open_device(int flags) {
  ++kernel->opened;
  if (kernel->open_error < 0) {
    return kernel->open_error;
  }
  const int fd = open("/dev/null", O_RDWR | O_CLOEXEC | flags);
  return fd < 0 ? -errno : fd;
}

void* map_page(int /*unused*/) {
  if (kernel->map_error != 0) {
    errno = kernel->map_error;
    return nullptr;
  }
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  madvise(page, 4096, MADV_WIPEONFORK);
  own_page = static_cast<otherworld_pact*>(page);
  return page;
}

bool is_device(int fd) {
  struct stat status = {};
  struct stat null = {};
  return fstat(fd, &status) == 0 && stat("/dev/null", &null) == 0 &&
         S_ISCHR(status.st_mode) && status.st_rdev == null.st_rdev;
}

// What the kernel's signal frame was made from is so again.
[[noreturn]] void sigreturn(std::uint64_t ucontext) {
  asm volatile(
      "mov %0, %%rsp\n"
      "mov $15, %%eax\n"
      "syscall\n"
      :
      : "r"(ucontext)
      : "memory");
  __builtin_unreachable();
}

int tell_outcome(otherworld_outcome& outcome) {
  if (kernel->outcome_error < 0) {
    return kernel->outcome_error;
  }
  auto* verdicts = pointer<otherworld_verdict>(outcome.verdicts);
  const unsigned count = std::min(outcome.count, kernel->outcome.count);
  std::copy_n(kernel->verdicts, count, verdicts);
  const std::uint64_t at = outcome.verdicts;
  outcome = kernel->outcome;
  outcome.verdicts = at;
  return 0;
}

int end_procedure(const otherworld_end& end) {
  kernel->ucontext = end.ucontext;
  if (end.answer == OTHERWORLD_ANSWER_FAILED) {
    ++kernel->failed;
    kernel->failed_by = getpid();
    return 0;
  }
  if (kernel->refuses_to_continue) {
    return -EINVAL;
  }
  ++kernel->continued;
  sigreturn(end.ucontext);
}

int tell_event(otherworld_event& event) {
  const std::uint64_t generation = kernel->outcome.generation;
  const std::uint64_t known =
      event.generation == generation ? event.sequence : 0;
  if (known >= kernel->events) {
    return -EAGAIN;
  }
  event = kernel->event[known];
  event.sequence = known + 1;
  event.generation = generation;
  return 0;
}

int control(int fd, unsigned long request, void* argument) {
  if (!is_device(fd)) {
    return fcntl(fd, F_GETFD) < 0 ? -EBADF : -ENOTTY;
  }
  switch (request) {
    case OTHERWORLD_IOC_OUTCOME:
      return tell_outcome(*static_cast<otherworld_outcome*>(argument));
    case OTHERWORLD_IOC_PROCEDURE_END:
      return end_procedure(*static_cast<otherworld_end*>(argument));
    case OTHERWORLD_IOC_EVENT:
      return tell_event(*static_cast<otherworld_event*>(argument));
    default:
      return -ENOTTY;
  }
}

}  // namespace

Pact read_pact(const otherworld_pact& page, pid_t pid) {
  ow_pact found = {};
  const otherworld_pact_state state = ow_pact_judge(&page, pid, &found);
  return {state, found.copy};
}

Pact own_pact() {
  return own_page == nullptr ? Pact() : read_pact(*own_page, getpid());
}

void crash() {
  const Pact pact = own_pact();
  if (pact.state != OTHERWORLD_PACT_VALID || pact.copy.procedure == 0) {
    ADD_FAILURE() << "there is no crash procedure";
    return;
  }
  stack_t stack = {};
  stack.ss_sp = pointer<void>(pact.copy.stack);
  stack.ss_size = pact.copy.stack_size;
  stack.ss_flags = static_cast<int>(1U << 31);  // SS_AUTODISARM
  ASSERT_EQ(sigaltstack(&stack, nullptr), 0);
  struct sigaction action = {};
  action.sa_sigaction =
      pointer<void(int, siginfo_t*, void*)>(pact.copy.procedure);
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT}) {
    sigdelset(&action.sa_mask, signal);
  }
  ASSERT_EQ(sigaction(SIGURG, &action, nullptr), 0);
  raise(SIGURG);
}

void add_verdict(unsigned grade, const char* resource, const char* reason) {
  otherworld_verdict& verdict = kernel->verdicts[kernel->outcome.count++];
  verdict = {};
  verdict.grade = grade;
  std::strncpy(verdict.resource, resource, sizeof(verdict.resource) - 1);
  std::strncpy(verdict.reason, reason, sizeof(verdict.reason) - 1);
}

void Otherworld::SetUp() {
  void* shared = mmap(nullptr, sizeof(Kernel), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  kernel = static_cast<Kernel*>(shared);
  kernel->outcome.generation = 1;
  char folder[] = "/dev/shm/libow-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  regions_ = folder;
  real_ = libow::device;
  libow::device = {open_device, map_page, control, regions_.c_str()};
}

void Otherworld::TearDown() {
  libow::device = real_;
  std::filesystem::remove_all(regions_);
  munmap(kernel, sizeof(Kernel));
}

}  // namespace libow_test
