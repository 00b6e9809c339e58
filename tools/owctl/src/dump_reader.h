// SPDX-License-Identifier: GPL-2.0
// Reads a DumpModel out of a dump, by the dead kernel's own layout table.
#ifndef OWCTL_DUMP_READER_H
#define OWCTL_DUMP_READER_H

#include <ow_judge.h>
#include <ow_kernel.h>
#include <ow_mounts.h>
#include <ow_namespace.h>
#include <ow_pact.h>
#include <ow_ties.h>
#include <ow_user.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dump_file.h"
#include "dump_model.h"

namespace owctl {

std::string fault_text(const ow_fault_info& why);

// By process ID and name: whether more than that is of interest.
using ProcessFilter = std::function<bool(int pid, const std::string& name)>;

struct ProcessReading {
  // None: of the kernel's own, or it cannot be read, then `why` says more.
  std::optional<DumpProcess> process;
  ow_fault_info why = {};
};

class DumpReader {
 public:
  // Fails where the kernel did not leave a layout table.
  static Result<std::unique_ptr<DumpReader>> open(const DumpFile& dump);

  // All processes, or the one with this PID.
  DumpModel read(std::optional<int> pid);

  // The same in steps, for who must look again: the kernel may be running.
  // Returns why leaders may be missing.
  ow_fault_info list_leaders(std::vector<ow_virt>& leaders);
  ProcessReading read_process(ow_virt leader, const ProcessFilter& wanted);
  std::vector<DumpMount> read_mounts(std::vector<Verdict>& verdicts);
  // What makes a process this one and no other; 0 if it cannot be read.
  using Identity = std::array<u64, 5>;
  [[nodiscard]] Identity identity(ow_virt leader) const;

 private:
  using Tables =
      std::unique_ptr<ow_user_tables, decltype(&::ow_user_tables_free)>;

  DumpReader() = default;

  // dump_reader.cc: processes and threads.
  // Leaves out what the process was tied to as a whole.
  void read_threads(const ow_task& leader, u32 ties, DumpProcess& process);
  void read_namespaces(const ow_task& body, DumpProcess& process);
  // Returns what a task was tied to; what is known has a verdict already.
  u32 read_ties(const ow_task& task, u32 known, const std::string& whose,
                DumpProcess& process) const;
  void read_credentials(ow_virt cred, DumpProcess& process);
  [[nodiscard]] std::string state_of(const ow_task& task) const;

  // dump_memory.cc
  void read_memory(const ow_task& body, DumpProcess& process);
  void read_mapping(const ow_mm& mm, const ow_vma& vma, ow_user_tables* tables,
                    DumpProcess& process);
  struct PageWalk;
  void read_page(const ow_pte& pte, PageWalk& walk);

  // dump_pact.cc
  void read_pact(const ow_task& body, const ow_vma& vma, ow_user_tables* tables,
                 DumpPact& pact);

  // dump_files.cc
  void read_files(const ow_task& body, DumpProcess& process);
  void read_descriptor(unsigned fd, ow_virt at, bool close_on_exec,
                       DumpProcess& process);
  void read_places(ow_virt at, DumpProcess& process);
  // Empty if it cannot be told.
  std::string path_of(ow_virt mnt, ow_virt dentry);
  std::string file_path(ow_virt at);

  // A cursor latches its first failure: one for each thing that may fail.
  [[nodiscard]] ow_cursor cursor() const {
    ow_cursor c;
    ::ow_cursor_init(&c, kernel_.get());
    return c;
  }

  std::unique_ptr<ow_kernel> kernel_;
  std::array<char, OW_PATH_MAX> path_ = {};
};

Fate fate_of(const ow_judgement& judgement);
Verdict verdict_of(std::string resource, const Fate& fate, uint64_t address);
Verdict fault_verdict(std::string resource, const ow_fault_info& why);
// Because of that, there may be one.
void doubt_pact(DumpPact& pact, const ow_fault_info& why);

}  // namespace owctl

#endif
