// SPDX-License-Identifier: GPL-2.0
// QEMU's machine protocol: stop and go on, dump, watch events.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "harness_socket.h"

namespace harness {

class Qmp {
 public:
  explicit Qmp(const std::filesystem::path& path);

  // Runs a command and returns its "return"; throws what QEMU has against it.
  nlohmann::json execute(
      std::string_view command,
      const nlohmann::json& arguments = nlohmann::json::object());

  void pause() { execute("stop"); }
  void resume() { execute("cont"); }
  void reset() { execute("system_reset"); }
  void inject_nmi() { execute("inject-nmi"); }
  // A dump of guest memory, as seen from outside, in one of QEMU's formats.
  void dump(const std::filesystem::path& file, std::string_view format);
  // Guest physical memory.
  std::string read_physical(std::uint64_t address, std::uint64_t size);

  // The next event of this name that has not been returned yet.
  std::optional<nlohmann::json> wait_for_event(
      std::string_view name, std::chrono::duration<double> patience);

 private:
  nlohmann::json next_message(std::chrono::duration<double> patience);

  Socket socket_;
  std::string buffer_;
  std::deque<nlohmann::json> events_;
};

}  // namespace harness
