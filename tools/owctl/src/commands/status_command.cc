// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "armed_policy.h"
#include "command.h"
#include "status_view.h"
#include "terminal.h"

namespace owctl {
namespace {

class StatusCommand : public Command {
 public:
  StatusCommand() : Command("status", "show whether a crash is survivable") {}

  void declare(CLI::App& app) override {
    app.add_flag("--json", json_, "print it as JSON");
    app.add_option("--lines", lines_,
                   "how many lines of the dead kernel's log to show")
        ->capture_default_str();
    wait_ = app.add_option("--wait-armed", wait_seconds_,
                           "wait until a crash kernel is armed, this many "
                           "seconds at most (default 60)")
                ->expected(0, 1)
                // Without this, no value is zero seconds.
                ->capture_default_str();
  }

  Result<Exit> run() override {
    const Paths paths;
    if (wait_->count() > 0) {
      auto state = wait_armed(paths);
      if (!state)
        return state.error();
    }
    auto kernel = read_kernel_state(paths);
    if (!kernel)
      return kernel.error();
    StatusView view;
    view.kernel = std::move(*kernel);
    find_story(paths, view);
    StoreSystem system;
    view.store = find_region_store(paths, system);
    if (view.kernel.state == State::kArmed)
      view.policy = remembered_policy(paths, view.kernel.generation);
    if (json_)
      print(status_json(view));
    else
      print(render_status(view, look_of(STDOUT_FILENO)));
    return view.kernel.state == State::kArmed ? Exit::kOk : Exit::kNotArmed;
  }

 private:
  Result<> wait_armed(const Paths& paths) const {
    const auto deadline =
        now_us() + static_cast<unsigned long long>(wait_seconds_ * 1e6);
    for (;;) {
      auto state = read_state(paths);
      if (!state)
        return state.error();
      // Nobody arms in these: waiting would be in vain.
      if (*state == State::kArmed || *state == State::kKdump ||
          now_us() >= deadline)
        return {};
      sleep_us(20000);
    }
  }

  void find_story(const Paths& paths, StatusView& view) const {
    const unsigned generation = view.kernel.generation;
    std::optional<std::string> directory;
    view.story_is_of_this_boot = generation > 0;
    if (generation > 0)
      directory = story_directory(paths, generation);
    else
      directory = newest_story(paths);
    if (!directory)
      return;
    if (auto story = read_story(*directory, lines_))
      view.story = std::move(*story);
    // There is none where init started afresh.
    if (auto text = read_file(*directory + "/report.json"))
      if (auto report = report_from_json(*text))
        view.report = std::move(*report);
  }

  CLI::Option* wait_ = nullptr;
  double wait_seconds_ = 60;
  size_t lines_ = 10;
  bool json_ = false;
};

StatusCommand instance;

}  // namespace
}  // namespace owctl
