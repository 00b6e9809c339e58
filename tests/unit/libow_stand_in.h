// SPDX-License-Identifier: GPL-2.0
// A kernel with Otherworld, as far as libow can see it. Tests use libow in
// children only, so that each begins as a program does: without a pact.
#ifndef LIBOW_STAND_IN_H
#define LIBOW_STAND_IN_H

#include <gtest/gtest.h>
#include <linux/otherworld.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "device.h"

namespace libow_test {

inline constexpr unsigned kMostVerdicts = 200;
inline constexpr unsigned kMostEvents = 8;

// Shared with children: what the kernel shall say, and what it was told.
struct Kernel {
  int open_error;  // of the device: 0 or a negative errno value
  int map_error;   // the same, positive
  int outcome_error;
  int opened;  // how often
  otherworld_outcome outcome;
  otherworld_verdict verdicts[kMostVerdicts];
  unsigned events;
  otherworld_event event[kMostEvents];
  bool refuses_to_continue;

  int continued;
  int failed;
  pid_t failed_by;
  std::uint64_t ucontext;
  // For what a test wants to tell its parent.
  int notes[8];
};
extern Kernel* kernel;

// The page as a resurrection reads it.
struct Pact {
  otherworld_pact_state state = OTHERWORLD_PACT_NONE;
  otherworld_pact_copy copy = {};
};
Pact read_pact(const otherworld_pact& page, pid_t pid);
// Of this process.
Pact own_pact();

// What an address of the kernel's interface stands for.
template <typename T>
T* pointer(std::uint64_t address) {
  return reinterpret_cast<T*>(address);  // NOLINT(performance-no-int-to-ptr)
}

// The kernel dies and is back: the crash procedure of this process is entered,
// as the kernel enters one. Returns if and where it continues.
void crash();

void add_verdict(unsigned grade, const char* resource, const char* reason);

// The device is this one while it lives, and regions are in a directory of its
// own.
class Otherworld : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
  [[nodiscard]] const std::string& regions() const { return regions_; }

 private:
  libow::Device real_;
  std::string regions_;
};

// body() in a child, whose wait status this is. Failed expectations of it are
// status 1, and else it is 0 if body() returns.
template <typename F>
int status_in_child(F&& body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

#define EXPECT_IN_CHILD(...) \
  EXPECT_EQ(libow_test::status_in_child([&] __VA_ARGS__), 0)

// The exit status, -1 if it did not exit.
template <typename F>
int exit_in_child(F&& body) {
  const int status = status_in_child(body);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace libow_test

#endif  // LIBOW_STAND_IN_H
