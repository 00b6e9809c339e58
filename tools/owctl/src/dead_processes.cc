// SPDX-License-Identifier: GPL-2.0
#include "dead_processes.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace owctl {
namespace {

constexpr std::string_view kDevice = "/dev/otherworld";

// Entries of one of the kernel's lists, up to the end or the first error.
template <typename Entry>
std::vector<Entry> list(int fd, unsigned long request) {
  std::vector<Entry> entries;
  Entry entry = {};
  while (::ioctl(fd, request, &entry) == 0) {
    entries.push_back(entry);
    const auto next = entry.index + 1;
    entry = {};
    entry.index = next;
  }
  return entries;
}

}  // namespace

Result<DeadKernelDevice> DeadKernelDevice::open(const Paths& paths) {
  auto device = open_file(paths(kDevice), O_RDWR);
  if (!device)
    return device.error();
  return DeadKernelDevice(std::move(*device));
}

std::vector<otherworld_process> DeadKernelDevice::processes() const {
  return list<otherworld_process>(fd_.get(), OTHERWORLD_IOC_PROCESS);
}

std::vector<otherworld_mount> DeadKernelDevice::mounts() const {
  return list<otherworld_mount>(fd_.get(), OTHERWORLD_IOC_MOUNT);
}

std::vector<otherworld_sysctl> DeadKernelDevice::sysctls() const {
  return list<otherworld_sysctl>(fd_.get(), OTHERWORLD_IOC_SYSCTL);
}

std::vector<otherworld_swap> DeadKernelDevice::swaps() const {
  return list<otherworld_swap>(fd_.get(), OTHERWORLD_IOC_SWAP);
}

Result<> DeadKernelDevice::take_swap(const otherworld_swap& area) const {
  otherworld_swap taken = area;
  if (::ioctl(fd_.get(), OTHERWORLD_IOC_SWAP, &taken) != 0)
    return errno_error(fmt::format("taking over swap on {}", area.path));
  return {};
}

Result<> DeadKernelDevice::save_files() const {
  if (::ioctl(fd_.get(), OTHERWORLD_IOC_SAVE) != 0)
    return errno_error("putting back what was not written to disk");
  return {};
}

Result<otherworld_fill> DeadKernelDevice::fill(
    const otherworld_mount& mount) const {
  auto root = open_file(mount.target, O_RDONLY | O_DIRECTORY);
  if (!root)
    return root.error();
  otherworld_fill fill = {};
  fill.index = mount.index;
  fill.fd = root->get();
  if (::ioctl(fd_.get(), OTHERWORLD_IOC_FILL, &fill) != 0)
    return errno_error(fmt::format("filling {}", mount.target));
  return fill;
}

Error DeadKernelDevice::become(const otherworld_process& process) const {
  __u64 task = process.task;
  ::ioctl(fd_.get(), OTHERWORLD_IOC_BECOME, &task);
  return errno_error(fmt::format("becoming process {}", process.pid));
}

Error DeadKernelDevice::lose(const otherworld_process& process) const {
  __u64 task = process.task;
  ::ioctl(fd_.get(), OTHERWORLD_IOC_LOSE, &task);
  return errno_error(fmt::format("losing process {}", process.pid));
}

Result<otherworld_settled> DeadKernelDevice::settled(
    const otherworld_settled& before, unsigned timeout_ms) const {
  otherworld_settled settled = {};
  settled.timeout_ms = timeout_ms;
  settled.seen = before.arrived + before.failed;
  if (::ioctl(fd_.get(), OTHERWORLD_IOC_SETTLED, &settled) != 0)
    return errno_error("waiting for processes");
  return settled;
}

Result<> DeadKernelDevice::link() const {
  if (::ioctl(fd_.get(), OTHERWORLD_IOC_LINK) != 0)
    return errno_error("linking parents and children");
  return {};
}

Result<> DeadKernelDevice::open_gate() const {
  if (::ioctl(fd_.get(), OTHERWORLD_IOC_OPEN_GATE) != 0)
    return errno_error("opening the gate");
  return {};
}

Result<otherworld_pact_of> DeadKernelDevice::pact(pid_t pid) const {
  otherworld_pact_of pact = {};
  pact.pid = pid;
  if (::ioctl(fd_.get(), OTHERWORLD_IOC_PACT, &pact) != 0)
    return errno_error(fmt::format("asking for the pact of process {}", pid));
  return pact;
}

Result<> DeadKernelDevice::decide(pid_t pid, otherworld_action action) const {
  const otherworld_decision decision = {.pid = pid, .action = action};
  if (::ioctl(fd_.get(), OTHERWORLD_IOC_DECIDE, &decision) != 0)
    return errno_error(fmt::format("deciding about process {}", pid));
  return {};
}

Result<otherworld_procedure> DeadKernelDevice::procedure(pid_t pid) const {
  otherworld_procedure procedure = {};
  procedure.pid = pid;
  if (::ioctl(fd_.get(), OTHERWORLD_IOC_PROCEDURE, &procedure) != 0)
    return errno_error(fmt::format("watching process {}", pid));
  return procedure;
}

Result<> DeadKernelDevice::announce(const otherworld_event& event) const {
  if (::ioctl(fd_.get(), OTHERWORLD_IOC_ANNOUNCE, &event) != 0)
    return errno_error(fmt::format("announcing that {} restarts", event.group));
  return {};
}

std::vector<otherworld_verdict> DeadKernelDevice::verdicts() const {
  return read_verdicts(fd_.get());
}

std::vector<otherworld_verdict> read_verdicts(int device) {
  std::vector<otherworld_verdict> all;
  std::array<otherworld_verdict, 64> some = {};
  for (;;) {
    const ssize_t size = ::read(device, some.data(), sizeof(some));
    if (size <= 0)
      return all;
    all.insert(all.end(), some.begin(),
               some.begin() + size / static_cast<ssize_t>(sizeof(some[0])));
  }
}

pid_t fork_as(pid_t pid) {
  clone_args arguments = {};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<__u64>(&pid);
  arguments.set_tid_size = 1;
  return static_cast<pid_t>(
      ::syscall(SYS_clone3, &arguments, sizeof(arguments)));
}

}  // namespace owctl
