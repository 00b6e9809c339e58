// SPDX-License-Identifier: GPL-2.0
// QEMU's gdb stub, for the one thing that QMP cannot do: write guest physical
// memory. The VM is stopped while a Gdb is alive.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "harness_socket.h"

namespace harness {

class Gdb {
 public:
  // Connecting stops the VM.
  explicit Gdb(const std::filesystem::path& path);
  // Lets the VM go on.
  ~Gdb();
  Gdb(const Gdb&) = delete;
  Gdb& operator=(const Gdb&) = delete;

  std::string read_physical(std::uint64_t address, std::uint64_t size);
  void write_physical(std::uint64_t address, std::string_view bytes);
  void flip_bit(std::uint64_t address, unsigned bit);

 private:
  std::string exchange(std::string_view packet);

  Socket socket_;
  std::string buffer_;
};

}  // namespace harness
