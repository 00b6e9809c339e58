// SPDX-License-Identifier: LGPL-2.1
#include "restart.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "otherworld/ow.h"

namespace libow {
namespace {

constexpr const char* kThisProgram = "/proc/self/exe";

struct Program {
  bool known = false;
  char path[PATH_MAX] = {};  // "" if it cannot be had
  char** arguments = nullptr;
};

Program program;

// What ow_restart_with() said.
const char* given_path = nullptr;
char* const* given_arguments = nullptr;

// A whole file of /proc and a 0 behind it; nullptr if that fails.
char* read_whole(const char* path, std::size_t& size) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return nullptr;
  }
  char* text = nullptr;
  std::size_t room = 0;
  size = 0;
  for (;;) {
    if (size == room) {
      room += 4096;
      auto* more = static_cast<char*>(std::realloc(text, room));
      if (more == nullptr) {
        break;
      }
      text = more;
    }
    const ssize_t got = read(fd, text + size, room - size);
    if (got == 0) {
      text[size] = 0;
      close(fd);
      return text;
    }
    if (got > 0) {
      size += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      break;
    }
  }
  std::free(text);
  close(fd);
  return nullptr;
}

// "one\0two\0" as an argument vector, which keeps the text.
char** split(char* text, std::size_t size) {
  // A program may have written over its arguments, and the last 0.
  std::size_t count = size > 0 && text[size - 1] != 0 ? 1 : 0;
  for (std::size_t i = 0; i < size; ++i) {
    count += text[i] == 0 ? 1 : 0;
  }
  auto** vector = static_cast<char**>(std::calloc(count + 1, sizeof(char*)));
  if (vector == nullptr) {
    return nullptr;
  }
  for (std::size_t i = 0; i < count; ++i) {
    vector[i] = text;
    text += std::strlen(text) + 1;
  }
  return vector;
}

bool same_file(const char* one, const char* other) {
  struct stat a = {};
  struct stat b = {};
  return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

void execute(char* const arguments[]) {
  if (arguments == nullptr || arguments[0] == nullptr) {
    return;
  }
  if (given_path != nullptr) {
    execve(given_path, arguments, environ);
    return;
  }
  // By its path, if that is the same program still: ps(1) shows a better name.
  if (same_file(program.path, kThisProgram)) {
    execve(program.path, arguments, environ);
  }
  execve(kThisProgram, arguments, environ);
  execve(program.path, arguments, environ);
}

sigset_t mask_of(const ucontext_t& interrupted) {
  // The kernel's mask has 64 bits, the C library's more.
  sigset_t mask;
  sigemptyset(&mask);
  std::memcpy(&mask, &interrupted.uc_sigmask, sizeof(std::uint64_t));
  return mask;
}

struct sigaction handlers[NSIG];

void keep_handlers() {
  for (int signal = 1; signal < NSIG; ++signal) {
    handlers[signal].sa_handler = SIG_ERR;
    sigaction(signal, nullptr, &handlers[signal]);
  }
}

void put_handlers_back() {
  for (int signal = 1; signal < NSIG; ++signal) {
    if (handlers[signal].sa_handler != SIG_ERR) {
      sigaction(signal, &handlers[signal], nullptr);
    }
  }
}

// exec() leaves them running, and the first tick would kill a program that does
// not know of them.
struct Ticking {
  decltype(ITIMER_REAL) timer;
  int signal;
  itimerval value;
};

Ticking ticking[] = {{ITIMER_REAL, SIGALRM, {}},
                     {ITIMER_VIRTUAL, SIGVTALRM, {}},
                     {ITIMER_PROF, SIGPROF, {}}};

void stop_timers() {
  constexpr itimerval kStopped = {};
  for (auto& one : ticking) {
    setitimer(one.timer, &kStopped, &one.value);
    struct sigaction action = {};
    sigaction(one.signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) {
      // For what is on its way already.
      signal(one.signal, SIG_IGN);
      signal(one.signal, SIG_DFL);
    }
  }
}

void start_timers() {
  for (const auto& one : ticking) {
    setitimer(one.timer, &one.value, nullptr);
  }
}

}  // namespace

void remember_program() {
  if (program.known) {
    return;
  }
  program.known = true;
  const ssize_t length =
      readlink(kThisProgram, program.path, sizeof(program.path) - 1);
  program.path[length < 0 ? 0 : length] = 0;
  std::size_t size = 0;
  char* text = read_whole("/proc/self/cmdline", size);
  if (text != nullptr) {
    program.arguments = split(text, size);
  }
}

void leave_handlers(const ucontext_t& interrupted) {
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action = {};
    if (sigaction(signal, nullptr, &action) == 0 &&
        action.sa_handler != SIG_IGN && action.sa_handler != SIG_DFL) {
      action = {};
      action.sa_handler = SIG_DFL;
      sigaction(signal, &action, nullptr);
    }
  }
  const sigset_t mask = mask_of(interrupted);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
}

void restart_program(const ucontext_t& interrupted) {
  sigset_t before;
  sigprocmask(SIG_SETMASK, nullptr, &before);
  keep_handlers();
  stop_timers();
  // The new program has this one's mask, and signals that wait must not find a
  // handler before it is there.
  leave_handlers(interrupted);
  execute(given_arguments != nullptr ? given_arguments : program.arguments);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  put_handlers_back();
  start_timers();
}

}  // namespace libow

int ow_restart_with(const char* path, char* const argv[]) {
  if (argv != nullptr && argv[0] == nullptr) {
    return -EINVAL;
  }
  libow::given_path = path;
  libow::given_arguments = argv;
  return 0;
}
