// SPDX-License-Identifier: GPL-2.0
// Crash procedures: what they are told, what they answer, and how badly they
// may behave.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <string>

#include "libow_stand_in.h"
#include "otherworld/ow.h"

namespace libow_test {
namespace {

using CrashTest = Otherworld;
using Look = void (*)(const ow_crash& crash);

int look_and_go_on(const ow_crash* crash, void* data) {
  reinterpret_cast<Look>(data)(*crash);
  return OW_CONTINUE;
}

void register_look(Look look) {
  ASSERT_EQ(ow_register_crash_procedure(
                look_and_go_on, reinterpret_cast<void*>(look), 256 << 10, 0),
            0);
}

int answer(const ow_crash* /*unused*/, void* data) {
  return *static_cast<int*>(data);
}

TEST_F(CrashTest, IsToldWhatWasLost) {
  kernel->outcome.generation = 3;
  kernel->outcome.outage_ns = 1500;
  add_verdict(OTHERWORLD_LOST, "fd 7", "a pipe");
  add_verdict(OTHERWORLD_EXACT, "fd 8", "");
  add_verdict(OTHERWORLD_DEGRADED, "memory 7f00-7f01", "a hole");
  add_verdict(77, "fd 12x", "of a newer kernel");
  EXPECT_IN_CHILD({
    register_look([](const ow_crash& crash) {
      kernel->notes[0] = 1;
      EXPECT_EQ(crash.size, sizeof(crash));
      EXPECT_EQ(crash.generation, 3U);
      EXPECT_EQ(crash.outage_ns, 1500U);
      ASSERT_EQ(crash.loss_count, 3U);
      EXPECT_EQ(crash.losses_not_shown, 0U);
      EXPECT_EQ(crash.losses[0].grade, OW_LOST);
      EXPECT_EQ(crash.losses[0].fd, 7);
      EXPECT_STREQ(crash.losses[0].resource, "fd 7");
      EXPECT_STREQ(crash.losses[0].reason, "a pipe");
      EXPECT_EQ(crash.losses[1].grade, OW_DEGRADED);
      EXPECT_EQ(crash.losses[1].fd, -1);
      EXPECT_EQ(crash.losses[2].grade, OW_LOST);
      EXPECT_EQ(crash.losses[2].fd, -1);
    });
    crash();
  });
  EXPECT_EQ(kernel->notes[0], 1);
  EXPECT_EQ(kernel->continued, 1);
}

TEST_F(CrashTest, OfManyLossesTheRestIsCounted) {
  for (unsigned i = 0; i < 70; ++i) {
    add_verdict(OTHERWORLD_LOST, ("fd " + std::to_string(i)).c_str(), "gone");
  }
  EXPECT_IN_CHILD({
    register_look([](const ow_crash& crash) {
      EXPECT_EQ(crash.loss_count, 64U);
      EXPECT_EQ(crash.losses_not_shown, 6U);
      EXPECT_EQ(crash.losses[63].fd, 63);
    });
    crash();
  });
  EXPECT_EQ(kernel->continued, 1);
}

TEST_F(CrashTest, UnendedTextsOfTheKernelAreEnded) {
  add_verdict(OTHERWORLD_LOST, "", "");
  std::memset(kernel->verdicts[0].resource, 'x', OTHERWORLD_TEXT_LEN);
  std::memset(kernel->verdicts[0].reason, 'y', OTHERWORLD_TEXT_LEN);
  EXPECT_IN_CHILD({
    register_look([](const ow_crash& crash) {
      ASSERT_EQ(crash.loss_count, 1U);
      EXPECT_EQ(std::strlen(crash.losses[0].resource),
                OTHERWORLD_TEXT_LEN - 1U);
      EXPECT_EQ(std::strlen(crash.losses[0].reason), OTHERWORLD_TEXT_LEN - 1U);
    });
    crash();
  });
}

TEST_F(CrashTest, AKernelThatDoesNotTellIsALossItself) {
  EXPECT_IN_CHILD({
    register_look([](const ow_crash& crash) {
      ASSERT_EQ(crash.loss_count, 1U);
      EXPECT_EQ(crash.losses[0].grade, OW_DEGRADED);
      EXPECT_STREQ(crash.losses[0].resource, "verdict");
      EXPECT_EQ(crash.generation, 0U);
      // From here on it answers.
      kernel->outcome_error = 0;
    });
    kernel->outcome_error = -EIO;
    crash();
  });
  EXPECT_EQ(kernel->continued, 1);
}

// --- Continuing -------------------------------------------------------------

TEST_F(CrashTest, ContinuesWithNothingChanged) {
  EXPECT_IN_CHILD({
    register_look([](const ow_crash&) {
      errno = EDOM;
      // While it runs, its faults are libow's.
      struct sigaction now = {};
      sigaction(SIGSEGV, nullptr, &now);
      EXPECT_NE(now.sa_handler, SIG_IGN);
      sigset_t mask;
      sigprocmask(SIG_SETMASK, nullptr, &mask);
      EXPECT_EQ(sigismember(&mask, SIGTERM), 1);
    });
    signal(SIGSEGV, SIG_IGN);
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_SETMASK, &mask, nullptr);
    const int descriptors = dup(0);
    errno = ERANGE;
    const int volatile kept = 42;
    crash();
    EXPECT_EQ(errno, ERANGE);
    EXPECT_EQ(kept, 42);
    EXPECT_EQ(signal(SIGSEGV, SIG_DFL), SIG_IGN);
    EXPECT_EQ(signal(SIGABRT, SIG_DFL), SIG_DFL);
    sigset_t after;
    sigprocmask(SIG_SETMASK, nullptr, &after);
    EXPECT_EQ(sigismember(&after, SIGUSR1), 1);
    EXPECT_EQ(sigismember(&after, SIGTERM), 0);
    // No descriptor is left over.
    EXPECT_EQ(dup(0), descriptors + 1);
  });
  EXPECT_EQ(kernel->continued, 1);
  EXPECT_EQ(kernel->failed, 0);
}

TEST_F(CrashTest, RunsAgainAtTheNextCrash) {
  EXPECT_IN_CHILD({
    register_look([](const ow_crash&) { ++kernel->notes[0]; });
    for (int i = 0; i < 5; ++i) {
      crash();
    }
  });
  EXPECT_EQ(kernel->notes[0], 5);
  EXPECT_EQ(kernel->continued, 5);
}

TEST_F(CrashTest, TheLatestOfManyRegistrationsRuns) {
  static int answers[] = {OW_EXIT(1), OW_EXIT(2), OW_EXIT(3)};
  EXPECT_EQ(exit_in_child([] {
              for (int& one : answers) {
                ow_register_crash_procedure(
                    answer, &one, std::size_t{1} << (16 + (&one - answers)), 0);
              }
              crash();
            }),
            3);
}

// The descriptor that is kept for the crash may be gone, or another file's.
TEST_F(CrashTest, OpensTheDeviceAnewIfItsDescriptorIsGone) {
  for (const bool reused : {false, true}) {
    EXPECT_IN_CHILD({
      register_look(
          [](const ow_crash& crash) { EXPECT_EQ(crash.loss_count, 0U); });
      closefrom(3);
      const int other = memfd_create("other", 0);
      ASSERT_EQ(other, 3);
      if (reused) {
        for (int fd = 4; fd < 1000; ++fd) {
          dup2(other, fd);
        }
      }
      crash();
      struct stat status = {};
      EXPECT_EQ(fstat(other, &status), 0);
      EXPECT_TRUE(S_ISREG(status.st_mode));
      // What it has opened is not where a program expects the next one.
      EXPECT_EQ(reused ? 4 : dup(0), 4);
    });
  }
  EXPECT_EQ(kernel->continued, 2);
}

// As in a chroot: registered before, and no device afterwards.
TEST_F(CrashTest, NeedsNoNameOfTheDevice) {
  EXPECT_IN_CHILD({
    register_look([](const ow_crash&) {});
    kernel->open_error = -OW_ENOKERNEL;
    crash();
  });
  EXPECT_EQ(kernel->continued, 1);
}

TEST_F(CrashTest, ACloseOfTheDeviceInsideIsMended) {
  EXPECT_IN_CHILD({
    register_look([](const ow_crash&) { closefrom(3); });
    crash();
  });
  EXPECT_EQ(kernel->continued, 1);
}

TEST_F(CrashTest, WhatTheKernelWillNotContinueHasFailed) {
  kernel->refuses_to_continue = true;
  EXPECT_EQ(exit_in_child([] {
              register_look([](const ow_crash&) {});
              crash();
            }),
            127);
  EXPECT_EQ(kernel->failed, 1);
}

// --- Guards -----------------------------------------------------------------

TEST_F(CrashTest, IsToldOfGuardedMemory) {
  static int whole = 1;
  static int changing = 2;
  static int damaged = 3;
  static void* gone = nullptr;
  EXPECT_IN_CHILD({
    gone = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_EQ(ow_guard(&whole, sizeof(int), "whole"), 0);
    ASSERT_EQ(ow_guard(gone, 4096, "gone"), 0);
    ASSERT_EQ(ow_guard(&changing, sizeof(int), "changing"), 0);
    ASSERT_EQ(ow_guard(&damaged, sizeof(int), "damaged"), 0);
    ASSERT_EQ(ow_guard_open(&changing), 0);
    register_look([](const ow_crash& crash) {
      kernel->notes[0] = 1;
      ASSERT_EQ(crash.guarded_count, 4U);
      const ow_guarded* guarded = crash.guarded;
      EXPECT_STREQ(guarded[0].name, "whole");
      EXPECT_EQ(guarded[0].address, &whole);
      EXPECT_EQ(guarded[0].size, sizeof(int));
      EXPECT_EQ(guarded[0].state, OW_INTACT);
      EXPECT_EQ(guarded[1].state, OW_DAMAGED);
      EXPECT_EQ(guarded[2].state, OW_CHANGING);
      EXPECT_STREQ(guarded[3].name, "damaged");
      EXPECT_EQ(guarded[3].state, OW_DAMAGED);
    });
    munmap(gone, 4096);
    damaged = 4;
    crash();
  });
  EXPECT_EQ(kernel->notes[0], 1);
  EXPECT_EQ(kernel->continued, 1);
}

// --- Bad procedures ---------------------------------------------------------

int overflow(const ow_crash* crash, void* data) {
  volatile char big[4096];
  big[0] = 1;
  // It never ends, and is no tail call.
  return data == crash ? 0 : overflow(crash, data) + big[0];
}

int fault(const ow_crash* /*unused*/, void* /*unused*/) {
  volatile int* volatile nothing = nullptr;
  *nothing = 1;  // NOLINT(clang-analyzer-*): on purpose
  return OW_CONTINUE;
}

int abort_it(const ow_crash* /*unused*/, void* /*unused*/) {
  std::abort();
}

int divide(const ow_crash* /*unused*/, void* /*unused*/) {
  volatile int zero = 0;
  return 7 / zero;  // NOLINT(clang-analyzer-*): on purpose
}

int trap(const ow_crash* /*unused*/, void* /*unused*/) {
  __builtin_trap();
}

int throw_it(const ow_crash* /*unused*/, void* /*unused*/) {
  throw 1;
}

// A fault while a guard is verified uses the same stack as one that comes
// later.
TEST_F(CrashTest, AnOverflowAfterAGuardThatIsGone) {
  EXPECT_EQ(exit_in_child([] {
              ow_register_crash_procedure(overflow, nullptr, 0, 0);
              void* gone = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              ow_guard(gone, 4096, "gone");
              munmap(gone, 4096);
              crash();
            }),
            127);
  EXPECT_EQ(kernel->failed, 1);
}

TEST_F(CrashTest, ThatFaultsIsAFailure) {
  int count = 0;
  for (const ow_crash_procedure bad :
       {overflow, fault, abort_it, divide, trap, throw_it}) {
    EXPECT_EQ(exit_in_child([&] {
                ow_register_crash_procedure(bad, nullptr, 0, 0);
                crash();
              }),
              127)
        << count;
    EXPECT_EQ(kernel->failed, ++count);
  }
  EXPECT_EQ(kernel->continued, 0);
}

// Handlers of the program are not called for the procedure's faults, and are in
// place again when it has failed.
TEST_F(CrashTest, FaultsDoNotReachTheProgram) {
  EXPECT_EQ(exit_in_child([] {
              signal(SIGSEGV, [](int) { kernel->notes[0] = 1; });
              ow_register_crash_procedure(fault, nullptr, 0, 0);
              crash();
            }),
            127);
  EXPECT_EQ(kernel->notes[0], 0);
}

TEST_F(CrashTest, UnknownAnswersAreFailures) {
  int count = 0;
  for (int bad : {2, -1, 0x200, 0xff, 0x1ff + 1, INT_MIN}) {
    EXPECT_EQ(exit_in_child([&] {
                ow_register_crash_procedure(answer, &bad, 0, 0);
                crash();
              }),
              127)
        << bad;
    EXPECT_EQ(kernel->failed, ++count);
  }
}

TEST_F(CrashTest, ExitsWithItsStatus) {
  for (int status : {0, 1, 77, 255}) {
    int exits = OW_EXIT(status);
    EXPECT_EQ(exit_in_child([&] {
                ow_register_crash_procedure(answer, &exits, 0, 0);
                crash();
              }),
              status);
  }
  EXPECT_EQ(kernel->failed, 0);
}

// Its whole stack is its own: more is libow's.
TEST_F(CrashTest, HasTheStackItAskedFor) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1} << 20}) {
    static std::size_t usable;
    usable = size == 0 ? 64 << 10 : size;
    EXPECT_IN_CHILD({
      ASSERT_EQ(ow_register_crash_procedure(
                    [](const ow_crash*, void*) {
                      auto* all =
                          static_cast<char*>(__builtin_alloca(usable - 512));
                      std::memset(all, 1, usable - 512);
                      return all[0] == 1 ? OW_CONTINUE : OW_EXIT(1);
                    },
                    nullptr, size, 0),
                0);
      crash();
    });
  }
  EXPECT_EQ(kernel->continued, 2);
}

