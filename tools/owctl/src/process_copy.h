// SPDX-License-Identifier: GPL-2.0
// A copy of a process, made by all that would bring it back after a crash.
#ifndef OWCTL_PROCESS_COPY_H
#define OWCTL_PROCESS_COPY_H

#include <linux/otherworld.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "fd.h"
#include "files.h"
#include "result.h"

namespace owctl {

// It has the PID of the original and its parent's, in a PID namespace of its
// own, and stands where the original stood. It ends with this object, unless it
// has before.
class ProcessCopy {
 public:
  // The original is held still for as long as this takes.
  static Result<ProcessCopy> make(const Paths& paths,
                                  const otherworld_process& original);
  ProcessCopy(ProcessCopy&& other) noexcept;
  ProcessCopy& operator=(ProcessCopy&&) = delete;
  ProcessCopy(const ProcessCopy&) = delete;
  ProcessCopy& operator=(const ProcessCopy&) = delete;
  ~ProcessCopy();

  // What the kernel said of it, in its own words.
  [[nodiscard]] const std::vector<otherworld_verdict>& verdicts() const {
    return verdicts_;
  }
  // False if it was given up: the verdicts tell why.
  [[nodiscard]] bool exists() const { return exists_; }
  // To its end: the exit status as a shell has it.
  Result<int> run();

 private:
  ProcessCopy() = default;

  pid_t keeper_ = -1;  // process 1 of its namespace
  Fd answers_, orders_;
  bool exists_ = false;
  std::vector<otherworld_verdict> verdicts_;
};

}  // namespace owctl

#endif
