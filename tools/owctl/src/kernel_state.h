// SPDX-License-Identifier: GPL-2.0
// What the kernel says about itself in /sys/kernel/otherworld, and the few
// things it can be asked to do through /dev/otherworld.
#ifndef OWCTL_KERNEL_STATE_H
#define OWCTL_KERNEL_STATE_H

#include <linux/otherworld.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "files.h"
#include "result.h"

namespace owctl {

enum class State { kIdle, kArmed, kSuccessor, kKdump };

std::string_view to_string(State state);

struct Timing {
  std::string name;
  uint64_t us;  // since the fault
};

struct MemoryRange {
  uint64_t start = 0;
  uint64_t end = 0;  // inclusive
  [[nodiscard]] uint64_t size() const { return end - start + 1; }
};

struct KernelState {
  State state = State::kIdle;
  unsigned generation = 0;
  std::string cause;   // what killed the kernel before this one
  std::string reason;  // why this is a plain kdump boot
  std::vector<Timing> timings;
  std::optional<MemoryRange> region;
  std::vector<std::string> cpus;
};

std::vector<Timing> parse_timings(std::string_view text);
std::string format_timings(const std::vector<Timing>& timings);

// Exit::kNoOtherworld when the running kernel is not a patched one.
Result<KernelState> read_kernel_state(const Paths& paths);

// The state alone, which can be asked for often.
Result<State> read_state(const Paths& paths);

struct Released {
  uint64_t region_start;
  uint64_t region_size;
  uint64_t released_pages;
  uint64_t withheld_pages;
};

Result<> stamp_stage(const Paths& paths, otherworld_stage stage);
// A place for the next crash region, while all processes stand at the gate:
// what they free afterwards may become anything. Where there is none for so
// large a region, a smaller one is asked for: memory back and a region too
// small is better than neither.
Result<> choose_region(const Paths& paths, uint64_t size);
// The same if nothing has been chosen; and all other memory back.
Result<Released> release_dead_memory(const Paths& paths, uint64_t region_size);
// For that case, once it is back: memory of processes is moved out of the way.
Result<> grow_region(const Paths& paths, uint64_t size, Released& released);

}  // namespace owctl

#endif
