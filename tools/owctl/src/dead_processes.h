// SPDX-License-Identifier: GPL-2.0
// The dead kernel's processes and mounts, and how to bring them back, by way
// of /dev/otherworld. What is done in which order is resurrection.cc's.
#ifndef OWCTL_DEAD_PROCESSES_H
#define OWCTL_DEAD_PROCESSES_H

#include <linux/otherworld.h>

#include <string>
#include <vector>

#include "fd.h"
#include "files.h"
#include "procedure_device.h"
#include "result.h"

namespace owctl {

// One open /dev/otherworld.
class DeadKernelDevice : public ProcedureDevice {
 public:
  static Result<DeadKernelDevice> open(const Paths& paths);

  [[nodiscard]] std::vector<otherworld_process> processes() const;
  [[nodiscard]] std::vector<otherworld_mount> mounts() const;
  [[nodiscard]] std::vector<otherworld_sysctl> sysctls() const;
  [[nodiscard]] std::vector<otherworld_swap> swaps() const;
  // The next swapon(2) takes over what the dead kernel had in this one.
  [[nodiscard]] Result<> take_swap(const otherworld_swap& area) const;
  // What was on a file system in memory, into the one mounted at its target.
  [[nodiscard]] Result<otherworld_fill> fill(
      const otherworld_mount& mount) const;

  // What the dead kernel had not written to file systems that are mounted by
  // now, each at the first call after its mount.
  [[nodiscard]] Result<> save_files() const;

  // Never returns if it works: the caller is somebody else then.
  [[nodiscard]] Error become(const otherworld_process& process) const;
  // Neither does this: the caller stands for it until it is killed instead.
  [[nodiscard]] Error lose(const otherworld_process& process) const;

  // How many stand at the gate and how many were given up, once that is no
  // longer what `before` says, or when the time is over.
  [[nodiscard]] Result<otherworld_settled> settled(
      const otherworld_settled& before, unsigned timeout_ms) const;

  [[nodiscard]] Result<> link() const;
  [[nodiscard]] Result<> open_gate() const;

  [[nodiscard]] Result<otherworld_pact_of> pact(pid_t pid) const override;
  [[nodiscard]] Result<> decide(pid_t pid,
                                otherworld_action action) const override;
  [[nodiscard]] Result<otherworld_procedure> procedure(
      pid_t pid) const override;
  [[nodiscard]] Result<> announce(const otherworld_event& event) const override;

  // Those that were not read yet.
  [[nodiscard]] std::vector<otherworld_verdict> verdicts() const;

 private:
  explicit DeadKernelDevice(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

std::vector<otherworld_verdict> read_verdicts(int device);

// A child with this PID; as fork() returns.
pid_t fork_as(pid_t pid);

}  // namespace owctl

#endif
