// SPDX-License-Identifier: GPL-2.0
// The running processes, and what their pacts say.
#ifndef OWCTL_LIVE_PROCESSES_H
#define OWCTL_LIVE_PROCESSES_H

#include <linux/otherworld.h>

#include <functional>
#include <vector>

#include "decide.h"
#include "files.h"

namespace owctl {

// Its kinship and name.
Result<otherworld_process> live_process(const Paths& paths, int pid);

// What decide() needs to know of one; a pact counts if it is valid.
Candidate make_candidate(const Paths& paths, const otherworld_process& process,
                         const otherworld_pact_of& pact);

// By OTHERWORLD_IOC_PACT, or as a test has it.
using PactSource = std::function<Result<otherworld_pact_of>(int pid)>;

// Why nobody can be asked, if that is so.
Result<PactSource> open_pacts(const Paths& paths);

struct LiveCandidate {
  Candidate candidate;
  otherworld_process process = {};
  // enum otherworld_pact_state; nothing if it could not be asked for.
  std::optional<unsigned> pact;
};

// All but kernel threads, as /proc has them. Who ends meanwhile is left out.
std::vector<LiveCandidate> live_candidates(const Paths& paths,
                                           const PactSource& pacts);

}  // namespace owctl

#endif
