// SPDX-License-Identifier: GPL-2.0
#include "dead_swap.h"

#include <sys/stat.h>
#include <sys/swap.h>

#include <algorithm>

namespace owctl {
namespace {

// In the order in which they get the priorities that the kernel chooses.
std::vector<otherworld_swap> ordered(const DeadKernelDevice& device) {
  auto areas = device.swaps();
  std::stable_sort(areas.begin(), areas.end(),
                   [](const otherworld_swap& a, const otherworld_swap& b) {
                     return a.priority > b.priority;
                   });
  return areas;
}

Result<> turn_on(const DeadKernelDevice& device, const otherworld_swap& area) {
  auto taken = device.take_swap(area);
  if (!taken)
    return taken.error();
  if (::swapon(area.path, static_cast<int>(area.flags)) != 0)
    return errno_error(fmt::format("turning on swap on {}", area.path));
  return {};
}

}  // namespace

void restore_swap_early(const DeadKernelDevice& device) {
  struct stat st = {};
  for (const auto& area : ordered(device)) {
    // One that cannot be reached would get its priority too late.
    if (!area.is_on && ::stat(area.path, &st) != 0)
      return;
    if (!area.is_on && !turn_on(device, area))
      return;
  }
}

void restore_swap(const DeadKernelDevice& device, Reporter& reporter) {
  for (const auto& area : ordered(device)) {
    if (area.is_on)
      continue;
    auto on = turn_on(device, area);
    if (!on)
      reporter.warn(on.error().what);
  }
}

}  // namespace owctl
