// SPDX-License-Identifier: GPL-2.0
// A program as a filter: text in, text out, bounded in time and size.
#ifndef OWCTL_FILTER_H
#define OWCTL_FILTER_H

#include <string>
#include <string_view>

#include "restart_policy.h"
#include "result.h"

namespace owctl {

struct FilterBounds {
  Duration time;
  size_t output;
};

// What the program wrote, if it ended with status 0 in time. It gets nothing of
// ours but standard error, and whatever it started ends with it.
Result<std::string> run_filter(const std::string& program,
                               std::string_view input,
                               const FilterBounds& bounds);

}  // namespace owctl

#endif
