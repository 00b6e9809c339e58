// SPDX-License-Identifier: GPL-2.0
// Physical memory out of an ELF dump: /proc/vmcore, a file with its form, or,
// of the kernel that runs, /proc/kcore. The parser of dead memory reads through
// it.
#ifndef OWCTL_ELF_MEMORY_H
#define OWCTL_ELF_MEMORY_H

#include <ow_memory.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "dump_file.h"
#include "fd.h"
#include "result.h"

namespace owctl {

class ElfMemory : public DumpFile {
 public:
  static Result<std::unique_ptr<ElfMemory>> open(const std::string& path);

  [[nodiscard]] size_t segments() const { return segments_.size(); }

  // What was read is read again when it is asked for again: of memory that
  // changes.
  void forget();

 private:
  struct Segment {
    u64 start;
    u64 end;
    u64 offset;
  };

  ElfMemory() = default;
  Result<> load(const std::string& path);
  void look_whether_whole();
  void disentangle();
  static ow_status read(void* self, ow_phys at, void* dst, size_t len,
                        ow_phys* bad);
  ow_status read_at(ow_phys at, char* dst, size_t len, ow_phys* bad);

  struct Chunk {
    u64 start = 0;
    u64 end = 0;  // equal to start: empty
    std::vector<char> bytes;
  };
  // The cached run of memory that has `at`; null if it cannot be read.
  const Chunk* chunk_at(u64 at);

  static constexpr ow_memory_ops kOps = {.read = &ElfMemory::read};
  // The parser reads a few bytes here and there, while each read of
  // /proc/vmcore maps a page and unmaps it again: so read more, and keep it.
  static constexpr u64 kChunkSize = 16384;
  static constexpr size_t kChunks = 128;

  Fd fd_;
  std::vector<Segment> segments_;     // by address
  std::array<Chunk, kChunks> cache_;  // by chunk number modulo its size
};

}  // namespace owctl

#endif
