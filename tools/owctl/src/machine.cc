// SPDX-License-Identifier: GPL-2.0
#include "machine.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "root_mount.h"
#include "sysctl.h"

namespace owctl {
namespace {

// A shell on the console, in the machine's own root file system.
void run_shell(KernelLog& log) {
  const std::string shell = std::string(kNewRoot) + "/bin/sh";
  if (!exists(shell)) {
    log.warn("there is no shell: the root file system is not mounted");
    return;
  }
  log.warn("a shell on the console; the machine reboots when it ends");
  move_mounts(log);
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    if (::chroot(kNewRoot) == 0 && ::chdir("/") == 0) {
      ::ioctl(STDIN_FILENO, TIOCSCTTY, 1);
      ::execl("/bin/sh", "sh", static_cast<char*>(nullptr));
    }
    ::_exit(127);
  }
  // Process 1 inherits orphans, too: wait for this one in particular.
  while (child > 0 && ::waitpid(child, nullptr, 0) < 0 && errno == EINTR)
    continue;
}

}  // namespace

void end_machine(OnFailure action, KernelLog& log) {
  if (action == OnFailure::kShell)
    run_shell(log);
  log.warn(action == OnFailure::kHalt ? "halting" : "rebooting");
  ::sync();
  for (;;) {
    ::reboot(action == OnFailure::kHalt ? RB_HALT_SYSTEM : RB_AUTOBOOT);
    sleep_us(1000000);
  }
}

Guard::Guard(unsigned seconds, KernelLog& log) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return;
  Fd watch(ends[0]);
  alive_.reset(ends[1]);
  if (::fork() != 0)
    return;
  alive_.reset();
  pollfd wait = {watch.get(), POLLIN, 0};
  int ready;
  do {
    ready = ::poll(&wait, 1, static_cast<int>(seconds) * 1000);
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) {
    log.fail({fmt::format("the takeover did not end within {} s", seconds)});
    // No sync: what process 1 is stuck in might hold it up as well.
    ::reboot(RB_AUTOBOOT);
  }
  ::_exit(0);
}

void restore_process_limits(const Paths& paths, Reporter& reporter) {
  rlim_t threads = 0;
  auto text = read_sysctl(paths, "kernel.threads-max");
  if (!text || !parse_number(*text, threads))
    return;
  // As fork_init() has it.
  const rlimit limit = {threads / 2, threads / 2};
  for (const auto resource : {RLIMIT_NPROC, RLIMIT_SIGPENDING})
    if (::setrlimit(resource, &limit) != 0)
      reporter.warn(errno_error("setting process 1's limits").what);
}

}  // namespace owctl
