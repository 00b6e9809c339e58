// SPDX-License-Identifier: GPL-2.0
// A connection to a UNIX socket, with a bound on every wait.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

namespace harness {

class Socket {
 public:
  // Connects, waiting for the socket to appear; throws if it does not.
  Socket(const std::filesystem::path& path,
         std::chrono::duration<double> patience);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void send(std::string_view data) const;
  // Some bytes; throws if none come in time or the other end closes.
  [[nodiscard]] std::string receive(
      std::chrono::duration<double> patience) const;

 private:
  int fd_;
};

}  // namespace harness
