// SPDX-License-Identifier: GPL-2.0
#include "harness_gdb.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <stdexcept>

namespace harness {
namespace {

constexpr std::chrono::duration<double> kPatience(30);
// QEMU's packets hold 4 KiB of hexadecimal digits.
constexpr std::uint64_t kChunk = 1024;

std::string framed(std::string_view packet) {
  const auto sum = std::accumulate(
      packet.begin(), packet.end(), 0U,
      [](unsigned all, char c) { return all + static_cast<unsigned char>(c); });
  return fmt::format("${}#{:02x}", packet, sum & 0xff);
}

}  // namespace

Gdb::Gdb(const std::filesystem::path& path) : socket_(path, kPatience) {
  if (exchange("Qqemu.PhyMemMode:1") != "OK") {
    throw std::runtime_error("the gdb stub knows no physical memory");
  }
}

Gdb::~Gdb() {
  try {
    exchange("D");
  } catch (const std::exception&) {
    // QEMU has ended: there is nothing to let go on.
    buffer_.clear();
  }
}

std::string Gdb::exchange(std::string_view packet) {
  socket_.send(framed(packet));
  for (;;) {
    const size_t start = buffer_.find('$');
    const size_t end =
        start == std::string::npos ? start : buffer_.find('#', start);
    if (end != std::string::npos && buffer_.size() >= end + 3) {
      std::string answer = buffer_.substr(start + 1, end - start - 1);
      buffer_.erase(0, end + 3);
      socket_.send("+");
      // That the VM has stopped, which connecting does, is said unasked.
      if (!answer.starts_with('T')) {
        return answer;
      }
      continue;
    }
    buffer_ += socket_.receive(kPatience);
  }
}

std::string Gdb::read_physical(std::uint64_t address, std::uint64_t size) {
  std::string bytes;
  while (size > 0) {
    const std::uint64_t length = std::min(size, kChunk);
    const std::string hex =
        exchange(fmt::format("m{:x},{:x}", address, length));
    if (hex.size() != 2 * length) {
      throw std::runtime_error(
          fmt::format("no guest memory at {:#x}: {}", address, hex));
    }
    for (size_t i = 0; i < hex.size(); i += 2) {
      bytes.push_back(
          static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    address += length;
    size -= length;
  }
  return bytes;
}

void Gdb::write_physical(std::uint64_t address, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto chunk = bytes.substr(0, kChunk);
    std::string packet = fmt::format("M{:x},{:x}:", address, chunk.size());
    for (const char byte : chunk) {
      packet += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    if (exchange(packet) != "OK") {
      throw std::runtime_error(
          fmt::format("cannot write guest memory at {:#x}", address));
    }
    address += chunk.size();
    bytes.remove_prefix(chunk.size());
  }
}

void Gdb::flip_bit(std::uint64_t address, unsigned bit) {
  std::string byte = read_physical(address, 1);
  byte[0] = static_cast<char>(byte[0] ^ (1 << bit));
  write_physical(address, byte);
}

}  // namespace harness
