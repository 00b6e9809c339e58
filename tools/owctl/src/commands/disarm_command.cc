// SPDX-License-Identifier: GPL-2.0
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "armed_policy.h"
#include "command.h"
#include "kernel_state.h"
#include "kexec.h"
#include "sysctl.h"
#include "terminal.h"

namespace owctl {
namespace {

class DisarmCommand : public Command {
 public:
  DisarmCommand()
      : Command("disarm", "unload the crash kernel, put the sysctls back") {}

  void declare(CLI::App& app) override {
    app.add_flag("--json", json_, "print what was done as JSON");
  }

  Result<Exit> run() override {
    auto root = require_root();
    if (!root)
      return root.error();
    const Paths paths;
    auto unloaded = unload_crash_kernel();
    if (!unloaded)
      return unloaded.error();
    QuietReporter quiet;
    TerminalReporter terminal;
    Reporter& reporter = json_ ? static_cast<Reporter&>(quiet) : terminal;
    auto restored = restore_sysctls(paths, reporter);
    if (!restored)
      return restored.error();
    auto forgotten = forget_policy(paths);
    if (!forgotten)
      return forgotten.error();
    if (json_)
      print(nlohmann::json{{"armed", false}, {"warnings", quiet.warnings}}.dump(
                2) +
            "\n");
    else
      reporter.info("disarmed; the sysctls are as they were before arming");
    return Exit::kOk;
  }

 private:
  bool json_ = false;
};

DisarmCommand instance;

}  // namespace
}  // namespace owctl
