// SPDX-License-Identifier: GPL-2.0
#include "harness_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace harness {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Socket::Socket(const std::filesystem::path& path,
               std::chrono::duration<double> patience)
    : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (fd_ < 0) {
    fail("socket");
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof(address.sun_path)) {
    close(fd_);
    throw std::length_error("socket path too long: " + path.string());
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  const auto deadline = std::chrono::steady_clock::now() + patience;
  // sockaddr is what connect() takes for every family.
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  while (connect(fd_, generic, sizeof(address)) != 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      const int error = errno;
      close(fd_);
      errno = error;
      fail(path.string());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Socket::~Socket() {
  close(fd_);
}

void Socket::send(std::string_view data) const {
  while (!data.empty()) {
    const ssize_t sent = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) {
      fail("send");
    }
    data.remove_prefix(sent > 0 ? static_cast<size_t>(sent) : 0);
  }
}

std::string Socket::receive(std::chrono::duration<double> patience) const {
  pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  if (poll(&wait, 1, static_cast<int>(milliseconds)) <= 0) {
    throw std::runtime_error("QEMU does not answer");
  }
  std::array<char, 65536> buffer{};
  const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
  if (got <= 0) {
    throw std::runtime_error("QEMU has closed the connection");
  }
  return {buffer.data(), static_cast<size_t>(got)};
}

}  // namespace harness
