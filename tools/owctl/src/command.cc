// SPDX-License-Identifier: GPL-2.0
#include "command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <string_view>

#include "terminal.h"

namespace owctl {
namespace {

// In a function, so that it exists before the first static Command does.
std::vector<Command*>& registry() {
  static std::vector<Command*> commands;
  return commands;
}

constexpr const char* kFooter = R"(
Exit status:
  0  done; for status: a crash kernel is armed
  1  an error
  2  the command line was not understood
  3  no crash kernel is armed
  4  this kernel has no Otherworld
  5  not permitted (root is needed)
  6  refused: arming would not work; the message says what is missing
  7  cancelled by the user
  8  report: not every process came back exactly as it was;
     rehearse: not every process would)";

int parse_and_run(int argc, char** argv) {
  CLI::App app("Let applications survive a crash of the kernel.", "owctl");
  declare_commands(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::kUsage);
  }
  for (Command* command : Command::all()) {
    if (!app.got_subcommand(command->name()))
      continue;
    auto status = command->run();
    if (status)
      return static_cast<int>(*status);
    print_error(status.error());
    return static_cast<int>(status.error().status);
  }
  return static_cast<int>(Exit::kUsage);
}

}  // namespace

Command::Command(const char* name, const char* summary)
    : name_(name), summary_(summary) {
  registry().push_back(this);
}

std::vector<Command*> Command::all() {
  std::vector<Command*> commands = registry();
  std::sort(commands.begin(), commands.end(),
            [](const Command* a, const Command* b) {
              return std::string_view(a->name()) < b->name();
            });
  return commands;
}

void declare_commands(CLI::App& app) {
  app.require_subcommand(1);
  app.footer(kFooter);
  for (Command* command : Command::all()) {
    CLI::App* sub = app.add_subcommand(command->name(), command->summary());
    command->declare(*sub);
  }
}

int run_command_line(int argc, char** argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    print_error({error.what()});
    return static_cast<int>(Exit::kError);
  }
}

Result<> require_root() {
  if (::geteuid() == 0)
    return {};
  return Error{"this needs root", "Run it as root, or with sudo.",
               Exit::kNoPermission};
}

}  // namespace owctl
