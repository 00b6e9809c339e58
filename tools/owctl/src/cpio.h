// SPDX-License-Identifier: GPL-2.0
// Writes the "newc" archives the kernel unpacks as initramfs
// (Documentation/driver-api/early-userspace/buffer-format.rst).
#ifndef OWCTL_CPIO_H
#define OWCTL_CPIO_H

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace owctl {

class CpioWriter {
 public:
  // Paths are without a leading slash. Missing parents are made.
  void directory(std::string_view path, unsigned permissions = 0755);
  void file(std::string_view path, unsigned permissions, std::string_view data);
  void character_device(std::string_view path, unsigned permissions,
                        unsigned major, unsigned minor);

  // Adds the trailer; nothing can be added afterwards.
  std::string finish();

 private:
  void parents(std::string_view path);
  void entry(std::string_view path, unsigned mode, std::string_view data,
             unsigned rdev_major = 0, unsigned rdev_minor = 0);

  std::string archive_;
  std::set<std::string, std::less<>> directories_;
  unsigned inode_ = 0;
};

}  // namespace owctl

#endif
