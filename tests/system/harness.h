// SPDX-License-Identifier: GPL-2.0
// System tests drive qemu/vm with this: one Vm is one `qemu/vm run`.
//
//   Vm vm({.smp = 4}, {"sh", "-c", "echo ready; sleep 100"});
//   ASSERT_TRUE(vm.wait_for("ready"));
//   vm.qmp().inject_nmi();
//   const Result result = vm.wait();
//   EXPECT_EQ(result.end, "exited") << result;
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "harness_folder.h"
#include "harness_gdb.h"
#include "harness_process.h"
#include "harness_qmp.h"

namespace harness {

struct Options {
  std::string mem = "2G";
  int smp = 2;
  std::string append{};             // words for the kernel command line
  std::filesystem::path copy{};     // to /root/copy in the guest
  bool rerun = false;               // the command again in each generation
  bool gdb = false;                 // needed for Vm::gdb()
  double timeout = 120;             // seconds, for all of it
  std::vector<std::string> more{};  // any other options of qemu/vm run
};

// The guest's PID 1 has reported: once for each kernel that came up.
struct Hello {
  double when;  // host CLOCK_MONOTONIC in seconds
  int generation;
  std::string state, reason, cause;
};

struct Result {
  // "exited", "command lost", "lost" (the VM), "timeout", "not started",
  // "interrupted"
  std::string end;
  int status = 0;
  std::string message;
  int resets = 0;
  double started = 0;
  std::vector<Hello> hellos;
  std::vector<Line> out, err;
  std::string console;
};

// All of it, for a failed test's message.
std::ostream& operator<<(std::ostream& stream, const Result& result);

class Vm {
 public:
  Vm(const Options& options, const std::vector<std::string>& command);
  // Ends the VM if it still runs.
  ~Vm();
  Vm(const Vm&) = delete;
  Vm& operator=(const Vm&) = delete;

  // Waits for a line of the command's standard output; see Process::wait_for.
  std::optional<Line> wait_for(
      std::string_view text,
      std::chrono::duration<double> patience = std::chrono::minutes(1));
  // Connected when first asked for.
  Qmp& qmp();
  // A gdb connection of its own, stopping the VM while it lives.
  [[nodiscard]] std::unique_ptr<Gdb> gdb() const;
  // What the serial console has shown so far.
  [[nodiscard]] std::string console() const;
  // Waits for the end.
  Result wait();

 private:
  Folder folder_;
  std::unique_ptr<Process> process_;
  std::unique_ptr<Qmp> qmp_;
};

// The directory of the guest's programs, for Options::copy.
std::filesystem::path guest_programs();

// Runs a command in a VM from begin to end.
Result run(const Options& options, const std::vector<std::string>& command);

// Lines in which a kernel complains about itself: BUG, WARNING, lockups and
// so on, among those after the first `generation` boots of the console log.
std::vector<std::string> complaints(std::string_view console, int generation);

}  // namespace harness
