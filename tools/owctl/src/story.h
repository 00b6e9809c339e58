// SPDX-License-Identifier: GPL-2.0
// The dead kernel's story: what is kept of it in
// /var/lib/otherworld/<generation>/ for whoever asks later.
#ifndef OWCTL_STORY_H
#define OWCTL_STORY_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dead_kernel.h"
#include "files.h"
#include "kernel_state.h"
#include "result.h"

namespace owctl {

struct Story {
  unsigned generation = 0;  // that the takeover began, or would have
  std::string outcome;      // "takeover" or "kdump"
  std::string cause;
  std::string reason;          // why it was not a takeover
  std::string kernel_release;  // of the dead kernel
  std::string build_id;
  uint64_t fault_time = 0;  // seconds since 1970; 0: unknown
  std::string log;
  std::string backtrace;
  std::vector<Timing> timings;
  std::string problem;  // why something above is missing
};

// What the new kernel knows, and what can be read out of the dead one.
Story tell_story(const KernelState& state, Result<DeadKernel> dead);

// "2024-05-01T12:00:00Z"
std::string iso_time(uint64_t seconds);

std::string story_directory(const Paths& paths, unsigned generation);

// Makes room for generation N's story. A directory of that name is from an
// earlier boot of the machine; it becomes N.1, N.2 … and is never overwritten.
Result<> rotate_story(const Paths& paths, unsigned generation);

// Writes all files into a directory rotated away first; returns its path.
Result<std::string> keep_story(const Paths& paths, const Story& story);
// The stages after the story was kept.
Result<> update_timings(const Paths& paths, unsigned generation,
                        const std::vector<Timing>& timings);

struct KeptStory {
  std::string directory;
  unsigned generation = 0;
  std::string cause;
  std::string reason;
  std::string outcome;
  std::string kernel_release;
  std::string build_id;
  uint64_t fault_time = 0;
  std::string problem;  // why something of it is missing
  std::string backtrace;
  std::vector<std::string> last_lines;  // of the log
  std::vector<Timing> timings;
};

Result<KeptStory> read_story(const std::string& directory, size_t lines);
// The story that was written last, of whatever generation and boot.
std::optional<std::string> newest_story(const Paths& paths);

}  // namespace owctl

#endif
