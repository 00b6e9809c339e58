// SPDX-License-Identifier: GPL-2.0
// What a resurrection would make of the processes of a kernel that is alive:
// `owctl inspect`, but of what changes while it is read.
#ifndef OWCTL_REHEARSAL_H
#define OWCTL_REHEARSAL_H

#include <memory>
#include <string>
#include <vector>

#include "dump_reader.h"
#include "elf_memory.h"
#include "selection.h"

namespace owctl {

// A process of the kernel that runs, as it was found.
struct LiveReading : ProcessReading {
  // Another one, or another program, by the time that it was read.
  bool changed = false;
};

// Where the processes are read; a test has its own.
class LiveProcesses {
 public:
  LiveProcesses() = default;
  virtual ~LiveProcesses() = default;
  LiveProcesses(const LiveProcesses&) = delete;
  LiveProcesses& operator=(const LiveProcesses&) = delete;

  // Each call looks anew.
  virtual ow_fault_info list(std::vector<ow_virt>& leaders) = 0;
  virtual LiveReading read(ow_virt leader, const ProcessFilter& wanted) = 0;
  virtual std::vector<DumpMount> mounts(std::vector<Verdict>& verdicts) = 0;
};

// The running kernel's memory. Exit::kNoOtherworld if it has no layout table.
class LiveKernel : public LiveProcesses {
 public:
  static Result<std::unique_ptr<LiveKernel>> open(const std::string& kcore);

  ow_fault_info list(std::vector<ow_virt>& leaders) override;
  LiveReading read(ow_virt leader, const ProcessFilter& wanted) override;
  std::vector<DumpMount> mounts(std::vector<Verdict>& verdicts) override;

 private:
  std::unique_ptr<ElfMemory> memory_;
  std::unique_ptr<DumpReader> reader_;
  bool listed_ = false;
};

// Nothing is stopped for it: what is torn is read again, for about a second,
// and then said to be unknown. A finding that stays the same is no accident. Of
// processes that are not wanted it has the names only, without a grade.
DumpModel rehearse(LiveProcesses& live, const ProcessFilter& wanted);

// Who is not chosen is lost, whatever else could be said of him.
void apply_selection(const Selection& selection, DumpModel& model);

bool all_exact(const DumpModel& model);

}  // namespace owctl

#endif
