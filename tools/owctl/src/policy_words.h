// SPDX-License-Identifier: GPL-2.0
// What a person wrote, and may have meant.
#ifndef OWCTL_POLICY_WORDS_H
#define OWCTL_POLICY_WORDS_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "files.h"

namespace owctl {

// "; did you mean 'action'?", or nothing if nothing is near.
std::string did_you_mean(std::string_view word,
                         std::span<const std::string_view> known);

// Out of /etc/passwd.
std::optional<uint32_t> uid_of(const Paths& paths, std::string_view user);
std::optional<std::string> user_of(const Paths& paths, uint32_t uid);
// Each once, in order.
std::vector<uint32_t> all_uids(const Paths& paths);

}  // namespace owctl

#endif
