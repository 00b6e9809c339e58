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

static const uint64_t kXxh64Prime1 = 0x9E3779B185EBCA87;
static const uint64_t kXxh64Prime2 = 0xC2B2AE3D27D4EB4F;
static const uint64_t kXxh64Prime3 = 0x165667B19E3779F9;
static const uint64_t kXxh64Prime4 = 0x85EBCA77C2B2AE63;
static const uint64_t kXxh64Prime5 = 0x27D4EB2F165667C5;

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
  return xxh64_rotate(lane + word * kXxh64Prime2, 31) * kXxh64Prime1;
}

static inline uint64_t xxh64_merge(uint64_t hash, uint64_t lane) {
  return (hash ^ xxh64_round(0, lane)) * kXxh64Prime1 + kXxh64Prime4;
}

static inline uint64_t xxh64(const void* data, size_t size, uint64_t seed) {
  const unsigned char* at = (const unsigned char*)data;
  size_t left = size;
  uint64_t hash = seed + kXxh64Prime5;
  if (size >= 32) {
    uint64_t lane1 = seed + kXxh64Prime1 + kXxh64Prime2;
    uint64_t lane2 = seed + kXxh64Prime2;
    uint64_t lane3 = seed;
    uint64_t lane4 = seed - kXxh64Prime1;
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
    hash = xxh64_rotate(hash, 27) * kXxh64Prime1 + kXxh64Prime4;
  }
  if (left >= 4) {
    hash ^= xxh64_load32(at) * kXxh64Prime1;
    hash = xxh64_rotate(hash, 23) * kXxh64Prime2 + kXxh64Prime3;
    left -= 4;
    at += 4;
  }
  for (; left > 0; --left, ++at) {
    hash = xxh64_rotate(hash ^ (*at * kXxh64Prime5), 11) * kXxh64Prime1;
  }
  hash = (hash ^ (hash >> 33)) * kXxh64Prime2;
  hash = (hash ^ (hash >> 29)) * kXxh64Prime3;
  return hash ^ (hash >> 32);
}

#endif  // LIBOW_XXH64_H
