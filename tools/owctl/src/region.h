// SPDX-License-Identifier: GPL-2.0
// How large a crash region a takeover needs.
//
// The crash kernel boots with nothing but its region, yet with a `struct page`
// and hash tables for the whole machine, because it is about to own it. The
// region must hold everything that exists before the old memory is released.
#ifndef OWCTL_REGION_H
#define OWCTL_REGION_H

#include <cstdint>
#include <string>
#include <vector>

#include "files.h"
#include "result.h"

namespace owctl {

inline constexpr uint64_t kKiB = 1024;
inline constexpr uint64_t kMiB = 1024 * kKiB;
inline constexpr uint64_t kGiB = 1024 * kMiB;

// Calibrated by measurement; each says what it stands for.
struct RegionCoefficients {
  // sizeof(struct page) is 64 for each 4096 bytes.
  uint64_t ram_per_struct_page_byte = 64;
  // Dentry cache RAM/1024, inode cache RAM/2048, network and futex less.
  uint64_t ram_per_hash_byte = 512;
  // 2 MiB pages take 8 bytes each; some of the map is split to 4 KiB pages.
  uint64_t ram_per_direct_map_byte = 65536;
  // Bounce buffers, set up by every kernel that sees RAM above 4 GiB.
  uint64_t swiotlb = 64 * kMiB;
  // Per-CPU areas, kernel stacks and threads of one CPU.
  uint64_t per_cpu = 1 * kMiB;
  // The image as loaded, and as unpacked elsewhere in the region (KASLR).
  uint64_t kernel_copies = 2;
  // The archive as loaded, and unpacked.
  uint64_t initramfs_copies = 2;
  // Drivers, slab, page cache and init until the release.
  uint64_t working_room = 64 * kMiB;
  // Reservations are rounded up to this.
  uint64_t granularity = 16 * kMiB;
};

struct RegionInputs {
  uint64_t total_ram = 0;
  bool ram_above_4g = false;
  unsigned cpus = 1;
  uint64_t kernel_init_size = 0;
  uint64_t initramfs_size = 0;
};

struct RegionTerm {
  std::string name;
  uint64_t bytes;
};

struct RegionNeed {
  std::vector<RegionTerm> terms;
  uint64_t total = 0;  // the sum, rounded up

  // A table with one term per line.
  [[nodiscard]] std::string explain() const;
};

RegionNeed required_region(const RegionInputs& inputs,
                           const RegionCoefficients& coefficients = {});

struct MachineMemory {
  uint64_t total = 0;    // System RAM, what is reserved in it included
  uint64_t highest = 0;  // one past the last byte of it
};

// From /proc/iomem, whose addresses only root can see.
Result<MachineMemory> machine_memory(const Paths& paths);
MachineMemory parse_iomem(std::string_view iomem);
// The top-level "Crash kernel" range's size, or 0.
uint64_t crash_region_in_iomem(std::string_view iomem);
Result<uint64_t> crash_region_size(const Paths& paths);
unsigned possible_cpus(const Paths& paths);

// "256M", "1G", "262144K", bytes without a suffix.
Result<uint64_t> parse_size(std::string_view text);
// As short as it is exact, for parse_size().
std::string format_size(uint64_t bytes);
std::string format_mib(uint64_t bytes);

}  // namespace owctl

#endif
