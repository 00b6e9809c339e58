// SPDX-License-Identifier: GPL-2.0
// A policy that is a program: asked over a pipe, and not trusted.
#ifndef OWCTL_POLICY_PLUGIN_H
#define OWCTL_POLICY_PLUGIN_H

#include <vector>

#include "decide.h"
#include "files.h"
#include "reporter.h"

namespace owctl {

// The program gets one line of JSON for each candidate on its standard input,
// and then its end:
//   {"pid": 12, "ppid": 1, "name": "shopd", "program": "/usr/bin/shopd",
//    "uid": 33, "group": "shop/web", "procedure": true, "wish": "procedure",
//    "action": "procedure", "limit_ms": 10000, "reason": "its own wish"}
// of which the last three are what holds without it. It answers a line for each
// of them, in any order:
//   {"pid": 12, "action": "reload", "limit_ms": 5000, "reason": "because"}
// Without an action, or a limit, that stays as it is.
//
// If it cannot be run, takes too long, fails, or answers anything else, there
// are no answers, and a warning says why.
PluginAnswers ask_plugin(const RestartPolicy& policy,
                         const std::vector<Candidate>& candidates,
                         const Decisions& without, Reporter& reporter);

// It can be run, and nobody could change it who could not do as much without.
Result<> check_plugin(const std::string& program);

// While there is time to mend it: a crash would not ask the policy's plug-in.
void warn_of_plugin(const Paths& paths, const RestartPolicy& policy,
                    Reporter& reporter);

// One line for each of the candidates, as above.
Result<PluginAnswers> parse_answers(std::string_view text,
                                    const std::vector<Candidate>& candidates);

}  // namespace owctl

#endif
