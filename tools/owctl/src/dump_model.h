// SPDX-License-Identifier: GPL-2.0
// What a dump shows of the dead kernel's processes, and what a resurrection
// would make of each part of them.
#ifndef OWCTL_DUMP_MODEL_H
#define OWCTL_DUMP_MODEL_H

#include <linux/otherworld.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report.h"

namespace owctl {

// Grade and reason of a Verdict, for what it belongs to.
struct Fate {
  std::string grade = "exact";
  std::string reason;
};

struct DumpThread {
  int tid = 0;
  std::string name;
  std::string state;  // a letter, as in /proc/PID/stat
  bool on_cpu = false;
  uint64_t address = 0;
};

struct DumpCredentials {
  unsigned uid = 0, gid = 0, euid = 0, egid = 0, suid = 0, sgid = 0;
  uint64_t permitted = 0, effective = 0, inheritable = 0, ambient = 0,
           bounding = 0;
  std::vector<unsigned> groups;
};

// In units of 4 KiB.
struct DumpPages {
  uint64_t resident = 0;   // in memory, of whatever kind
  uint64_t anonymous = 0;  // of those: the process's own
  uint64_t shared = 0;     // of the anonymous: with another process
  uint64_t huge = 0;       // of the resident: in huge pages
  uint64_t swapped = 0;
};

struct DumpMapping {
  uint64_t start = 0, end = 0;
  std::string access;  // "rwxp", as in /proc/PID/maps
  std::vector<std::string> flags;
  std::string name;  // of a file or as it was given; may be empty
  uint64_t offset = 0;
  DumpPages pages;
  uint64_t address = 0;
  Fate fate;
};

struct DumpDescriptor {
  unsigned number = 0;
  bool close_on_exec = false;
  std::string path;
  std::string type;  // "file", "directory", "pipe"...
  std::string file_system;
  uint64_t position = 0;
  unsigned flags = 0;  // as open() took them
  uint64_t address = 0;
  Fate fate;
};

// What a process asked for.
struct DumpPact {
  // enum otherworld_pact_state; nothing if `reason` keeps from telling.
  std::optional<unsigned> state = OTHERWORLD_PACT_NONE;
  std::string reason;
  bool swapped_out = false;  // then the state is not known either
  uint64_t at = 0;           // where in its memory, if it has one
  bool has_procedure = false;
  unsigned action = 0;
  unsigned limit_ms = 0;
  std::string group;
};

struct DumpProcess {
  int pid = 0, ppid = 0, pgid = 0, sid = 0;
  std::string name;
  uint64_t address = 0;
  DumpCredentials credentials;
  std::string directory, root, executable;
  unsigned umask = 0;
  std::vector<DumpThread> threads;
  std::vector<DumpMapping> mappings;
  std::vector<DumpDescriptor> descriptors;
  DumpPact pact;
  std::vector<Verdict> verdicts;
  std::string grade;

  [[nodiscard]] DumpPages pages() const;
};

struct DumpMount {
  std::string target, source, type, root;
  unsigned flags = 0;  // as mount(2) takes them
  uint64_t address = 0;
};

struct DumpModel {
  std::vector<DumpProcess> processes;
  std::vector<DumpMount> mounts;
  std::vector<Verdict> machine;  // of no process: what is damaged
};

}  // namespace owctl

#endif
