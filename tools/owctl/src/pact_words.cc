// SPDX-License-Identifier: GPL-2.0
#include "pact_words.h"

#include <linux/otherworld.h>

namespace owctl {

const char* pact_word(const std::optional<unsigned>& state) {
  if (!state)
    return "?";
  switch (*state) {
    case OTHERWORLD_PACT_NONE:
      return "no";
    case OTHERWORLD_PACT_VALID:
      return "yes";
    case OTHERWORLD_PACT_TORN:
      return "torn";
    default:
      return "foreign";
  }
}

Colour pact_colour(const std::string& word) {
  return word == pact_word(OTHERWORLD_PACT_TORN) ||
                 word == pact_word(OTHERWORLD_PACT_FOREIGN)
             ? Colour::kYellow
             : Colour::kNone;
}

}  // namespace owctl
