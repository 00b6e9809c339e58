// SPDX-License-Identifier: GPL-2.0
#include "completion.h"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "files.h"
#include "trigger.h"

namespace owctl {
namespace {

// How bash makes the words of a type; nothing if it cannot.
std::string words_of_type(const std::string& type) {
  // In capitals it is what to call it, else what to write.
  if (type.find('|') != std::string::npos || type == "bash")
    return fmt::format("words='{}'", fmt::join(split(type, '|'), " "));
  if (type == "FILE")
    return "files=1";
  if (type == "KIND") {
    std::vector<std::string_view> kinds;
    for (const auto& kind : trigger_kinds())
      kinds.push_back(kind.name);
    return fmt::format("words='{}'", fmt::join(kinds, " "));
  }
  if (type == "NAME" || type == "PROCESS")
    return "words=$(ps -e -o comm= 2>/dev/null)";
  if (type == "PID")
    return "words=$(ps -e -o pid= 2>/dev/null)";
  if (type == "GENERATION")
    return "words=$(cd /var/lib/otherworld 2>/dev/null && "
           "printf '%s ' [0-9]*)";
  return {};
}

class BashCompletion {
 public:
  explicit BashCompletion(const CLI::App& app) : name_(app.get_name()) {
    read(app, "");
  }

  [[nodiscard]] std::string script() const {
    const std::string function = "_" + name_;
    return fmt::format(
        R"bash(# bash completion for {name}; made by {name} completion bash

{function}() {{
	local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}}
	local command='' words='' files='' value='' i
	# --option=value is three words to readline.
	if [ "$cur" = = ]; then
		cur=''
	elif [ "$prev" = = ] && [ "$COMP_CWORD" -gt 2 ]; then
		prev=${{COMP_WORDS[COMP_CWORD - 2]}}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case "$command ${{COMP_WORDS[i]}}" in
{commands}		esac
	done
	case "$command $prev" in
{values}	esac
	if [ -z "$value" ]; then
		case "$command" in
{positionals}		esac
		if [ -z "$words$files" ] || [[ $cur == -* ]]; then
			files=''
			case "$command" in
{options}			esac
		fi
	fi
	if [ -n "$files" ]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	fi
}}

complete -F {function} {name}
)bash",
        fmt::arg("name", name_), fmt::arg("function", function),
        fmt::arg("commands", commands_), fmt::arg("values", values_),
        fmt::arg("positionals", positionals_), fmt::arg("options", options_));
  }

 private:
  // `path` is "" or "policy" or "policy check".
  void read(const CLI::App& app, const std::string& path) {
    std::vector<std::string> words;
    for (const auto* sub : app.get_subcommands({})) {
      const std::string below =
          path.empty() ? sub->get_name() : path + " " + sub->get_name();
      words.push_back(sub->get_name());
      commands_ += fmt::format("\t\t'{} {}') command='{}' ;;\n", path,
                               sub->get_name(), below);
      read(*sub, below);
    }
    for (const auto* option : app.get_options()) {
      read(*option, path);
      for (const auto& name : option->get_lnames())
        words.push_back("--" + name);
    }
    options_ +=
        fmt::format("\t\t\t'{}') words='{}' ;;\n", path, fmt::join(words, " "));
  }

  void read(const CLI::Option& option, const std::string& path) {
    // What is checked of it stands behind a colon.
    const std::string type = option.get_type_name();
    const std::string make = words_of_type(type.substr(0, type.find(':')));
    if (option.get_positional()) {
      if (!make.empty())
        positionals_ += fmt::format("\t\t'{}') {} ;;\n", path, make);
      return;
    }
    // A flag has no value; one that may be left out follows a '=' only.
    if (option.get_items_expected_min() == 0)
      return;
    for (const auto& name : option.get_lnames())
      values_ += fmt::format("\t'{} --{}') value=1 {} ;;\n", path, name, make);
  }

  const std::string name_;
  std::string commands_, values_, positionals_, options_;
};

}  // namespace

std::string bash_completion(const CLI::App& app) {
  return BashCompletion(app).script();
}

}  // namespace owctl
