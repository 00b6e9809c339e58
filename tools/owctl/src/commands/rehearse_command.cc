// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <optional>

#include "armed_policy.h"
#include "command.h"
#include "dump_view.h"
#include "files.h"
#include "kernel_state.h"
#include "live_processes.h"
#include "process_copy.h"
#include "rehearsal.h"
#include "report_view.h"
#include "terminal.h"
#include "visible_text.h"
#include "wanted_processes.h"

namespace owctl {
namespace {

class RehearseCommand : public Command {
 public:
  RehearseCommand()
      : Command("rehearse", "show what would survive a crash, without one") {}

  void declare(CLI::App& app) override {
    processes_.declare(app);
    app.add_flag("--maps", maps_, "print the memory maps");
    app.add_flag("--files", files_, "print the open files");
    app.add_flag("--mounts", mounts_, "print the mounts");
    app.add_flag("--json", json_, "print everything as JSON");
    app.add_flag("--copy", copy_,
                 "try it: make a copy of one process, as after a crash, while "
                 "the process is held still");
    app.add_flag("--run", run_,
                 "with --copy: let the copy go on, and wait for its end");
  }

  Result<Exit> run() override {
    const Paths paths;
    auto kernel = read_kernel_state(paths);
    if (!kernel)
      return kernel.error();
    if (copy_ || run_)
      return copy(paths);
    auto live = LiveKernel::open(paths("/proc/kcore"));
    if (!live)
      return live.error();
    const auto wanted = [this](int pid, const std::string& name) {
      return is_wanted(pid, name);
    };
    DumpModel model = rehearse(**live, wanted);
    const bool armed = kernel->state == State::kArmed;
    std::optional<Policy> policy;
    if (armed)
      policy = remembered_policy(paths, kernel->generation);
    if (policy)
      apply_selection(policy->selection, model);
    auto kept =
        processes_.keep(model.processes, [&](const DumpProcess& process) {
          return wanted(process.pid, process.name);
        });
    if (!kept)
      return kept.error();

    TerminalReporter reporter;
    if (!armed)
      reporter.warn("no crash kernel is armed: a crash now is the end of all");
    else if (policy && policy->fresh)
      reporter.warn("armed with --fresh: a takeover would begin without them");
    show(model, armed, policy);
    return all_exact(model) ? Exit::kOk : Exit::kNotExact;
  }

 private:
  [[nodiscard]] bool is_wanted(int pid, const std::string& name) const {
    // This very command: what it has open says nothing about the machine.
    return pid != ::getpid() && processes_.has(pid, name);
  }

  Result<Exit> copy(const Paths& paths) const {
    int pid = 0;
    const auto& words = processes_.words();
    if (!copy_ || words.size() != 1 || !parse_number(words[0], pid))
      return Error{"--copy takes the ID of one process", {}, Exit::kUsage};
    const auto process = live_process(paths, pid);
    if (!process)
      return process.error();
    TerminalReporter reporter;
    reporter.progress(fmt::format("copying {}", visible_text(process->comm)));
    auto made = ProcessCopy::make(paths, *process);
    if (!made)
      return made.error();
    const Report report = make_report({*process}, made->verdicts());
    print(json_ ? report_to_json(report)
                : render_report(report, look_of(STDOUT_FILENO)));
    bool well = made->exists() && all_exact(report);
    if (run_ && made->exists()) {
      const auto status = made->run();
      if (!status)
        return status.error();
      reporter.info(fmt::format("the copy ended with status {}", *status));
      well = well && *status == 0;
    }
    return well ? Exit::kOk : Exit::kNotExact;
  }

  void show(const DumpModel& model, bool armed,
            const std::optional<Policy>& policy) const {
    if (json_) {
      nlohmann::json json = {{"armed", armed},
                             {"fresh", policy && policy->fresh}};
      json.update(dump_json(model));
      print(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
            "\n");
      return;
    }
    const bool everything = !maps_ && !files_ && !mounts_;
    const bool one = everything && processes_.words().size() == 1 &&
                     model.processes.size() == 1;
    const DumpViewWants wants = {everything, maps_ || one, files_ || one,
                                 mounts_};
    print(render_dump(model, wants, look_of(STDOUT_FILENO)));
  }

  WantedProcesses processes_;
  bool maps_ = false;
  bool files_ = false;
  bool mounts_ = false;
  bool json_ = false;
  bool copy_ = false;
  bool run_ = false;
};

RehearseCommand instance;

}  // namespace
}  // namespace owctl
