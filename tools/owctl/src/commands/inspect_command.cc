// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <climits>
#include <nlohmann/json.hpp>
#include <optional>

#include "command.h"
#include "dead_kernel.h"
#include "dump_reader.h"
#include "dump_view.h"
#include "files.h"
#include "terminal.h"
#include "visible_text.h"

namespace owctl {
namespace {

// The same program with libkdumpfile in it, from beside this one or from where
// it is installed. Returns only if it is not there.
void run_reader_of_compressed_dumps() {
  std::array<char, PATH_MAX> self = {};
  auto command_line = read_file("/proc/self/cmdline");
  if (::readlink("/proc/self/exe", self.data(), self.size() - 1) <= 0 ||
      !command_line)
    return;
  std::string directory = self.data();
  directory.resize(directory.rfind('/'));
  std::vector<std::string> words = split(*command_line, '\0');
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (auto& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  for (const char* place : {"", "/../libexec/otherworld"})
    ::execv((directory + place + "/owctl-inspect").c_str(), arguments.data());
}

class InspectCommand : public Command {
 public:
  InspectCommand() : Command("inspect", "look into a dump of a dead kernel") {}

  void declare(CLI::App& app) override {
    app.add_option("VMCORE", vmcore_,
                   "/proc/vmcore, or a dump by QEMU or makedumpfile")
        ->required()
        ->type_name("FILE");
    pid_option_ =
        app.add_option("--pid", pid_, "only this process")->type_name("PID");
    app.add_flag("--maps", maps_, "print the memory maps");
    app.add_flag("--files", files_, "print the open files");
    app.add_flag("--mounts", mounts_, "print the mounts");
    app.add_flag("--log", log_, "print its log");
    app.add_flag("--backtrace", backtrace_,
                 "print the log from where the end began");
    app.add_flag("--vmcoreinfo", vmcoreinfo_, "print its VMCOREINFO");
    app.add_flag("--json", json_, "print everything as JSON");
  }

  Result<Exit> run() override {
    if (!reads_compressed_dumps() && is_compressed_dump(vmcore_))
      run_reader_of_compressed_dumps();
    auto dump = open_dump(vmcore_);
    if (!dump)
      return dump.error();
    auto dead = read_dead_kernel(**dump);
    if (!dead)
      return dead.error().in(vmcore_);
    TerminalReporter reporter;
    if (!dead->problem.empty())
      reporter.warn(dead->problem);
    if (log_)
      print(visible_text(dead->log, true));
    else if (backtrace_)
      print(visible_text(dead->backtrace, true));
    else if (vmcoreinfo_)
      print(visible_text(dead->vmcoreinfo, true));
    else
      return show(**dump, *dead, reporter);
    return Exit::kOk;
  }

 private:
  Result<Exit> show(const DumpFile& dump, const DeadKernel& dead,
                    Reporter& reporter) {
    std::optional<DumpModel> model;
    std::optional<int> pid;
    if (pid_option_->count() > 0)
      pid = pid_;
    auto reader = DumpReader::open(dump);
    if (reader) {
      model = (*reader)->read(pid);
      if (pid && model->processes.empty())
        return Error{fmt::format("{}: there is no process {}", vmcore_, *pid)};
    } else if (pid || maps_ || files_ || mounts_) {
      return reader.error().in(vmcore_);
    } else {
      reporter.warn(reader.error().what);
    }
    if (json_) {
      print(to_json(dead, model));
      return Exit::kOk;
    }
    const bool everything = !maps_ && !files_ && !mounts_;
    if (!pid && everything)
      print(fmt::format("release   {}\nbuild id  {}\ncause     {}\n\n",
                        visible_text(dead.release), dead.build_id,
                        visible_text(dead.cause)));
    const DumpViewWants wants = {everything, maps_ || (pid && everything),
                                 files_ || (pid && everything), mounts_};
    if (model)
      print(render_dump(*model, wants, look_of(STDOUT_FILENO)));
    return Exit::kOk;
  }

  static std::string to_json(const DeadKernel& dead,
                             const std::optional<DumpModel>& model) {
    nlohmann::json json = {
        {"release", dead.release},
        {"build_id", dead.build_id},
        {"crash_time", dead.crash_time},
        {"cause", dead.cause},
        {"log", dead.log},
        {"backtrace", dead.backtrace},
        {"vmcoreinfo", dead.vmcoreinfo},
        {"problem", dead.problem},
    };
    if (model)
      json.update(dump_json(*model));
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
           "\n";
  }

  std::string vmcore_;
  CLI::Option* pid_option_ = nullptr;
  int pid_ = 0;
  bool maps_ = false;
  bool files_ = false;
  bool mounts_ = false;
  bool log_ = false;
  bool backtrace_ = false;
  bool vmcoreinfo_ = false;
  bool json_ = false;
};

InspectCommand instance;

}  // namespace
}  // namespace owctl
