// SPDX-License-Identifier: GPL-2.0
#include "bzimage.h"

#include <cstring>

namespace owctl {
namespace {

constexpr size_t kBootFlag = 0x1fe;
constexpr size_t kMagic = 0x202;
constexpr size_t kVersion = 0x206;
constexpr size_t kKernelVersion = 0x20e;
constexpr size_t kLoadFlags = 0x211;
constexpr size_t kRelocatable = 0x234;
constexpr size_t kXLoadFlags = 0x236;
constexpr size_t kCmdlineSize = 0x238;
constexpr size_t kInitSize = 0x260;
constexpr size_t kHeaderEnd = 0x264;
constexpr unsigned kLoadedHigh = 1;
constexpr unsigned kCanBeLoadedAbove4G = 2;
// init_size came with protocol 2.10 (Linux 2.6.31).
constexpr unsigned kOldestProtocol = 0x20a;

template <typename T>
T field(std::string_view head, size_t offset) {
  T value;
  std::memcpy(&value, head.data() + offset, sizeof(value));
  return value;
}

}  // namespace

Result<BzImage> parse_bzimage(std::string_view head) {
  if (head.size() < kHeaderEnd || field<uint16_t>(head, kBootFlag) != 0xaa55 ||
      head.substr(kMagic, 4) != "HdrS")
    return Error{"it is not a bzImage: the boot header is missing",
                 "Give the compressed image (arch/x86/boot/bzImage), not "
                 "vmlinux.",
                 Exit::kRefused};
  BzImage image;
  image.protocol = field<uint16_t>(head, kVersion);
  if (image.protocol < kOldestProtocol ||
      !(field<uint8_t>(head, kLoadFlags) & kLoadedHigh))
    return Error{fmt::format("it speaks boot protocol {}.{:02}, 2.10 is needed",
                             image.protocol >> 8, image.protocol & 0xff),
                 {},
                 Exit::kRefused};
  image.init_size = field<uint32_t>(head, kInitSize);
  image.cmdline_size = field<uint32_t>(head, kCmdlineSize);
  image.relocatable = field<uint8_t>(head, kRelocatable) != 0;
  image.above_4g = field<uint16_t>(head, kXLoadFlags) & kCanBeLoadedAbove4G;

  // "6.12.1 (who@where) #1 SMP Thu …": release, builder, `uname -v`.
  const size_t at = field<uint16_t>(head, kKernelVersion);
  if (at != 0 && at + 0x200 < head.size()) {
    std::string_view text = head.substr(at + 0x200);
    text = text.substr(0, text.find('\0'));
    image.release = text.substr(0, text.find(' '));
    if (const size_t hash = text.find(" #"); hash != std::string_view::npos)
      image.build = text.substr(hash + 1);
  }
  return image;
}

}  // namespace owctl
