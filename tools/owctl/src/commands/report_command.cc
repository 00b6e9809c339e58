// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "command.h"
#include "kernel_state.h"
#include "report_view.h"
#include "story.h"
#include "terminal.h"

namespace owctl {
namespace {

class ReportCommand : public Command {
 public:
  ReportCommand()
      : Command("report", "show what became of each process in a takeover") {}

  void declare(CLI::App& app) override {
    app.add_option("GENERATION", generation_,
                   "of which takeover, as its directory in "
                   "/var/lib/otherworld is named (default: the last one)");
    app.add_flag("--json", json_, "print it as JSON");
  }

  Result<Exit> run() override {
    auto directory = find();
    if (!directory)
      return directory.error();
    auto text = read_file(*directory + "/report.json");
    if (!text)
      return Error{fmt::format("no report: {}", text.error().what),
                   "There is one after each takeover that brought processes "
                   "back."};
    auto report = report_from_json(*text);
    if (!report)
      return report.error().in(*directory);
    if (json_)
      print(*text);
    else
      print(render_report(*report, look_of(STDOUT_FILENO)));
    return all_exact(*report) ? Exit::kOk : Exit::kNotExact;
  }

 private:
  Result<std::string> find() const {
    const Paths paths;
    if (!generation_.empty()) {
      // Of an earlier boot it may be "2.1".
      if (generation_.find_first_not_of("0123456789.") != std::string::npos ||
          generation_.front() == '.')
        return Error{
            fmt::format("{}: not a generation", generation_), {}, Exit::kUsage};
      return paths(fmt::format("{}/{}", kStateDir, generation_));
    }
    auto kernel = read_kernel_state(paths);
    if (kernel && kernel->generation > 0)
      return story_directory(paths, kernel->generation);
    auto newest = newest_story(paths);
    if (!newest)
      return Error{"there has been no takeover"};
    return *newest;
  }

  std::string generation_;
  bool json_ = false;
};

ReportCommand instance;

}  // namespace
}  // namespace owctl
