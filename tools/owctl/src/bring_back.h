// SPDX-License-Identifier: GPL-2.0
// All processes of the dead kernel, up to the gate and through it.
#ifndef OWCTL_BRING_BACK_H
#define OWCTL_BRING_BACK_H

#include <linux/otherworld.h>

#include <optional>
#include <vector>

#include "dead_processes.h"
#include "report.h"
#include "reporter.h"
#include "selection.h"

namespace owctl {

class BringBack {
 public:
  BringBack(DeadKernelDevice device, const Selection& selection,
            Reporter& reporter);

  // The dead init, which the calling process 1 is to become; none if it was
  // not found, and then nothing should be brought back.
  [[nodiscard]] std::optional<otherworld_process> init() const;
  [[nodiscard]] const DeadKernelDevice& device() const { return device_; }

  // What processes may need to come back at all: how many files they may open.
  void restore_limits(const Paths& paths);
  // Names of the machine and what else was set through /proc/sys, when all have
  // come back: some of it would stand in their way.
  void restore_sysctls(const Paths& paths);

  // A stub for each process but init, also for those that are left out, and
  // wait until all are at the gate.
  void raise_all();
  // Wait for init as well.
  void await_init();
  [[nodiscard]] const std::vector<otherworld_process>& processes() const {
    return processes_;
  }
  // Kinship, and everybody goes on.
  void let_go();

  [[nodiscard]] Report report() const;

 private:
  void raise(const otherworld_process& process, bool chosen);
  void set(const Paths& paths, bool limits);
  void await(unsigned stubs);
  void reap();

  DeadKernelDevice device_;
  Reporter& reporter_;
  std::vector<otherworld_process> processes_;
  std::vector<bool> chosen_;  // of these
  std::vector<otherworld_verdict> verdicts_;
  otherworld_settled settled_ = {};
  unsigned stubs_ = 0;
  unsigned refused_ = 0;  // stubs that ended before anything was begun
};

}  // namespace owctl

#endif
