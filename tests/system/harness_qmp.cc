// SPDX-License-Identifier: GPL-2.0
#include "harness_qmp.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace harness {

using std::chrono::duration;
using std::chrono::steady_clock;

namespace {

constexpr duration<double> kConnectPatience(30);
// A dump of all memory on a busy machine.
constexpr duration<double> kAnswerPatience(120);

}  // namespace

Qmp::Qmp(const std::filesystem::path& path) : socket_(path, kConnectPatience) {
  next_message(kAnswerPatience);  // the greeting
  execute("qmp_capabilities");
}

nlohmann::json Qmp::next_message(duration<double> patience) {
  size_t end = 0;
  while ((end = buffer_.find('\n')) == std::string::npos) {
    buffer_ += socket_.receive(patience);
  }
  auto message = nlohmann::json::parse(buffer_.substr(0, end));
  buffer_.erase(0, end + 1);
  return message;
}

nlohmann::json Qmp::execute(std::string_view command,
                            const nlohmann::json& arguments) {
  nlohmann::json request = {{"execute", command}};
  if (!arguments.empty()) {
    request["arguments"] = arguments;
  }
  socket_.send(request.dump() + "\n");
  for (;;) {
    auto message = next_message(kAnswerPatience);
    if (message.contains("event")) {
      events_.push_back(std::move(message));
    } else if (message.contains("error")) {
      throw std::runtime_error(std::string(command) + ": " +
                               message["error"]["desc"].get<std::string>());
    } else {
      return message["return"];
    }
  }
}

void Qmp::dump(const std::filesystem::path& file, std::string_view format) {
  execute("dump-guest-memory", {{"paging", false},
                                {"protocol", "file:" + file.string()},
                                {"format", format}});
}

std::string Qmp::read_physical(std::uint64_t address, std::uint64_t size) {
  std::string file =
      (std::filesystem::temp_directory_path() / "otherworld-mem-XXXXXX")
          .string();
  const int fd = mkstemp(file.data());
  if (fd < 0) {
    throw std::runtime_error("mkstemp: " + file);
  }
  close(fd);
  execute("pmemsave", {{"val", address}, {"size", size}, {"filename", file}});
  std::ifstream stream(file, std::ios::binary);
  std::string content((std::istreambuf_iterator<char>(stream)), {});
  std::filesystem::remove(file);
  return content;
}

std::optional<nlohmann::json> Qmp::wait_for_event(std::string_view name,
                                                  duration<double> patience) {
  const auto deadline = steady_clock::now() + patience;
  for (;;) {
    while (!events_.empty()) {
      auto event = std::move(events_.front());
      events_.pop_front();
      if (event["event"] == name) {
        return event;
      }
    }
    const duration<double> left = deadline - steady_clock::now();
    if (left.count() <= 0) {
      return std::nullopt;
    }
    try {
      auto message = next_message(left);
      if (message.contains("event")) {
        events_.push_back(std::move(message));
      }
    } catch (const std::runtime_error&) {
      return std::nullopt;  // out of time, or QEMU has ended
    }
  }
}

}  // namespace harness
