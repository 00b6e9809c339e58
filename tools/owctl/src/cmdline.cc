// SPDX-License-Identifier: GPL-2.0
#include "cmdline.h"

#include <algorithm>
#include <array>

namespace owctl {
namespace {

std::string_view name_of(std::string_view word) {
  if (!word.empty() && word.front() == '"')
    word.remove_prefix(1);
  return word.substr(0, word.find('='));
}

std::string value_of(std::string_view word) {
  std::string value;
  const size_t at = word.find('=');
  if (at == std::string_view::npos)
    return value;
  for (const char c : word.substr(at + 1))
    if (c != '"')
      value += c;
  return value;
}

// What must not reach the next kernel, and why.
bool belongs_to_one_boot(std::string_view name) {
  constexpr std::array<std::string_view, 10> kNames = {
      "crashkernel",  // would reserve inside its own small region
      "elfcorehdr",   // the kernel adds the right one while loading
      "otherworld",   // said anew by us
      "BOOT_IMAGE",   // the boot loader's note to itself
      "initrd",       // likewise: the crash kernel has its own initramfs
      // These would take memory at boot, when there is only the crash region;
      // the number of huge pages is put back as a sysctl.
      "hugepages",
      "hugepagesz",
      "hugetlb_cma",
      "cma",
      "reserve_mem",
  };
  for (const auto& one : kNames)
    if (name == one)
      return true;
  return name.starts_with("otherworld_");
}

// Words by which somebody has said how much a booting kernel is to print.
bool says_verbosity(const std::string& word) {
  const auto name = name_of(word);
  return name == "quiet" || name == "debug" || name == "loglevel" ||
         name == "ignore_loglevel";
}

}  // namespace

std::vector<std::string> cmdline_words(std::string_view cmdline) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  for (const char c : cmdline) {
    if (c == '"')
      quoted = !quoted;
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\0';
    if (!space || (quoted && c != '\0')) {
      word += c;
      continue;
    }
    if (!word.empty())
      words.push_back(std::move(word));
    word.clear();
  }
  if (!word.empty())
    words.push_back(std::move(word));
  return words;
}

std::optional<std::string> cmdline_value(std::string_view cmdline,
                                         std::string_view name) {
  std::optional<std::string> value;
  for (const auto& word : cmdline_words(cmdline))
    if (name_of(word) == name)
      value = value_of(word);
  return value;
}

std::string crash_cmdline(std::string_view current, CrashKernelKind kind,
                          std::string_view append) {
  std::string line;
  const auto add = [&line](std::string_view word) {
    if (!line.empty())
      line += ' ';
    line += word;
  };
  // In later generations they stand there already.
  const auto appended = cmdline_words(append);
  bool verbosity_said =
      std::any_of(appended.begin(), appended.end(), says_verbosity);
  for (const auto& word : cmdline_words(current)) {
    // What follows "--" is for init, and ours must stand before it.
    if (word == "--")
      break;
    if (belongs_to_one_boot(name_of(word)) ||
        std::find(appended.begin(), appended.end(), word) != appended.end())
      continue;
    verbosity_said = verbosity_said || says_verbosity(word);
    add(word);
  }
  if (kind == CrashKernelKind::kTakeover) {
    add("otherworld=takeover");
    // A serial console costs a tenth of the outage. What the kernel says is in
    // its log all the same, and the level is put back afterwards.
    if (!verbosity_said)
      add("quiet");
  }
  for (const auto& word : appended)
    add(word);
  bool for_init = false;
  for (const auto& word : cmdline_words(current)) {
    for_init = for_init || word == "--";
    if (for_init)
      add(word);
  }
  return line;
}

RootOptions root_options(std::string_view cmdline) {
  RootOptions options;
  for (const auto& word : cmdline_words(cmdline)) {
    const std::string_view name = name_of(word);
    if (word == "--")
      break;
    if (word == "ro")
      options.read_only = true;
    else if (word == "rw")
      options.read_only = false;
    else if (name == "root")
      options.root = value_of(word);
    else if (name == "rootfstype")
      options.type = value_of(word);
    else if (name == "rootflags")
      options.flags = value_of(word);
    else if (name == "init")
      options.init = value_of(word);
  }
  return options;
}

}  // namespace owctl
