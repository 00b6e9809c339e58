// SPDX-License-Identifier: GPL-2.0
// How `owctl ps` looks to a person and to a program.
#ifndef OWCTL_PS_VIEW_H
#define OWCTL_PS_VIEW_H

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "live_processes.h"
#include "report.h"
#include "terminal.h"

namespace owctl {

struct PsLine {
  LiveCandidate live;
  ProcessDecision decision;
  std::string user;
  bool comes_back = true;  // it is not left out
  // What a rehearsal says of it, if there was one.
  std::string grade;
  std::vector<Verdict> losses;
};

std::string render_ps(const std::vector<PsLine>& lines, const Look& look);
nlohmann::json ps_json(const std::vector<PsLine>& lines);

}  // namespace owctl

#endif
