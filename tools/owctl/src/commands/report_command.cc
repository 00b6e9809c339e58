// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "command.h"
#include "kernel_state.h"
#include "report_html.h"
#include "report_view.h"
#include "story.h"
#include "terminal.h"

namespace owctl {
namespace {

constexpr size_t kLogLines = 100;

class ReportCommand : public Command {
 public:
  ReportCommand()
      : Command("report", "show what became of each process in a takeover") {}

  void declare(CLI::App& app) override {
    app.add_option("GENERATION", generation_,
                   "of which takeover, as its directory in "
                   "/var/lib/otherworld is named (default: the last one)")
        ->type_name("GENERATION");
    auto* json = app.add_flag("--json", json_, "print it as JSON");
    app.add_option("--html", html_,
                   "write it to this file, as one page; \"-\" is standard "
                   "output")
        ->type_name("FILE")
        ->excludes(json);
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
    if (!html_.empty()) {
      auto written = write_page(*report, *directory);
      if (!written)
        return written.error();
    } else if (json_) {
      print(*text);
    } else {
      print(render_report(*report, look_of(STDOUT_FILENO)));
    }
    return all_exact(*report) ? Exit::kOk : Exit::kNotExact;
  }

 private:
  [[nodiscard]] Result<> write_page(const Report& report,
                                    const std::string& directory) const {
    auto story = read_story(directory, kLogLines);
    if (!story)
      return story.error();
    const std::string page = render_html(report, *story);
    if (html_ != "-")
      return write_atomically(html_, page, 0640);
    print(page);
    return {};
  }

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
  std::string html_;
  bool json_ = false;
};

ReportCommand instance;

}  // namespace
}  // namespace owctl
