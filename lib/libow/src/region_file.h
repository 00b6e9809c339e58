// SPDX-License-Identifier: LGPL-2.1
// The file of a persistent region: a page that says what it is, then two copies
// of the data. A commit goes into the older copy, which is not valid from the
// first store to the last: at any instant the other one is.
#ifndef LIBOW_REGION_FILE_H
#define LIBOW_REGION_FILE_H

#include <cstddef>
#include <cstdint>

namespace libow {

inline constexpr std::uint64_t kRegionMagic = 0x6e6f69676572774f;
inline constexpr std::uint32_t kRegionVersion = 1;
inline constexpr std::size_t kRegionPage = 4096;

struct RegionCopy {
  std::uint64_t sequence;  // the higher, the newer; 0: not valid
  std::uint64_t checksum;  // XXH64 over the data, the sequence being the seed
};

struct RegionHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t committed;  // 1 once there was a commit
  std::uint64_t size;       // of the data
  std::uint64_t checksum;   // XXH64 over magic, version and size
  RegionCopy copies[2];
};

struct RegionState {
  bool damaged = false;        // committed, and no copy is right
  std::uint64_t sequence = 0;  // of the newest copy, 0 if there is none
  const void* data = nullptr;  // it
};

// How large the file is; 0 if that cannot be.
std::size_t region_file_size(std::size_t size);

// The beginning of a file that is all zeros.
void region_format(RegionHeader& header, std::size_t size);
// Is this the beginning of a region's file that is so long?
bool region_header_right(const RegionHeader& header, std::size_t file_size);

RegionState region_read(const RegionHeader& header);
// data becomes the commit of that sequence; plain stores only.
void region_write(RegionHeader& header, const void* data,
                  std::uint64_t sequence);

}  // namespace libow

#endif  // LIBOW_REGION_FILE_H
