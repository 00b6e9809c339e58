// SPDX-License-Identifier: GPL-2.0
#include "dormant.h"

#include <fmt/core.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "ow_crc.h"

namespace harness {
namespace {

// The line's rest, of the line that begins so.
std::string said(Vm& vm, const std::string& begin) {
  const auto line = vm.wait_for(begin);
  if (!line) {
    throw std::runtime_error("the guest did not say: " + begin);
  }
  return line->text.substr(begin.size());
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(
        static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::string_view bytes_of(const ow_handover& handover) {
  return {reinterpret_cast<const char*>(&handover), sizeof(handover)};
}

}  // namespace

Dormant::Dormant(Vm& vm) {
  const std::string region = said(vm, "region ");
  char* end = nullptr;
  start_ = std::strtoull(region.c_str(), &end, 16);
  const std::uint64_t last = std::strtoull(end + 1, nullptr, 16);
  for (const std::string name : {"kernel", "initramfs"}) {
    middles_[name] = from_hex(said(vm, "bytes " + name + " "));
  }
  said(vm, "ready");
  gdb_ = vm.gdb();
  region_ = vm.qmp().read_physical(start_, last - start_ + 1);

  find_handover();
}

// Not only its magic number: the kernel's code holds that too.
void Dormant::find_handover() {
  constexpr size_t kPage = 4096;
  for (size_t at = 0; at + sizeof(handover_) <= region_.size(); at += kPage) {
    std::memcpy(&handover_, region_.data() + at, sizeof(handover_));
    if (handover_.magic == OW_HANDOVER_MAGIC &&
        handover_.version == OW_HANDOVER_VERSION &&
        handover_.region_start == start_) {
      handover_at_ = at;
      return;
    }
  }
  throw std::runtime_error("no handover in the crash region");
}

// Once and no more, or it is not what was meant.
size_t Dormant::find(std::string_view bytes) const {
  const size_t at = region_.find(bytes);
  if (at == std::string::npos ||
      region_.find(bytes, at + 1) != std::string::npos) {
    throw std::runtime_error(
        fmt::format("{} in the crash region: {}",
                    at == std::string::npos ? "not" : "more than once", bytes));
  }
  return at;
}

// Only what changed: the rest is not to be touched by accident.
void Dormant::write(const ow_handover& changed) {
  const auto before = bytes_of(handover_);
  const auto after = bytes_of(changed);
  for (size_t i = 0; i < after.size(); i++) {
    if (before[i] != after[i]) {
      gdb_->write_physical(start_ + handover_at_ + i, after.substr(i, 1));
    }
  }
}

void Dormant::damage(const std::function<void(ow_handover&)>& change) {
  ow_handover changed = handover_;
  change(changed);
  write(changed);
}

void Dormant::forge(const std::function<void(ow_handover&)>& change) {
  constexpr size_t kFrom = offsetof(ow_handover, generation);
  constexpr size_t kTo = offsetof(ow_handover, stamps);
  ow_handover changed = handover_;
  if (ow_crc32(0, &changed.generation, kTo - kFrom) != changed.crc) {
    throw std::runtime_error("the handover's CRC is not understood");
  }
  change(changed);
  changed.crc = ow_crc32(0, &changed.generation, kTo - kFrom);
  write(changed);
}

void Dormant::flip_image(const std::string& name) {
  gdb_->flip_bit(start_ + find(middles_.at(name)) + 5, 4);
}

void Dormant::flip_behind(std::string_view bytes) {
  gdb_->flip_bit(start_ + find(bytes) + bytes.size(), 0);
}

// Purgatory knows where to put its time stamps. Its code lies near that, with
// a constant of the hash that the kernel's code holds too.
void Dormant::flip_purgatory() {
  constexpr std::string_view kPrime = "\x87\xca\xeb\x85\xb1\x79\x37\x9e";
  constexpr size_t kNear = 0x10000;
  const std::uint64_t stamps =
      start_ + handover_at_ + offsetof(ow_handover, stamps);
  const size_t data = find({reinterpret_cast<const char*>(&stamps), 8});
  const size_t code = region_.rfind(kPrime, data);
  if (code == std::string::npos || data - code > kNear) {
    throw std::runtime_error("purgatory's code is not found");
  }
  gdb_->flip_bit(start_ + code + kPrime.size(), 0);
}

}  // namespace harness
