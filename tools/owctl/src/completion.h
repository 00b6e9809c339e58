// SPDX-License-Identifier: GPL-2.0
// What a shell needs to know to complete a command line, taken from the command
// line itself, so that it is always the same.
#ifndef OWCTL_COMPLETION_H
#define OWCTL_COMPLETION_H

#include <string>

namespace CLI {
class App;
}

namespace owctl {

// By the name of an option's type it is known what may stand there: FILE is
// one, "reboot|halt" is one of these, and there is KIND, NAME, PROCESS, PID and
// GENERATION. Of others nothing is known.
std::string bash_completion(const CLI::App& app);

}  // namespace owctl

#endif
