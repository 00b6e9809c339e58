// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "command.h"
#include "kernel_state.h"
#include "sysctl.h"
#include "terminal.h"
#include "trigger.h"

namespace owctl {
namespace {

std::string_view by_name(TriggerBy by) {
  switch (by) {
    case TriggerBy::kLkdtm:
      return "lkdtm";
    case TriggerBy::kProvoke:
      return "provoke";
    case TriggerBy::kSysrq:
      return "sysrq";
  }
  return {};
}

class TriggerCommand : public Command {
 public:
  TriggerCommand() : Command("trigger", "kill this kernel on purpose") {}

  void declare(CLI::App& app) override {
    app.add_option("KIND", kind_, "what kind of fault; see --list")
        ->type_name("KIND");
    app.add_option("--cpu", cpu_, "make it happen on this CPU")
        ->check(CLI::NonNegativeNumber);
    app.add_flag("--fast", fast_,
                 "set the thresholds of the detector in question low");
    app.add_flag("--yes,-y", yes_, "do not ask");
    app.add_flag("--list", list_, "show the kinds of faults");
    app.add_flag("--json", json_, "with --list: as JSON");
  }

  Result<Exit> run() override {
    if (list_) {
      print(json_ ? list_json() : list_text());
      return Exit::kOk;
    }
    if (kind_.empty())
      return Error{"which kind of fault?", "See owctl trigger --list.",
                   Exit::kUsage};
    auto kind = find_trigger(kind_);
    if (!kind)
      return kind.error();
    auto root = require_root();
    if (!root)
      return root.error();
    return kill(*kind);
  }

 private:
  Result<Exit> kill(const TriggerKind& kind) const {
    const Paths paths;
    TerminalReporter reporter;
    auto ready = prepare_trigger(paths, kind);
    if (!ready)
      return ready.error();
    warn(paths, kind, reporter);
    if (!yes_ && !confirmed(kind))
      return Exit::kCancelled;
    if (cpu_ >= 0) {
      auto pinned = pin_to_cpu(static_cast<unsigned>(cpu_));
      if (!pinned)
        return pinned.error();
    }
    if (fast_)
      hurry(paths, kind, reporter);
    auto pulled = pull_trigger(paths, kind);
    if (!pulled)
      return pulled.error();
    return Error{fmt::format("the kernel survived '{}'", kind.name),
                 "Its log (dmesg) should say why; detectors need a while, and "
                 "their\nsysctls (owctl arm sets them)."};
  }

  static void warn(const Paths& paths, const TriggerKind& kind,
                   Reporter& reporter) {
    auto state = read_state(paths);
    const bool armed = state && *state == State::kArmed;
    const bool kdump =
        read_line(paths("/sys/kernel/kexec_crash_loaded")).value_or("") == "1";
    if (!armed && kdump)
      reporter.warn("only a plain kdump kernel is loaded: nothing survives");
    else if (!armed)
      reporter.warn(fmt::format(
          "NO CRASH KERNEL IS ARMED ({}): nothing will survive this, and the "
          "machine may not even reboot",
          state ? to_string(*state) : "this kernel has no Otherworld"));
    if (!kind.needs_sysctl.empty() &&
        read_sysctl(paths, std::string(kind.needs_sysctl)).value_or("") == "0")
      reporter.warn(
          fmt::format("{} is 0: this fault will not make the kernel panic",
                      kind.needs_sysctl));
  }

  static bool confirmed(const TriggerKind& kind) {
    if (!::isatty(STDIN_FILENO)) {
      print_error({"nobody is there to be asked", "Say --yes if you mean it."});
      return false;
    }
    print(
        fmt::format("This kills the running kernel: {}.\n"
                    "Type 'yes' to go on: ",
                    kind.summary));
    std::string answer;
    std::getline(std::cin, answer);
    return trim(answer) == "yes";
  }

  static std::string list_text() {
    const bool colour = wants_colour(STDOUT_FILENO);
    std::string text;
    for (const auto& kind : trigger_kinds())
      text += fmt::format(
          "{}  {:<58} {}\n",
          paint(fmt::format("{:<14}", kind.name), Colour::kBold, colour),
          kind.summary,
          paint(fmt::format("{} {}", by_name(kind.by), kind.word), Colour::kDim,
                colour));
    return text;
  }

  static std::string list_json() {
    nlohmann::json json = nlohmann::json::array();
    for (const auto& kind : trigger_kinds())
      json.push_back({{"name", kind.name},
                      {"summary", kind.summary},
                      {"by", by_name(kind.by)},
                      {"word", kind.word},
                      {"needs_sysctl", kind.needs_sysctl}});
    return json.dump(2) + "\n";
  }

  std::string kind_;
  int cpu_ = -1;
  bool fast_ = false;
  bool yes_ = false;
  bool list_ = false;
  bool json_ = false;
};

TriggerCommand instance;

}  // namespace
}  // namespace owctl
