// SPDX-License-Identifier: GPL-2.0
#include "process.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"

namespace owctl {
namespace {

[[noreturn]] void become(const std::vector<std::string>& arguments,
                         const RunOptions& options) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const auto& argument : arguments)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  for (const auto& variable : options.environment)
    ::putenv(const_cast<char*>(variable.c_str()));  // NOLINT
  if (options.output_fd >= 0) {
    ::dup2(options.output_fd, STDOUT_FILENO);
    ::dup2(options.output_fd, STDERR_FILENO);
  }
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

}  // namespace

Result<int> run_program(const std::vector<std::string>& arguments,
                        const RunOptions& options) {
  const pid_t child = ::fork();
  if (child < 0)
    return errno_error("starting " + arguments.front());
  if (child == 0)
    become(arguments, options);
  const auto deadline = now_us() + options.timeout_s * 1000000ULL;
  int status = 0;
  for (;;) {
    const bool bounded = options.timeout_s != 0;
    const pid_t ended = ::waitpid(child, &status, bounded ? WNOHANG : 0);
    if (ended < 0 && errno != EINTR)
      return errno_error("waiting for " + arguments.front());
    if (ended == child)
      break;
    if (bounded && now_us() > deadline) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return Error{fmt::format("{} took longer than {} s and was stopped",
                               arguments.front(), options.timeout_s)};
    }
    if (bounded)
      sleep_us(10000);
  }
  if (WIFSIGNALED(status))
    return 128 + WTERMSIG(status);
  if (WEXITSTATUS(status) == 127)
    return Error{fmt::format("{} could not be started", arguments.front()),
                 "Is it installed?"};
  return WEXITSTATUS(status);
}

}  // namespace owctl
