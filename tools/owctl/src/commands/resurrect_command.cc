// SPDX-License-Identifier: GPL-2.0
#include <CLI/CLI.hpp>

#include "command.h"

namespace owctl {
namespace {

// Listed so that it can be read about. The kernel starts it as /init.
class ResurrectCommand : public Command {
 public:
  ResurrectCommand()
      : Command("resurrect", "process 1 of the crash kernel (not by hand)") {}

  void declare(CLI::App& /*app*/) override {}

  Result<Exit> run() override {
    return Error{"resurrect runs as process 1 of a crash kernel only",
                 "owctl arm puts it into the initramfs it loads.",
                 Exit::kUsage};
  }
};

ResurrectCommand instance;

}  // namespace
}  // namespace owctl
