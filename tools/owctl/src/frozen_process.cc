// SPDX-License-Identifier: GPL-2.0
#include "frozen_process.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>

#include "files.h"
#include "proc_stat.h"

namespace owctl {
namespace {

namespace fs = std::filesystem;

// A thread that waits for a device stops when it has what it waited for.
constexpr unsigned long long kPatienceUs = 5000000;
constexpr unsigned long long kPauseUs = 1000;

// Signals that it was about to get on the way there are given to it.
Result<bool> await_stop(pid_t thread) {
  const auto deadline = now_us() + kPatienceUs;
  while (now_us() < deadline) {
    int status = 0;
    const pid_t seen = ::waitpid(thread, &status, __WALL | WNOHANG);
    if (seen < 0 || (seen > 0 && !WIFSTOPPED(status)))
      return false;  // it has ended
    if (seen == 0) {
      sleep_us(kPauseUs);
      continue;
    }
    if (status >> 16 == PTRACE_EVENT_STOP)
      return true;
    ::ptrace(PTRACE_CONT, thread, 0, WSTOPSIG(status));
  }
  return Error{
      fmt::format("thread {} cannot be stopped: it waits for a device", thread),
      fmt::format("What for is in /proc/{}/stack.", thread)};
}

// The first thread of a process stays, as a zombie, as long as the others.
bool has_exited(const std::filesystem::path& thread) {
  const auto text = read_file((thread / "stat").string());
  const auto stat = parse_proc_stat(text.value_or(""));
  return !stat || stat->rest.front() == 'Z' || stat->rest.front() == 'X';
}

}  // namespace

Result<size_t> FrozenProcess::hold_threads(pid_t pid) {
  size_t held = 0;
  std::error_code gone;
  for (const auto& entry :
       fs::directory_iterator(fmt::format("/proc/{}/task", pid), gone)) {
    const pid_t thread = std::atoi(entry.path().filename().c_str());
    if (threads_.contains(thread))
      continue;
    if (::ptrace(PTRACE_SEIZE, thread, 0, 0) != 0) {
      const int number = errno;
      if (has_exited(entry.path()))
        continue;
      errno = number;
      auto error = errno_error(fmt::format("holding thread {}", thread));
      if (error.number == EPERM)
        error.hint = "A debugger may hold it, or it is the kernel's own.";
      return error;
    }
    threads_.insert(thread);
    ::ptrace(PTRACE_INTERRUPT, thread, 0, 0);
    const auto stopped = await_stop(thread);
    if (!stopped)
      return stopped.error();
    if (!*stopped)
      threads_.erase(thread);
    ++held;
  }
  return held;
}

Result<FrozenProcess> FrozenProcess::freeze(pid_t pid) {
  FrozenProcess self;
  // Until no thread that was not held yet has made another one.
  for (;;) {
    const auto held = self.hold_threads(pid);
    if (!held)
      return held.error();
    if (*held == 0)
      break;
  }
  if (self.threads_.empty())
    return Error{fmt::format("process {} is gone", pid)};
  return self;
}

FrozenProcess::~FrozenProcess() {
  for (const pid_t thread : threads_)
    ::ptrace(PTRACE_DETACH, thread, 0, 0);
}

}  // namespace owctl
