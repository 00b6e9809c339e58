// SPDX-License-Identifier: GPL-2.0
// What bash completes, by bash itself; and that the manual page has it all.
#include "completion.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "command.h"
#include "filter.h"
#include "owctl_fake_root.h"
#include "policy_file.h"
#include "trigger.h"

namespace owctl {
namespace {

using namespace std::chrono_literals;

// The commands are declared once only: options point into them.
CLI::App& whole() {
  static const auto kApp = [] {
    auto made = std::make_unique<CLI::App>("", "owctl");
    declare_commands(*made);
    return made;
  }();
  return *kApp;
}

class Completions : public FakeRoot {
 protected:
  // What bash offers behind these words, of which the last is not finished.
  std::vector<std::string> offered(const std::vector<std::string>& words) {
    std::string script = bash_completion(whole()) + "\nCOMP_WORDS=(";
    for (const auto& word : words)
      script += "'" + word + "' ";
    script += fmt::format(
        ")\nCOMP_CWORD={}\ncd '{}'\n_owctl\n"
        "printf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        words.size() - 1, paths(""));
    put("/complete", "#!/bin/bash\nset -u\n" + script);
    EXPECT_EQ(::chmod(paths("/complete").c_str(), 0755), 0);
    auto output = run_filter(paths("/complete"), "", {10s, 1 << 20});
    EXPECT_TRUE(output.ok()) << output.error().what;
    auto lines = output ? split(*output, '\n') : std::vector<std::string>();
    // As readline shows them.
    std::sort(lines.begin(), lines.end());
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    return lines;
  }
};

using Words = std::vector<std::string>;

TEST_F(Completions, AreOfAllCommands) {
  Words all = {"--help"};
  for (const auto* command : Command::all())
    all.emplace_back(command->name());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(offered({"owctl", ""}), all);
  EXPECT_EQ(offered({"owctl", "re"}),
            (Words{"rehearse", "report", "resurrect"}));
  EXPECT_EQ(offered({"owctl", "policy", ""}),
            (Words{"--help", "check", "show"}));
}

TEST_F(Completions, AreOfAllOptions) {
  for (const auto* sub : whole().get_subcommands({})) {
    Words all;
    for (const auto* option : sub->get_options())
      for (const auto& name : option->get_lnames())
        all.push_back("--" + name);
    std::sort(all.begin(), all.end());
    EXPECT_EQ(offered({"owctl", sub->get_name(), "--"}), all)
        << sub->get_name();
  }
}

TEST_F(Completions, AreOfValues) {
  EXPECT_EQ(offered({"owctl", "arm", "--on-failure", ""}),
            (Words{"halt", "reboot", "shell"}));
  EXPECT_EQ(offered({"owctl", "arm", "--on-failure", "=", "re"}),
            Words{"reboot"});
  EXPECT_EQ(offered({"owctl", "arm", "--on-failure", "="}),
            (Words{"halt", "reboot", "shell"}));
  EXPECT_EQ(offered({"owctl", "arm", "--append", ""}), Words{});
  EXPECT_EQ(offered({"owctl", "completion", ""}), Words{"bash"});
  EXPECT_EQ(offered({"owctl", "trigger", ""}).size(), trigger_kinds().size());
  const Words names = offered({"owctl", "arm", "--only", "complete"});
  EXPECT_EQ(names, Words{"complete"});
}

TEST_F(Completions, AreOfFiles) {
  put("/my policy.toml", "");
  EXPECT_EQ(offered({"owctl", "arm", "--policy", "my"}),
            Words{"my policy.toml"});
  EXPECT_EQ(offered({"owctl", "policy", "check", "my"}),
            Words{"my policy.toml"});
  EXPECT_EQ(offered({"owctl", "inspect", "my"}), Words{"my policy.toml"});
  EXPECT_EQ(offered({"owctl", "report", "--html", "my"}),
            Words{"my policy.toml"});
  EXPECT_EQ(offered({"owctl", "disarm", "my"}), Words{});
}

// As roff has it: without fonts and escaped hyphens.
std::string manual(const char* page) {
  std::string text =
      read_file(std::string(OWCTL_MAN) + "/" + page).value_or("");
  for (const char* escape : {"\\fB", "\\fI", "\\fR", "\\&"})
    for (size_t at = 0; (at = text.find(escape)) != std::string::npos;)
      text.erase(at, std::strlen(escape));
  for (size_t at = 0; (at = text.find("\\-")) != std::string::npos;)
    text.erase(at, 1);
  return text;
}

TEST(Manual, HasAllCommandsAndOptions) {
  const std::string text = manual("owctl.8");
  for (const auto* sub : whole().get_subcommands({})) {
    const std::string name = sub->get_name();
    EXPECT_NE(text.find("\n.SS " + name + "\n"), std::string::npos) << name;
    EXPECT_NE(text.find("owctl " + name), std::string::npos) << name;
    auto apps = sub->get_subcommands({});
    apps.push_back(whole().get_subcommand(name));
    for (const auto* app : apps)
      for (const auto* option : app->get_options())
        for (const auto& word : option->get_lnames())
          EXPECT_TRUE(word == "help" ||
                      text.find("--" + word) != std::string::npos)
              << name << " --" << word;
  }
}

// What stands between .EX and .EE.
std::vector<std::string> examples(const std::string& text) {
  std::vector<std::string> found;
  for (size_t at = 0; (at = text.find("\n.EX\n", at)) != std::string::npos;) {
    const size_t end = text.find("\n.EE\n", at);
    found.push_back(text.substr(at + 5, end - at - 4));
    at = end;
  }
  return found;
}

class PolicyManual : public FakeRoot {};

TEST_F(PolicyManual, HasExamplesThatAreRight) {
  put("/etc/passwd",
      "www-data:x:33:33::/:/bin/false\n"
      "postgres:x:70:70::/:/bin/false\n");
  const auto all = examples(manual("owctl-policy.5"));
  size_t policies = 0;
  for (const auto& example : all) {
    if (example.find(" = ") == std::string::npos)
      continue;
    policies++;
    const auto file = parse_policy(paths, example);
    for (const auto& problem : file.problems)
      ADD_FAILURE() << problem.text("example") << "\n" << example;
    EXPECT_FALSE(file.policy == RestartPolicy());
  }
  EXPECT_GE(policies, 1U);
}

TEST_F(PolicyManual, HasAllKeysAndActions) {
  const std::string text = manual("owctl-policy.5");
  // The file's own errors name them all.
  for (const char* wrong :
       {"x = 1", "[default]\nx = 1", "[[rule]]\nuser = 1\nx = 1",
        "[[group]]\nname = \"a\"\nx = 1", "[default]\naction = \"x\""}) {
    const auto file = parse_policy(paths, wrong);
    ASSERT_EQ(file.problems.size(), 1U) << wrong;
    std::string allowed = file.problems[0].allowed;
    allowed = allowed.substr(
        allowed.find(
            wrong == std::string("[default]\naction = \"x\"") ? "of " : "be ") +
        3);
    for (auto word : split(allowed, ' ')) {
      word.erase(word.find_last_not_of(".,") + 1);
      EXPECT_NE(text.find(word), std::string::npos) << word;
    }
  }
}

}  // namespace
}  // namespace owctl
