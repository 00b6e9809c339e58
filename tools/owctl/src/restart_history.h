// SPDX-License-Identifier: GPL-2.0
// What was restarted before, so that what fails again within a time gets the
// next severer action: restarts.json.
#ifndef OWCTL_RESTART_HISTORY_H
#define OWCTL_RESTART_HISTORY_H

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "files.h"
#include "reporter.h"
#include "restart_policy.h"

namespace owctl {

// Of the clock on the wall: the history outlives a reboot.
using Moment = std::chrono::sys_time<Duration>;
Moment now_moment();

struct Restart {
  Moment when;
  unsigned step = 0;  // how many came before it, each within the time
  bool operator==(const Restart& other) const = default;
};

// By program and user, or by group; decide() makes the keys.
using History = std::map<std::string, Restart>;

inline constexpr std::string_view kHistoryFile =
    "/var/lib/otherworld/restarts.json";

std::string history_to_json(const History& history);
Result<History> history_from_json(std::string_view text);

// One that is not there is empty; so is one that cannot be trusted, which is
// warned of.
History load_history(const Paths& paths, Reporter& reporter);
Result<> save_history(const Paths& paths, const History& history);

}  // namespace owctl

#endif
