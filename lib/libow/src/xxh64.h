// SPDX-License-Identifier: LGPL-2.1
// XXH64, as the kernel computes it over a pact.
#ifndef LIBOW_XXH64_H
#define LIBOW_XXH64_H

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace libow {

static_assert(std::endian::native == std::endian::little);

namespace xxh64_detail {

inline constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87;
inline constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4F;
inline constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9;
inline constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63;
inline constexpr std::uint64_t kPrime5 = 0x27D4EB2F165667C5;

template <typename Word>
std::uint64_t load(const unsigned char* at) {
  Word word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

inline std::uint64_t round(std::uint64_t lane, std::uint64_t word) {
  return std::rotl(lane + word * kPrime2, 31) * kPrime1;
}

inline std::uint64_t merge(std::uint64_t hash, std::uint64_t lane) {
  return (hash ^ round(0, lane)) * kPrime1 + kPrime4;
}

}  // namespace xxh64_detail

inline std::uint64_t xxh64(const void* data, std::size_t size,
                           std::uint64_t seed) {
  using namespace xxh64_detail;
  const auto* at = static_cast<const unsigned char*>(data);
  std::size_t left = size;
  std::uint64_t hash = seed + kPrime5;
  if (size >= 32) {
    std::uint64_t lane1 = seed + kPrime1 + kPrime2;
    std::uint64_t lane2 = seed + kPrime2;
    std::uint64_t lane3 = seed;
    std::uint64_t lane4 = seed - kPrime1;
    for (; left >= 32; left -= 32, at += 32) {
      lane1 = round(lane1, load<std::uint64_t>(at));
      lane2 = round(lane2, load<std::uint64_t>(at + 8));
      lane3 = round(lane3, load<std::uint64_t>(at + 16));
      lane4 = round(lane4, load<std::uint64_t>(at + 24));
    }
    hash = std::rotl(lane1, 1) + std::rotl(lane2, 7) + std::rotl(lane3, 12) +
           std::rotl(lane4, 18);
    hash = merge(merge(merge(merge(hash, lane1), lane2), lane3), lane4);
  }
  hash += size;
  for (; left >= 8; left -= 8, at += 8) {
    hash ^= round(0, load<std::uint64_t>(at));
    hash = std::rotl(hash, 27) * kPrime1 + kPrime4;
  }
  if (left >= 4) {
    hash ^= load<std::uint32_t>(at) * kPrime1;
    hash = std::rotl(hash, 23) * kPrime2 + kPrime3;
    left -= 4;
    at += 4;
  }
  for (; left > 0; --left, ++at) {
    hash = std::rotl(hash ^ (*at * kPrime5), 11) * kPrime1;
  }
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

}  // namespace libow

#endif  // LIBOW_XXH64_H
