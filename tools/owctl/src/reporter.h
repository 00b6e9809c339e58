// SPDX-License-Identifier: GPL-2.0
// Where work says what it does: a person's terminal, a pipe, nobody (--json),
// or the kernel log when owctl is init of the crash kernel.
#ifndef OWCTL_REPORTER_H
#define OWCTL_REPORTER_H

#include <string>
#include <string_view>
#include <vector>

namespace owctl {

class Reporter {
 public:
  Reporter() = default;
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;
  virtual ~Reporter() = default;

  // Something is about to take a moment; shown only where it can be undrawn.
  virtual void progress(std::string_view what) = 0;
  virtual void info(std::string_view what) = 0;
  virtual void warn(std::string_view what) = 0;
};

// Keeps the warnings and is silent otherwise: for --json.
class QuietReporter : public Reporter {
 public:
  void progress(std::string_view /*what*/) override {}
  void info(std::string_view /*what*/) override {}
  void warn(std::string_view what) override { warnings.emplace_back(what); }

  std::vector<std::string> warnings;
};

}  // namespace owctl

#endif
