// SPDX-License-Identifier: GPL-2.0
#include "process_copy.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "dead_processes.h"
#include "frozen_process.h"

namespace owctl {
namespace {

// A thread that was seen to stop may be a few instructions away from it.
constexpr unsigned kAttempts = 1000;
constexpr unsigned long long kPauseUs = 1000;

// What the keeper tells of the copy.
struct Answer {
  int error;   // why it could not be begun, or 0
  int status;  // as waitpid(2) tells it
};

// As fork() returns; the child is process 1 of a new PID namespace, and may
// mount what nobody else sees.
pid_t fork_keeper() {
  clone_args arguments = {};
  arguments.flags = CLONE_NEWPID | CLONE_NEWNS;
  arguments.exit_signal = SIGCHLD;
  return static_cast<pid_t>(
      ::syscall(SYS_clone3, &arguments, sizeof(arguments)));
}

[[noreturn]] void become_copy(int device, const otherworld_process& original,
                              int errors) {
  // What it signals is not whoever made it.
  if (original.sid == original.pid)
    ::setsid();
  else
    ::setpgid(0, 0);
  // Ours are not the original's to use.
  ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
  // Where there is too little memory, the copy goes, not the original.
  (void)write_existing("/proc/self/oom_score_adj", "1000");
  int error = EAGAIN;
  for (unsigned i = 0; i < kAttempts && error == EAGAIN; ++i) {
    ::ioctl(device, OTHERWORLD_IOC_COPY);
    error = errno;
    if (error == EAGAIN)
      sleep_us(kPauseUs);
  }
  (void)!::write(errors, &error, sizeof(error));
  ::_exit(1);
}

// Makes the copy, and is its parent.
[[noreturn]] void attend(int device, const otherworld_process& original,
                         int answers, int orders) {
  int errors[2] = {};
  Answer answer = {};
  if (::pipe2(errors, O_CLOEXEC) != 0)
    ::_exit(1);
  const pid_t copy = fork_as(original.pid);
  if (copy == 0)
    become_copy(device, original, errors[1]);
  ::close(errors[1]);
  if (copy < 0) {
    answer.error = errno;
  } else {
    ::waitpid(copy, &answer.status, WUNTRACED);
    if (::read(errors[0], &answer.error, sizeof(answer.error)) <= 0)
      answer.error = 0;
  }
  (void)!::write(answers, &answer, sizeof(answer));
  char order = 0;
  if (!WIFSTOPPED(answer.status) || ::read(orders, &order, 1) != 1)
    ::_exit(0);
  ::kill(copy, SIGCONT);
  ::waitpid(copy, &answer.status, 0);
  (void)!::write(answers, &answer, sizeof(answer));
  ::_exit(0);
}

// Process 1 where the copy lives: when this ends, all there end. What the copy
// finds in /proc about itself, and the number of its parent, are as they were.
[[noreturn]] void keep(int device, const otherworld_process& original,
                       int answers, int orders) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Without our terminal.
  ::setsid();
  Answer answer = {};
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("proc", "/proc", "proc", 0, nullptr) != 0) {
    answer.error = errno;
    (void)!::write(answers, &answer, sizeof(answer));
    ::_exit(1);
  }
  const pid_t parent = original.ppid > 1 ? fork_as(original.ppid) : 0;
  if (parent <= 0)
    attend(device, original, answers, orders);
  ::close(answers);
  ::waitpid(parent, nullptr, 0);
  ::_exit(0);
}

Error refused(const otherworld_process& original, int number) {
  errno = number;
  auto error = errno_error(fmt::format("copying process {}", original.pid));
  if (number == ENOTTY || number == ENOSYS)
    error.hint = "The running kernel is older than this owctl.";
  else if (number == EBUSY)
    error.hint = "Another process is being copied, or brought back.";
  else if (number == EAGAIN)
    error.hint =
        "One of its threads runs, or it has memory or descriptors in common "
        "with another process.";
  else if (number == EEXIST)
    error.hint = "Process 1 of a machine cannot be copied.";
  return error;
}

Result<Answer> next_answer(int fd) {
  Answer answer = {};
  if (::read(fd, &answer, sizeof(answer)) != sizeof(answer))
    return Error{"whoever kept the copy has ended"};
  return answer;
}

}  // namespace

ProcessCopy::ProcessCopy(ProcessCopy&& other) noexcept
    : keeper_(std::exchange(other.keeper_, -1)),
      answers_(std::move(other.answers_)),
      orders_(std::move(other.orders_)),
      exists_(other.exists_),
      verdicts_(std::move(other.verdicts_)) {}

ProcessCopy::~ProcessCopy() {
  if (keeper_ < 0)
    return;
  ::kill(keeper_, SIGKILL);
  ::waitpid(keeper_, nullptr, 0);
}

Result<ProcessCopy> ProcessCopy::make(const Paths& paths,
                                      const otherworld_process& original) {
  auto device = open_file(paths("/dev/otherworld"), O_RDWR);
  if (!device)
    return device.error();
  // One after the other: verdicts are whose who reads them first. And nobody
  // is held still while somebody else is copied.
  ::flock(device->get(), LOCK_EX);
  (void)read_verdicts(device->get());
  const auto held = FrozenProcess::freeze(original.pid);
  if (!held)
    return held.error();
  int answers[2] = {};
  int orders[2] = {};
  if (::pipe2(answers, O_CLOEXEC) != 0 || ::pipe2(orders, O_CLOEXEC) != 0)
    return errno_error("making a pipe");
  ProcessCopy self;
  self.answers_ = Fd(answers[0]);
  self.orders_ = Fd(orders[1]);
  self.keeper_ = fork_keeper();
  if (self.keeper_ < 0)
    return errno_error("making a PID namespace");
  if (self.keeper_ == 0) {
    // If we are killed, the keeper finds nobody at the other end.
    self.answers_.reset();
    self.orders_.reset();
    keep(device->get(), original, answers[1], orders[0]);
  }
  ::close(answers[1]);
  ::close(orders[0]);
  const auto answer = next_answer(self.answers_.get());
  if (!answer)
    return answer.error();
  self.verdicts_ = read_verdicts(device->get());
  // The keeper has the same open file.
  ::flock(device->get(), LOCK_UN);
  if (answer->error != 0 && self.verdicts_.empty())
    return refused(original, answer->error);
  self.exists_ = WIFSTOPPED(answer->status);
  return self;
}

Result<int> ProcessCopy::run() {
  if (::write(orders_.get(), "r", 1) != 1)
    return errno_error("letting the copy go on");
  const auto answer = next_answer(answers_.get());
  if (!answer)
    return answer.error();
  return WIFSIGNALED(answer->status) ? 128 + WTERMSIG(answer->status)
                                     : WEXITSTATUS(answer->status);
}

}  // namespace owctl
