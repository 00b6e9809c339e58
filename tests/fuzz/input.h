// SPDX-License-Identifier: GPL-2.0
// How a fuzzer's input is cut up: little pieces from the front, the rest is
// dead memory. Shared with the generator of first inputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "ow_memory.h"

namespace fuzz {

// Where the memory of every fuzzer begins, and where a mock kernel is put.
constexpr uint64_t kMemoryStart = 0x1000000;
// How large a mock kernel with processes is.
constexpr uint64_t kMachineSize = 0x20000;

class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  template <typename T>
  T take() {
    T value{};
    size_t n = size_ < sizeof(T) ? size_ : sizeof(T);
    if (n != 0)
      std::memcpy(&value, data_, n);
    skip(n);
    return value;
  }

  std::string_view text(size_t n) {
    if (n > size_)
      n = size_;
    std::string_view out(reinterpret_cast<const char*>(data_), n);
    skip(n);
    return out;
  }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  std::string_view rest() { return text(size_); }

 private:
  void skip(size_t n) {
    data_ += n;
    size_ -= n;
  }

  const uint8_t* data_;
  size_t size_;
};

// One run of dead memory at kMemoryStart.
class Memory {
 public:
  explicit Memory(std::string_view bytes)
      : segment_{ow_phys_at(kMemoryStart), bytes.size(), bytes.data()} {
    ow_memory_from_segments(&memory_, &source_);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  [[nodiscard]] const ow_memory* get() const { return &memory_; }

 private:
  ow_segment segment_;
  ow_segments source_{&segment_, 1};
  ow_memory memory_{};
};

}  // namespace fuzz

// The name is the fuzzer's to choose.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
