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

// It ran, or could not; and it ended by itself, as one should.
bool had_procedure(const ProcedureReport& procedure);
bool went_well(const ProcedureReport& procedure);
bool went_wrong(const ProcedureReport& procedure);
// "crash procedure continued after 12 ms", "reload: rule 1"
std::string procedure_text(const ProcedureReport& procedure);
// "850 us", "12.3 ms", "1.50 s"
std::string short_time(double seconds);

}  // namespace owctl

#endif
