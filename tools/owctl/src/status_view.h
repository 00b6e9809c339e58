// SPDX-License-Identifier: GPL-2.0
// How a state looks to a person and to a program.
#ifndef OWCTL_STATUS_VIEW_H
#define OWCTL_STATUS_VIEW_H

#include <optional>
#include <string>

#include "kernel_state.h"
#include "policy.h"
#include "region_store.h"
#include "report.h"
#include "story.h"
#include "terminal.h"

namespace owctl {

struct StatusView {
  KernelState kernel;
  std::optional<KeptStory> story;
  std::optional<Report> report;  // of the same takeover
  bool story_is_of_this_boot = false;
  std::optional<Policy> policy;  // that is armed
  std::optional<RegionStore> store;
};

std::string render_status(const StatusView& view, const Look& look);
std::string status_json(const StatusView& view);

// One line per stage: when it was reached, how long it took, and a bar.
std::string render_timings(const std::vector<Timing>& timings,
                           const Look& look);

}  // namespace owctl

#endif
