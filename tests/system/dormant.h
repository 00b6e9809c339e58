// SPDX-License-Identifier: GPL-2.0
// What lies dormant in a VM's crash region, to be damaged from outside while
// the VM stands still.
#pragma once

#include <linux/otherworld_handover.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "harness.h"

namespace harness {

class Dormant {
 public:
  // Waits until corrupt.sh is ready, stops the VM and reads the region.
  explicit Dormant(Vm& vm);

  // Changes the handover and leaves its CRC as it was.
  void damage(const std::function<void(ow_handover&)>& change);
  // Changes the handover and makes its CRC right: a lie well told.
  void forge(const std::function<void(ow_handover&)>& change);
  // Flips a bit of "kernel" or "initramfs", in the middle.
  void flip_image(const std::string& name);
  // Flips a bit of purgatory's code.
  void flip_purgatory();
  // Flips a bit behind the place in the region where these bytes stand.
  void flip_behind(std::string_view bytes);

 private:
  void find_handover();
  [[nodiscard]] size_t find(std::string_view bytes) const;
  void write(const ow_handover& changed);

  std::unique_ptr<Gdb> gdb_;  // the VM goes on when it goes
  std::uint64_t start_ = 0;
  std::string region_;
  std::map<std::string, std::string> middles_;
  size_t handover_at_ = 0;
  ow_handover handover_ = {};
};

}  // namespace harness
