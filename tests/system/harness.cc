// SPDX-License-Identifier: GPL-2.0
#include "harness.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace harness {
namespace {

namespace fs = std::filesystem;

// The first line that every kernel prints.
constexpr std::string_view kBanner = "] Linux version ";

std::string slurp(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> command_line(const Options& options,
                                      const fs::path& directory,
                                      const std::vector<std::string>& command) {
  const std::string launcher = OTHERWORLD_ROOT "/qemu/vm";
  std::vector<std::string> words = {launcher,
                                    "run",
                                    "--timestamps",
                                    "--mem",
                                    options.mem,
                                    "--smp",
                                    std::to_string(options.smp),
                                    "--timeout",
                                    std::to_string(options.timeout),
                                    "--keep-console",
                                    directory / "console",
                                    "--result",
                                    directory / "result",
                                    "--qmp",
                                    directory / "qmp"};
  if (!options.append.empty()) {
    // One word with "=": what is appended may itself begin with a dash.
    words.push_back("--append=" + options.append);
  }
  if (!options.copy.empty()) {
    words.insert(words.end(), {"--copy", options.copy});
  }
  if (options.rerun) {
    words.emplace_back("--rerun");
  }
  if (options.gdb) {
    words.insert(words.end(), {"--gdb", directory / "gdb"});
  }
  words.insert(words.end(), options.more.begin(), options.more.end());
  words.emplace_back("--");
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

}  // namespace

Vm::Vm(const Options& options, const std::vector<std::string>& command)
    : process_(std::make_unique<Process>(
          command_line(options, folder_.path(), command), true)) {}

Vm::~Vm() {
  qmp_.reset();
  process_.reset();
}

std::optional<Line> Vm::wait_for(std::string_view text,
                                 std::chrono::duration<double> patience) {
  return process_->wait_for(text, patience);
}

Qmp& Vm::qmp() {
  if (!qmp_) {
    qmp_ = std::make_unique<Qmp>(folder_.path() / "qmp");
  }
  return *qmp_;
}

std::unique_ptr<Gdb> Vm::gdb() const {
  return std::make_unique<Gdb>(folder_.path() / "gdb");
}

std::string Vm::console() const {
  return slurp(folder_.path() / "console");
}

Result Vm::wait() {
  Result result;
  result.status = process_->wait();
  result.out = process_->out();
  result.err = process_->err();
  result.console = console();
  const auto json =
      nlohmann::json::parse(slurp(folder_.path() / "result"), nullptr, false);
  if (json.is_discarded()) {
    // The launcher itself did not get as far as starting a VM.
    result.end = "not started";
    return result;
  }
  result.end = json.at("result");
  result.message = json.at("message").is_null() ? "" : json.at("message");
  result.resets = json.at("resets");
  result.started = json.at("started");
  for (const auto& hello : json.at("hellos")) {
    result.hellos.push_back({.when = hello.at("time"),
                             .generation = hello.at("generation"),
                             .state = hello.at("state"),
                             .reason = hello.at("reason"),
                             .cause = hello.at("cause")});
  }
  return result;
}

fs::path guest_programs() {
  return OTHERWORLD_ROOT "/tests/guest";
}

Result run(const Options& options, const std::vector<std::string>& command) {
  return Vm(options, command).wait();
}

std::vector<std::string> complaints(std::string_view console, int generation) {
  constexpr std::array<std::string_view, 9> kSigns = {
      "BUG:",       "kernel BUG at", "WARNING:", "Oops:",
      "lockup",     "INFO: task ",   "stall",    "general protection fault",
      "Call Trace:"};
  // Here a kernel quotes what killed the one before.
  constexpr std::string_view kQuote = "] otherworld: generation ";
  // And here tells of a program's faults, in words of its own ones.
  constexpr std::string_view kProgram = "] traps: ";
  std::vector<std::string> found;
  std::istringstream stream{std::string(console)};
  int boots = 0;
  for (std::string line; std::getline(stream, line);) {
    boots += line.find(kBanner) != std::string::npos ? 1 : 0;
    if (line.find(kQuote) != std::string::npos ||
        line.find(kProgram) != std::string::npos) {
      continue;
    }
    for (const auto sign : kSigns) {
      if (boots > generation && line.find(sign) != std::string::npos) {
        found.push_back(line);
        break;
      }
    }
  }
  return found;
}

std::ostream& operator<<(std::ostream& stream, const Result& result) {
  stream << "the VM's run: " << result.end << ", status " << result.status
         << (result.message.empty() ? "" : ": ") << result.message << "\n";
  for (const auto& hello : result.hellos) {
    stream << "  " << hello.when << " generation " << hello.generation << " "
           << hello.state << " " << hello.reason << "\n";
  }
  stream << "standard output:\n";
  for (const auto& line : result.out) {
    stream << "  " << line.when << " " << line.text << "\n";
  }
  stream << "standard error:\n";
  for (const auto& line : result.err) {
    stream << "  " << line.when << " " << line.text << "\n";
  }
  constexpr size_t kTail = 8000;
  const size_t size = result.console.size();
  return stream << "the console's end:\n"
                << result.console.substr(size > kTail ? size - kTail : 0);
}

}  // namespace harness
