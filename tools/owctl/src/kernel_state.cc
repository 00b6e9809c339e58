// SPDX-License-Identifier: GPL-2.0
#include "kernel_state.h"

#include <fcntl.h>
#include <sys/ioctl.h>

namespace owctl {
namespace {

constexpr std::string_view kDevice = "/dev/otherworld";

std::string attribute(const Paths& paths, std::string_view name) {
  return read_file(paths(fmt::format("{}/{}", kSysDir, name))).value_or("");
}

std::optional<MemoryRange> parse_range(std::string_view text) {
  text = trim(text);
  const size_t dash = text.find('-');
  MemoryRange range;
  if (dash == std::string_view::npos ||
      !parse_number(text.substr(0, dash), range.start, 16) ||
      !parse_number(text.substr(dash + 1), range.end, 16) ||
      range.end < range.start)
    return {};
  return range;
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::kIdle:
      return "idle";
    case State::kArmed:
      return "armed";
    case State::kSuccessor:
      return "successor";
    case State::kKdump:
      return "kdump";
  }
  return "idle";
}

std::vector<Timing> parse_timings(std::string_view text) {
  std::vector<Timing> timings;
  for (const auto& line : split(text, '\n')) {
    const auto words = split(line, ' ');
    Timing timing{};
    if (words.size() != 2 || !parse_number(words[1], timing.us))
      continue;
    timing.name = words[0];
    timings.push_back(std::move(timing));
  }
  return timings;
}

std::string format_timings(const std::vector<Timing>& timings) {
  std::string text;
  for (const auto& timing : timings)
    text += fmt::format("{} {}\n", timing.name, timing.us);
  return text;
}

Result<State> read_state(const Paths& paths) {
  const std::string path = paths(fmt::format("{}/state", kSysDir));
  auto word = read_line(path);
  if (!word && word.error().number == ENOENT)
    return Error{
        "this kernel has no Otherworld: /sys/kernel/otherworld is missing",
        "Boot a kernel with the Otherworld patches and CONFIG_OTHERWORLD=y.",
        Exit::kNoOtherworld};
  if (!word)
    return word.error();
  for (const auto state :
       {State::kIdle, State::kArmed, State::kSuccessor, State::kKdump})
    if (*word == to_string(state))
      return state;
  return Error{fmt::format("the kernel is in a state '{}' that this owctl does "
                           "not know",
                           *word),
               "Install the owctl that came with the kernel."};
}

Result<KernelState> read_kernel_state(const Paths& paths) {
  auto state = read_state(paths);
  if (!state)
    return state.error();
  KernelState all;
  all.state = *state;
  parse_number(trim(attribute(paths, "generation")), all.generation);
  all.cause = trim(attribute(paths, "cause"));
  all.reason = trim(attribute(paths, "reason"));
  all.timings = parse_timings(attribute(paths, "timings"));
  all.region = parse_range(attribute(paths, "region"));
  all.cpus = split(attribute(paths, "cpus"), '\n');
  return all;
}

Result<> stamp_stage(const Paths& paths, otherworld_stage stage) {
  auto device = open_file(paths(kDevice), O_RDWR);
  if (!device)
    return device.error();
  if (::ioctl(device->get(), OTHERWORLD_IOC_STAGE,
              static_cast<unsigned long>(stage)) != 0)
    return errno_error("stamping a stage");
  return {};
}

namespace {

// A smaller region is better than none.
template <typename Try>
Result<> shrink_until_there_is_place(uint64_t size, const Try& attempt) {
  constexpr uint64_t kSmallest = 64ULL << 20;
  for (;; size -= size / 4) {
    if (attempt(size) == 0)
      return {};
    if (errno != ENOSPC || size < kSmallest)
      return errno_error("finding a place for the next crash kernel");
  }
}

Result<> ask_for_region(const Paths& paths, uint64_t size,
                        otherworld_region& region) {
  auto device = open_file(paths(kDevice), O_RDWR);
  if (!device)
    return device.error();
  return shrink_until_there_is_place(size, [&](uint64_t smaller) {
    region.size = smaller;
    return ::ioctl(device->get(), OTHERWORLD_IOC_REGION, &region);
  });
}

}  // namespace

Result<> choose_region(const Paths& paths, uint64_t size) {
  otherworld_region region = {};
  return ask_for_region(paths, size, region);
}

Result<Released> release_dead_memory(const Paths& paths, uint64_t region_size) {
  auto device = open_file(paths(kDevice), O_RDWR);
  if (!device)
    return device.error();
  otherworld_release request = {};
  auto done = shrink_until_there_is_place(region_size, [&](uint64_t size) {
    request.region_size = size;
    return ::ioctl(device->get(), OTHERWORLD_IOC_RELEASE, &request);
  });
  if (!done)
    return done.error();
  return Released{request.region_start, request.region_size,
                  request.released_pages, request.withheld_pages};
}

Result<> grow_region(const Paths& paths, uint64_t size, Released& released) {
  otherworld_region region = {};
  auto done = ask_for_region(paths, size, region);
  if (!done)
    return done;
  const uint64_t more = (region.size - released.region_size) >> 12;
  released.released_pages -= more;
  released.withheld_pages += more;
  released.region_size = region.size;
  released.region_start = region.start;
  return {};
}

}  // namespace owctl
