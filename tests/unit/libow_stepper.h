// SPDX-License-Identifier: GPL-2.0
// Lets a child do something one instruction at a time, or counts its system
// calls: a crash may come at any of them.
#ifndef LIBOW_STEPPER_H
#define LIBOW_STEPPER_H

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

namespace libow_test {

enum Phase : int { kPreparing = 0, kUnderWay, kDone };

// prepare() and body() in a traced child; between body()'s first instruction
// and its last, each stop of the kind requested is told to stopped(child).
// Returns how many there were, -1 if the child failed.
template <typename Prepare, typename Body, typename Stopped>
long trace(int request, Prepare&& prepare, Body&& body, Stopped&& stopped) {
  void* shared = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* const phase = new (shared) std::atomic<int>(kPreparing);
  const pid_t child = fork();
  if (child == 0) {
    prepare();
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
    *phase = kUnderWay;
    body();
    *phase = kDone;
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  long stops = 0;
  int status = -1;
  waitpid(child, &status, 0);
  while (WIFSTOPPED(status)) {
    const int now = *phase;
    if (now == kUnderWay) {
      ++stops;
      stopped(child);
    }
    ptrace(static_cast<__ptrace_request>(now == kDone ? PTRACE_CONT : request),
           child, nullptr, nullptr);
    waitpid(child, &status, 0);
  }
  munmap(shared, 4096);
  return status == 0 ? stops : -1;
}

// Of a child, an object that is at the same place in both.
template <typename T>
T of_child(pid_t child, const T& object) {
  T copy = {};
  const iovec here = {&copy, sizeof(copy)};
  const iovec there = {const_cast<T*>(&object), sizeof(copy)};
  EXPECT_EQ(process_vm_readv(child, &here, 1, &there, 1, 0),
            static_cast<ssize_t>(sizeof(copy)));
  return copy;
}

}  // namespace libow_test

#endif  // LIBOW_STEPPER_H
