// SPDX-License-Identifier: GPL-2.0
// Each subcommand is one file that registers itself; main() knows none of them.
#ifndef OWCTL_COMMAND_H
#define OWCTL_COMMAND_H

#include <string>
#include <vector>

#include "result.h"

namespace CLI {
class App;
}

namespace owctl {

class Command {
 public:
  Command(const char* name, const char* summary);
  virtual ~Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // Declares options; called once, before the command line is read.
  virtual void declare(CLI::App& app) = 0;
  virtual Result<Exit> run() = 0;

  [[nodiscard]] const char* name() const { return name_; }
  [[nodiscard]] const char* summary() const { return summary_; }

  // All of them, by name.
  static std::vector<Command*> all();

 private:
  const char* name_;
  const char* summary_;
};

// All that there is to say on a command line.
void declare_commands(CLI::App& app);

// Reads the command line, runs the subcommand, returns the exit status.
int run_command_line(int argc, char** argv);

Result<> require_root();

}  // namespace owctl

#endif
