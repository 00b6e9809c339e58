// SPDX-License-Identifier: LGPL-2.1
// XXH64, as the kernel computes it over a pact; under the kernel's name, since
// it stands in for that where the parser of dead memory is compiled for
// userspace. So it is C, and in a folder of its own.
#ifndef LIBOW_XXH64_H
#define LIBOW_XXH64_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "words are taken as they lie"
#endif

static const uint64_t xxh64_prime1 = 0x9E3779B185EBCA87;
static const uint64_t xxh64_prime2 = 0xC2B2AE3D27D4EB4F;
static const uint64_t xxh64_prime3 = 0x165667B19E3779F9;
static const uint64_t xxh64_prime4 = 0x85EBCA77C2B2AE63;
static const uint64_t xxh64_prime5 = 0x27D4EB2F165667C5;

static inline uint64_t xxh64_load64(const unsigned char* at) {
  uint64_t word;
  memcpy(&word, at, sizeof(word));
  return word;
}

static inline uint64_t xxh64_load32(const unsigned char* at) {
  uint32_t word;
  memcpy(&word, at, sizeof(word));
  return word;
}

static inline uint64_t xxh64_rotate(uint64_t word, unsigned bits) {
  return word << bits | word >> (64 - bits);
}

static inline uint64_t xxh64_round(uint64_t lane, uint64_t word) {
  return xxh64_rotate(lane + word * xxh64_prime2, 31) * xxh64_prime1;
}

static inline uint64_t xxh64_merge(uint64_t hash, uint64_t lane) {
  return (hash ^ xxh64_round(0, lane)) * xxh64_prime1 + xxh64_prime4;
}

static inline uint64_t xxh64(const void* data, size_t size, uint64_t seed) {
  // NOLINTNEXTLINE(modernize-use-auto): C has none
  const unsigned char* at = (const unsigned char*)data;
  size_t left = size;
  uint64_t hash = seed + xxh64_prime5;
  if (size >= 32) {
    uint64_t lane1 = seed + xxh64_prime1 + xxh64_prime2;
    uint64_t lane2 = seed + xxh64_prime2;
    uint64_t lane3 = seed;
    uint64_t lane4 = seed - xxh64_prime1;
    for (; left >= 32; left -= 32, at += 32) {
      lane1 = xxh64_round(lane1, xxh64_load64(at));
      lane2 = xxh64_round(lane2, xxh64_load64(at + 8));
      lane3 = xxh64_round(lane3, xxh64_load64(at + 16));
      lane4 = xxh64_round(lane4, xxh64_load64(at + 24));
    }
    hash = xxh64_rotate(lane1, 1) + xxh64_rotate(lane2, 7) +
           xxh64_rotate(lane3, 12) + xxh64_rotate(lane4, 18);
    hash = xxh64_merge(hash, lane1);
    hash = xxh64_merge(hash, lane2);
    hash = xxh64_merge(hash, lane3);
    hash = xxh64_merge(hash, lane4);
  }
  hash += size;
  for (; left >= 8; left -= 8, at += 8) {
    hash ^= xxh64_round(0, xxh64_load64(at));
    hash = xxh64_rotate(hash, 27) * xxh64_prime1 + xxh64_prime4;
  }
  if (left >= 4) {
    hash ^= xxh64_load32(at) * xxh64_prime1;
    hash = xxh64_rotate(hash, 23) * xxh64_prime2 + xxh64_prime3;
    left -= 4;
    at += 4;
  }
  for (; left > 0; --left, ++at) {
    hash = xxh64_rotate(hash ^ (*at * xxh64_prime5), 11) * xxh64_prime1;
  }
  hash = (hash ^ (hash >> 33)) * xxh64_prime2;
  hash = (hash ^ (hash >> 29)) * xxh64_prime3;
  return hash ^ (hash >> 32);
}

#endif  // LIBOW_XXH64_H
