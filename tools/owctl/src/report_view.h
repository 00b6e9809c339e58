// SPDX-License-Identifier: GPL-2.0
// How the verdicts of a takeover look to a person.
#ifndef OWCTL_REPORT_VIEW_H
#define OWCTL_REPORT_VIEW_H

#include <string>

#include "report.h"
#include "status_view.h"

namespace owctl {

// The whole tree, each process with its grade and what it lost.
std::string render_report(const Report& report, const Look& look);
// One line, and one for each of the first few that are not exact.
std::string summarize_report(const Report& report, const Look& look);
bool all_exact(const Report& report);

}  // namespace owctl

#endif
