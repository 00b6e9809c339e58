// SPDX-License-Identifier: GPL-2.0
// Which processes come back: `owctl arm --only` and `--except`.
#ifndef OWCTL_SELECTION_H
#define OWCTL_SELECTION_H

#include <linux/otherworld.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "result.h"

namespace owctl {

// Names as ps -o comm shows them, or patterns of the shell.
struct Selection {
  std::vector<std::string> only;
  std::vector<std::string> except;

  [[nodiscard]] bool everything() const {
    return only.empty() && except.empty();
  }
  bool operator==(const Selection& other) const = default;
};

// The reason in the verdict of a process that is not.
inline constexpr const char* kLeftOutByPolicy = "left out by the policy";

// A process is chosen if the nearest of itself and its ancestors that is named
// is named by `only`; if none is named, when there is no `only`. Where both
// name it, `except` counts. What is chosen needs its ancestors, who wait for
// it: they come back as well, whoever names them. PID 1 comes back always, and
// its name chooses nothing.
//
// Returns, for each of the processes, whether it comes back.
std::vector<bool> choose(const Selection& selection,
                         const std::vector<otherworld_process>& processes);

// A plain name is cut to what the kernel keeps of it.
bool name_matches(const std::string& pattern, const std::string& comm);

// "all", "only a, b", "all, except c"
std::string describe(const Selection& selection);

nlohmann::json to_json(const Selection& selection);
// Throws what nlohmann::json throws.
Selection selection_from_json(const nlohmann::json& json);

}  // namespace owctl

#endif
