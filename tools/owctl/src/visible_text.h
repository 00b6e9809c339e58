// SPDX-License-Identifier: GPL-2.0
// Text from elsewhere, such as the name of a process, that can do no harm where
// it is shown: valid UTF-8, without control characters and those that change
// the direction of what follows.
#ifndef OWCTL_VISIBLE_TEXT_H
#define OWCTL_VISIBLE_TEXT_H

#include <string>
#include <string_view>

namespace owctl {

// Each thing that is left out has a replacement character in its place. Lines
// and tabs stay if `lines`.
std::string visible_text(std::string_view text, bool lines = false);

// How many characters there are in what visible_text() gave.
size_t text_width(std::string_view text);

}  // namespace owctl

#endif
