// SPDX-License-Identifier: GPL-2.0
#include "proc_stat.h"

namespace owctl {

std::optional<ProcStat> parse_proc_stat(std::string_view text) {
  constexpr std::string_view kBehind = ") ";
  const size_t begin = text.find('(');
  const size_t end = text.rfind(kBehind);
  if (begin == std::string_view::npos || end == std::string_view::npos ||
      begin > end || end + kBehind.size() == text.size())
    return {};
  return ProcStat{std::string(text.substr(begin + 1, end - begin - 1)),
                  std::string(text.substr(end + kBehind.size()))};
}

}  // namespace owctl
