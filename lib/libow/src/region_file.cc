// SPDX-License-Identifier: LGPL-2.1
#include "region_file.h"

#include <atomic>
#include <cstring>
#include <limits>

#include "hash/xxh64.h"

namespace libow {
namespace {

std::size_t whole_pages(std::size_t size) {
  return (size + kRegionPage - 1) / kRegionPage * kRegionPage;
}

std::size_t offset_of(std::size_t size, unsigned copy) {
  return kRegionPage + copy * whole_pages(size);
}

std::uint64_t checksum_of(const RegionHeader& header) {
  const std::uint64_t words[] = {header.magic, header.version, header.size};
  return xxh64(words, sizeof(words), 0);
}

const char* data_of(const RegionHeader& header, unsigned copy) {
  return reinterpret_cast<const char*>(&header) + offset_of(header.size, copy);
}

}  // namespace

std::size_t region_file_size(std::size_t size) {
  constexpr std::size_t kMost = std::numeric_limits<std::ptrdiff_t>::max() / 4;
  return size == 0 || size > kMost ? 0 : offset_of(size, 2);
}

void region_format(RegionHeader& header, std::size_t size) {
  header.version = kRegionVersion;
  header.size = size;
  header.magic = kRegionMagic;
  header.checksum = checksum_of(header);
}

bool region_header_right(const RegionHeader& header, std::size_t file_size) {
  return header.magic == kRegionMagic && header.version == kRegionVersion &&
         header.checksum == checksum_of(header) && header.size != 0 &&
         region_file_size(header.size) == file_size;
}

RegionState region_read(const RegionHeader& header) {
  RegionState state;
  for (unsigned i = 0; i < 2; ++i) {
    const RegionCopy& copy = header.copies[i];
    const char* data = data_of(header, i);
    if (copy.sequence > state.sequence &&
        copy.checksum == xxh64(data, header.size, copy.sequence)) {
      state.sequence = copy.sequence;
      state.data = data;
    }
  }
  state.damaged = state.sequence == 0 && header.committed != 0;
  return state;
}

void region_write(RegionHeader& header, const void* data,
                  std::uint64_t sequence) {
  // The other copy is the one that was read, or written last.
  const unsigned i = sequence % 2;
  RegionCopy& copy = header.copies[i];
  std::atomic_ref shown(copy.sequence);
  shown.store(0, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  char* target = reinterpret_cast<char*>(&header) + offset_of(header.size, i);
  std::memcpy(target, data, header.size);
  copy.checksum = xxh64(target, header.size, sequence);
  shown.store(sequence, std::memory_order_release);
  std::atomic_ref(header.committed).store(1, std::memory_order_release);
}

}  // namespace libow