// --- Helpers ----------------------------------------------------------------

TEST_F(CrashTest, AHelperIsAnOrdinaryProcess) {
  static pid_t helper = -1;
  EXPECT_IN_CHILD({
    signal(SIGTERM, [](int) {});
    register_look([](const ow_crash&) {
      helper = ow_fork_helper(
          [](void* data) {
            struct sigaction fault = {};
            sigaction(SIGSEGV, nullptr, &fault);
            struct sigaction term = {};
            sigaction(SIGTERM, nullptr, &term);
            sigset_t mask;
            sigprocmask(SIG_SETMASK, nullptr, &mask);
            const bool ordinary = fault.sa_handler == SIG_DFL &&
                                  term.sa_handler == SIG_DFL &&
                                  sigismember(&mask, SIGTERM) == 0;
            return ordinary ? *static_cast<int*>(data) : 1;
          },
          &kernel->notes[0]);
    });
    kernel->notes[0] = 33;
    crash();
    ASSERT_GT(helper, 0);
    int status = 0;
    ASSERT_EQ(waitpid(helper, &status, 0), helper);
    EXPECT_EQ(WEXITSTATUS(status), 33);
    EXPECT_EQ(own_pact().state, OTHERWORLD_PACT_VALID);
  });
  EXPECT_EQ(kernel->continued, 1);
}

TEST_F(CrashTest, AHelperThatFaultsHarmsNobody) {
  static pid_t helper = -1;
  EXPECT_IN_CHILD({
    register_look([](const ow_crash&) {
      helper = ow_fork_helper([](void*) { return raise(SIGSEGV); }, nullptr);
    });
    crash();
    int status = 0;
    ASSERT_EQ(waitpid(helper, &status, 0), helper);
    EXPECT_TRUE(WIFSIGNALED(status));
  });
  EXPECT_EQ(kernel->failed, 0);
  EXPECT_EQ(kernel->continued, 1);
  EXPECT_EQ(ow_fork_helper(nullptr, nullptr), -EINVAL);
}

}  // namespace
}  // namespace libow_test
