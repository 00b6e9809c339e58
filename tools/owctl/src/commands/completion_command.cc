// SPDX-License-Identifier: GPL-2.0
#include <CLI/CLI.hpp>

#include "command.h"
#include "completion.h"
#include "terminal.h"

namespace owctl {
namespace {

class CompletionCommand : public Command {
 public:
  CompletionCommand()
      : Command("completion", "print what a shell completes owctl by") {}

  void declare(CLI::App& app) override {
    app.add_option("SHELL", shell_, "which shell; there is one: bash")
        ->required()
        ->check(CLI::IsMember({"bash"}))
        ->type_name("bash");
    all_ = app.get_parent();
  }

  Result<Exit> run() override {
    print(bash_completion(*all_));
    return Exit::kOk;
  }

 private:
  std::string shell_;
  const CLI::App* all_ = nullptr;
};

CompletionCommand instance;

}  // namespace
}  // namespace owctl
