// SPDX-License-Identifier: GPL-2.0
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "command.h"
#include "dead_kernel.h"
#include "terminal.h"

namespace owctl {
namespace {

class InspectCommand : public Command {
 public:
  InspectCommand() : Command("inspect", "look into a dump of a dead kernel") {}

  void declare(CLI::App& app) override {
    app.add_option("VMCORE", vmcore_, "an ELF dump, or /proc/vmcore")
        ->required();
    app.add_flag("--log", log_, "print its log");
    app.add_flag("--backtrace", backtrace_,
                 "print the log from where the end began");
    app.add_flag("--vmcoreinfo", vmcoreinfo_, "print its VMCOREINFO");
    app.add_flag("--json", json_, "print everything as JSON");
  }

  Result<Exit> run() override {
    auto dead = read_dead_kernel(vmcore_);
    if (!dead)
      return dead.error();
    if (!dead->problem.empty())
      TerminalReporter().warn(dead->problem);
    if (json_)
      print(to_json(*dead));
    else if (log_)
      print(dead->log);
    else if (backtrace_)
      print(dead->backtrace);
    else if (vmcoreinfo_)
      print(dead->vmcoreinfo);
    else
      print(fmt::format("release   {}\nbuild id  {}\ncause     {}\n",
                        dead->release, dead->build_id, dead->cause));
    return Exit::kOk;
  }

 private:
  static std::string to_json(const DeadKernel& dead) {
    const nlohmann::json json = {
        {"release", dead.release},
        {"build_id", dead.build_id},
        {"crash_time", dead.crash_time},
        {"cause", dead.cause},
        {"log", dead.log},
        {"backtrace", dead.backtrace},
        {"vmcoreinfo", dead.vmcoreinfo},
        {"problem", dead.problem},
    };
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
           "\n";
  }

  std::string vmcore_;
  bool log_ = false;
  bool backtrace_ = false;
  bool vmcoreinfo_ = false;
  bool json_ = false;
};

InspectCommand instance;

}  // namespace
}  // namespace owctl
