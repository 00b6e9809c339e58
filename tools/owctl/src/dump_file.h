// SPDX-License-Identifier: GPL-2.0
// A dump of a dead kernel, whatever its format.
#ifndef OWCTL_DUMP_FILE_H
#define OWCTL_DUMP_FILE_H

#include <ow_memory.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "result.h"

namespace owctl {

class DumpFile {
 public:
  DumpFile() = default;
  virtual ~DumpFile() = default;
  DumpFile(const DumpFile&) = delete;
  DumpFile& operator=(const DumpFile&) = delete;

  // Refers to this object: must not outlive it.
  [[nodiscard]] const ow_memory& memory() const { return memory_; }
  // The text of the VMCOREINFO note; empty if the dump has none.
  [[nodiscard]] const std::string& vmcoreinfo() const { return vmcoreinfo_; }
  // What is wrong with the file; empty if nothing is.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 protected:
  // First address and the one behind the last.
  using Run = std::pair<u64, u64>;
  // Looks for the note in the memory itself: QEMU does not always know it.
  void search_vmcoreinfo(const std::vector<Run>& runs);

  ow_memory memory_ = {};
  std::string vmcoreinfo_;
  std::string problem_;
};

// makedumpfile's own format, by its first bytes.
bool is_compressed_dump(const std::string& path);

// Which only a program with libkdumpfile in it reads.
using DumpOpener = Result<std::unique_ptr<DumpFile>> (*)(const std::string&);
void set_compressed_dump_opener(DumpOpener opener);
bool reads_compressed_dumps();

Result<std::unique_ptr<DumpFile>> open_dump(const std::string& path);

}  // namespace owctl

#endif
