// SPDX-License-Identifier: GPL-2.0
// The parts of the page that render_html() makes, and what they share.
#ifndef OWCTL_REPORT_PARTS_H
#define OWCTL_REPORT_PARTS_H

#include <string>
#include <string_view>
#include <vector>

#include "html.h"
#include "report.h"
#include "story.h"

namespace owctl {

// How the page looks, in daylight, at night and on paper.
std::string_view report_style();

// What is left to do for whoever reads it.
void put_advice(Html& page, const Report& report);
// One row for each reason, the worst first.
void put_losses(Html& page, const Report& report);
// Crash procedures and restarts; nothing if there were none.
void put_procedures(Html& page, const Report& report);
// When which stage was reached; the outage ends when processes go on.
void put_timeline(Html& page, const std::vector<Timing>& timings);
void put_tree(Html& page, const Report& report);

// From the fault until the gate opened, in microseconds; 0 if that is not
// known.
uint64_t outage_us(const std::vector<Timing>& timings);

bool is_loss(const Verdict& verdict);
size_t count_of(const Report& report, std::string_view grade);
size_t count_losses(const std::vector<Verdict>& verdicts);
size_t count_failed_procedures(const Report& report);
// "1 process", "2 processes"
std::string counted(size_t count, const char* one, const char* many);

// Classes of the style: only words that it knows become part of one.
std::string grade_class(std::string_view grade);
void put_grade(Html& page, const std::string& grade);
// Its ID and name, as a way to its place in the tree.
void put_whose(Html& page, int pid, const std::string& name);
void put_name(Html& page, const std::string& name);
// Of a table; one without a title belongs to the one before.
void put_head_row(Html& page, std::initializer_list<const char*> titles);

}  // namespace owctl

#endif
