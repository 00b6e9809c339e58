// SPDX-License-Identifier: GPL-2.0
// A takeover on one page: nothing is loaded from anywhere, nothing is executed.
#ifndef OWCTL_REPORT_HTML_H
#define OWCTL_REPORT_HTML_H

#include <string>

#include "html.h"
#include "report.h"
#include "story.h"

namespace owctl {

std::string render_html(const Report& report, const KeptStory& story);

// When which stage was reached; the outage ends when processes go on.
void put_timeline(Html& page, const std::vector<Timing>& timings);
// From the fault until then, in microseconds; 0 if that is not known.
uint64_t outage_us(const std::vector<Timing>& timings);

// How the page looks, in daylight, at night and on paper.
std::string_view report_style();

}  // namespace owctl

#endif
