// SPDX-License-Identifier: GPL-2.0
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "command.h"
#include "effective_policy.h"
#include "policy_file.h"
#include "policy_plugin.h"
#include "policy_text.h"
#include "terminal.h"

namespace owctl {
namespace {

class PolicyCommand : public Command {
 public:
  PolicyCommand()
      : Command("policy", "check or show what a crash makes of whom") {}

  void declare(CLI::App& app) override {
    check_ = app.add_subcommand("check", "say what is wrong with a policy");
    check_
        ->add_option("FILE", file_,
                     "default: /etc/otherworld/policy.toml, if it is there")
        ->type_name("FILE");
    auto* show = app.add_subcommand(
        "show", "show the policy that holds: what is armed, else the file");
    show->add_flag("--json", json_, "print it as JSON");
    app.require_subcommand(1);
  }

  Result<Exit> run() override { return check_->parsed() ? check() : show(); }

 private:
  Result<Exit> check() const {
    const Paths paths;
    const bool usual = file_.empty();
    const std::string file = usual ? paths(kPolicyFile) : file_;
    auto policy =
        usual ? read_default_policy(paths) : read_policy_file(paths, file);
    if (!policy)
      return policy.error();
    TerminalReporter reporter;
    warn_of_plugin(paths, *policy, reporter);
    if (usual && !exists(file))
      reporter.info(file + ": not there: processes get what they ask for");
    else
      reporter.info(fmt::format("{}: well-formed, with {} rules and {} groups",
                                file, policy->rules.size(),
                                policy->groups.size()));
    return Exit::kOk;
  }

  Result<Exit> show() const {
    TerminalReporter reporter;
    auto policy = effective_policy(Paths());
    if (!policy)
      return policy.error();
    if (!policy->warning.empty())
      reporter.warn(policy->warning);
    if (json_)
      print(nlohmann::json{{"source", policy->source},
                           {"policy", to_json(policy->restart)}}
                .dump(2) +
            "\n");
    else
      print(fmt::format("# {}\n{}", describe(policy->source),
                        policy_text(policy->restart)));
    return Exit::kOk;
  }

  static std::string describe(std::string_view source) {
    if (source == "armed")
      return "Sealed in the crash kernel that is armed.";
    if (source == "file")
      return fmt::format("{}; nothing is armed.", kPolicyFile);
    return fmt::format("Built in: there is no {}; nothing is armed.",
                       kPolicyFile);
  }

  CLI::App* check_ = nullptr;
  std::string file_;
  bool json_ = false;
};

PolicyCommand instance;

}  // namespace
}  // namespace owctl
