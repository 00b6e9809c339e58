// SPDX-License-Identifier: GPL-2.0
#include "policy_words.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

namespace owctl {
namespace {

// How many letters to insert, remove, change, or swap with the next.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> steps(a.size() + 1,
                                         std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i)
    steps[i][0] = i;
  std::iota(steps[0].begin(), steps[0].end(), 0);
  for (size_t i = 1; i <= a.size(); ++i)
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = a[i - 1] == b[j - 1];
      steps[i][j] = std::min({steps[i - 1][j] + 1, steps[i][j - 1] + 1,
                              steps[i - 1][j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        steps[i][j] = std::min(steps[i][j], steps[i - 2][j - 2] + 1);
    }
  return steps[a.size()][b.size()];
}

// Calls each(name, uid) for each user, until that returns true.
template <typename Each>
void find_in_passwd(const Paths& paths, Each each) {
  const auto text = read_file(paths("/etc/passwd"));
  if (!text)
    return;
  for (const auto& line : split(*text, '\n')) {
    // NAME:PASSWORD:UID:..., where the password may be empty.
    const size_t name_end = line.find(':');
    const size_t begin = line.find(':', name_end + 1) + 1;
    const size_t end = line.find(':', begin);
    uint32_t uid = 0;
    if (name_end == std::string::npos || begin == 0 ||
        end == std::string::npos ||
        !parse_number(std::string_view(line).substr(begin, end - begin), uid))
      continue;
    if (each(line.substr(0, name_end), uid))
      return;
  }
}

}  // namespace

std::string did_you_mean(std::string_view word,
                         std::span<const std::string_view> known) {
  constexpr size_t kLongest = 32;
  if (known.empty() || word.size() > kLongest)
    return {};
  const auto nearest = *std::min_element(
      known.begin(), known.end(), [&](std::string_view a, std::string_view b) {
        return distance(word, a) < distance(word, b);
      });
  if (distance(word, nearest) > std::max<size_t>(nearest.size() / 3, 1))
    return {};
  return fmt::format("; did you mean '{}'?", nearest);
}

std::optional<uint32_t> uid_of(const Paths& paths, std::string_view user) {
  std::optional<uint32_t> found;
  find_in_passwd(paths, [&](const std::string& name, uint32_t uid) {
    if (name == user)
      found = uid;
    return found.has_value();
  });
  return found;
}

std::optional<std::string> user_of(const Paths& paths, uint32_t uid) {
  std::optional<std::string> found;
  find_in_passwd(paths, [&](const std::string& name, uint32_t other) {
    if (other == uid)
      found = name;
    return found.has_value();
  });
  return found;
}

std::vector<uint32_t> all_uids(const Paths& paths) {
  std::set<uint32_t> uids;
  find_in_passwd(paths, [&](const std::string& /*name*/, uint32_t uid) {
    uids.insert(uid);
    return false;
  });
  return {uids.begin(), uids.end()};
}

}  // namespace owctl
