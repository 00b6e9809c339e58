// SPDX-License-Identifier: GPL-2.0
#include "visible_text.h"

#include <algorithm>
#include <cstdint>

namespace owctl {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

struct Decoded {
  uint32_t code = 0;
  size_t length = 0;  // 0: not UTF-8
};

Decoded decode(std::string_view text) {
  const auto byte = [&](size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const unsigned char first = byte(0);
  if (first < 0x80)
    return {first, 1};
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (first < 0xc2 || first > 0xf4 || text.size() < length)
    return {};
  uint32_t code = first & (0xffU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80)
      return {};
    code = code << 6 | (byte(i) & 0x3fU);
  }
  if (code < kSmallest[length] || code > 0x10ffff ||
      (code >= 0xd800 && code < 0xe000))
    return {};
  return {code, length};
}

bool is_harmless(uint32_t code, bool lines) {
  if (code == '\n' || code == '\t')
    return lines;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0))
    return false;
  // Marks of direction, separators of lines, isolates and overrides, the mark
  // of byte order, and what is no character.
  return !(code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef));
}

}  // namespace

std::string visible_text(std::string_view text, bool lines) {
  std::string visible;
  while (!text.empty()) {
    const auto [code, length] = decode(text);
    const size_t taken = std::max<size_t>(length, 1);
    visible += length != 0 && is_harmless(code, lines) ? text.substr(0, taken)
                                                       : kReplacement;
    text.remove_prefix(taken);
  }
  return visible;
}

size_t text_width(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace owctl
