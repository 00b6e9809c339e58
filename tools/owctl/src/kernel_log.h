// SPDX-License-Identifier: GPL-2.0
// A reporter for process 1: into the kernel log, and kept for the story.
#ifndef OWCTL_KERNEL_LOG_H
#define OWCTL_KERNEL_LOG_H

#include <string>

#include "fd.h"
#include "files.h"
#include "reporter.h"

namespace owctl {

class KernelLog : public Reporter {
 public:
  // Also lifts the kernel's limit on how much userspace may log.
  explicit KernelLog(const Paths& paths);

  void progress(std::string_view what) override;  // transcript only
  void info(std::string_view what) override;
  void warn(std::string_view what) override;
  // Shown on every console, also with `quiet`.
  void fail(const Error& error);

  [[nodiscard]] const std::string& transcript() const { return transcript_; }

 private:
  void log(int level, std::string_view text);

  Fd kmsg_;
  std::string transcript_;
};

}  // namespace owctl

#endif
