// SPDX-License-Identifier: GPL-2.0
// The words for what a pact is worth and says, wherever it is shown.
#ifndef OWCTL_PACT_WORDS_H
#define OWCTL_PACT_WORDS_H

#include <optional>
#include <string>

#include "terminal.h"

namespace owctl {

// Of enum otherworld_pact_state; nothing if that could not be found out.
const char* pact_word(const std::optional<unsigned>& state);
// Of that word.
Colour pact_colour(const std::string& word);

// What stands for a crash procedure or a group that there is not.
inline constexpr const char* kNothing = "-";

}  // namespace owctl

#endif
