// SPDX-License-Identifier: GPL-2.0
// A takeover on one page: nothing is loaded from anywhere, nothing is executed.
#ifndef OWCTL_REPORT_HTML_H
#define OWCTL_REPORT_HTML_H

#include <string>

#include "report.h"
#include "story.h"

namespace owctl {

std::string render_html(const Report& report, const KeptStory& story);

}  // namespace owctl

#endif
