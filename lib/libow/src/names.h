// SPDX-License-Identifier: LGPL-2.1
// What regions and groups may be called: names that are harmless as names of
// files, too.
#ifndef LIBOW_NAMES_H
#define LIBOW_NAMES_H

#include <cerrno>
#include <cstddef>
#include <string_view>

namespace libow {

inline bool valid_part(std::string_view part) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  return !part.empty() && part != "." && part != ".." &&
         part.find_first_not_of(kAllowed) == std::string_view::npos;
}

// 0 or a negative errno value. limit counts the 0 at the end.
inline int check_name(const char* name, std::size_t limit) {
  if (name == nullptr) {
    return -EINVAL;
  }
  const std::string_view text = name;
  return text.size() >= limit ? -ENAMETOOLONG : valid_part(text) ? 0 : -EINVAL;
}

// The same of "part/part/part".
inline int check_path(const char* name, std::size_t limit) {
  if (name == nullptr) {
    return -EINVAL;
  }
  std::string_view rest = name;
  if (rest.size() >= limit) {
    return -ENAMETOOLONG;
  }
  for (;;) {
    const std::size_t slash = rest.find('/');
    if (!valid_part(rest.substr(0, slash))) {
      return -EINVAL;
    }
    if (slash == std::string_view::npos) {
      return 0;
    }
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace libow

#endif  // LIBOW_NAMES_H
