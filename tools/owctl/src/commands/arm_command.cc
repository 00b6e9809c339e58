// SPDX-License-Identifier: GPL-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "arm.h"
#include "command.h"
#include "policy_file.h"
#include "terminal.h"

namespace owctl {
namespace {

class ArmCommand : public Command {
 public:
  ArmCommand() : Command("arm", "load the crash kernel that will take over") {}

  void declare(CLI::App& app) override {
    app.add_option("--kernel", kernel_, "image to load")
        ->capture_default_str()
        ->type_name("FILE");
    app.add_option("--append", append_,
                   "words added to the crash kernel's command line")
        ->type_name("WORDS");
    app.add_option("--on-failure", on_failure_,
                   "what the crash kernel does when it cannot bring the "
                   "machine back: reboot, halt or shell")
        ->capture_default_str()
        ->type_name("reboot|halt|shell");
    app.add_option("--policy", policy_,
                   "what becomes of whom, see owctl-policy(5) (default: "
                   "/etc/otherworld/policy.toml, if it is there)")
        ->type_name("FILE");
    app.add_option("--region-size", region_size_,
                   "size of the crash region of later generations, e.g. 512M "
                   "(default: as now)")
        ->type_name("SIZE");
    app.add_flag("--dump", dump_,
                 "have makedumpfile write a dump before the dead kernel's "
                 "memory is released");
    auto* fresh = app.add_flag("--fresh", fresh_,
                               "bring the machine back, but none of its "
                               "processes: its init starts anew");
    auto* kdump = app.add_flag("--kdump", kdump_,
                               "load it as a plain kdump kernel: no takeover");
    for (auto* option :
         {app.add_option("--only", selection_.only,
                         "bring back only the processes of these names or "
                         "patterns, with their descendants; and who they "
                         "descend from"),
          app.add_option("--except", selection_.except,
                         "leave out the processes of these names or patterns, "
                         "with their descendants")})
      option->type_name("NAME")->excludes(fresh)->excludes(kdump);
    app.add_flag("--force", force_, "arm even if the region looks too small");
    app.add_flag("--json", json_, "print what was done as JSON");
  }

  Result<Exit> run() override {
    auto request = make_request();
    if (!request)
      return request.error();
    auto root = require_root();
    if (!root)
      return root.error();
    if (json_)
      return run_json(*request);
    TerminalReporter reporter;
    auto armed = arm(Paths(), *request, reporter);
    if (!armed)
      return armed.error();
    tell(*armed, reporter);
    return Exit::kOk;
  }

 private:
  Result<ArmRequest> make_request() {
    ArmRequest request;
    auto action = on_failure_from(on_failure_);
    if (!action)
      return action.error();
    request.policy.on_failure = *action;
    if (!region_size_.empty()) {
      auto size = parse_size(region_size_);
      if (!size)
        return size.error();
      request.policy.region_size = *size;
    }
    if (kernel_.empty() || kernel_.front() != '/')
      return Error{
          "--kernel needs an absolute path: the next generation uses "
          "it too",
          {},
          Exit::kUsage};
    request.policy.kernel = kernel_;
    request.policy.append = append_;
    for (const auto* names : {&selection_.only, &selection_.except})
      if (std::find(names->begin(), names->end(), "") != names->end())
        return Error{"an empty name is no process's", {}, Exit::kUsage};
    request.policy.selection = selection_;
    auto restart = policy_.empty() ? read_default_policy(Paths())
                                   : read_policy_file(Paths(), policy_);
    if (!restart)
      return restart.error();
    request.policy.restart = std::move(*restart);
    request.policy.dump = dump_;
    request.policy.fresh = fresh_;
    request.kind =
        kdump_ ? CrashKernelKind::kPlainKdump : CrashKernelKind::kTakeover;
    request.force = force_;
    return request;
  }

  void tell(const Armed& armed, Reporter& reporter) const {
    reporter.info(fmt::format("{}: Linux {}, in a region of {}{}",
                              kdump_ ? "armed for kdump only" : "armed",
                              armed.kernel_release, format_mib(armed.region),
                              armed.by_kexec_tools ? ", by kexec-tools" : ""));
    if (!selection_.everything())
      reporter.info("to come back: " + describe(selection_));
    if (armed.was_armed)
      reporter.info(fmt::format("unarmed meanwhile: at most {:.1f} ms",
                                static_cast<double>(armed.unarmed_us) / 1000));
  }

  static Result<Exit> run_json(const ArmRequest& request) {
    QuietReporter reporter;
    auto armed = arm(Paths(), request, reporter);
    nlohmann::json json = {{"armed", armed.ok()},
                           {"warnings", reporter.warnings}};
    if (!armed) {
      json["error"] = armed.error().what;
      json["hint"] = armed.error().hint;
      print(json.dump(2) + "\n");
      return armed.error().status;
    }
    nlohmann::json need = nlohmann::json::object();
    for (const auto& term : armed->need.terms)
      need[term.name] = term.bytes;
    json["generation"] = armed->generation;
    json["kernel_release"] = armed->kernel_release;
    json["cmdline"] = armed->cmdline;
    json["region"] = armed->region;
    json["region_needed"] = armed->need.total;
    json["region_terms"] = std::move(need);
    json["initramfs_size"] = armed->initramfs_size;
    json["selection"] = to_json(request.policy.selection);
    json["policy"] = to_json(request.policy.restart);
    json["takeover"] = request.kind == CrashKernelKind::kTakeover;
    json["unarmed_us"] = armed->unarmed_us;
    print(json.dump(2) + "\n");
    return Exit::kOk;
  }

  std::string kernel_{kDefaultKernel};
  std::string append_;
  std::string policy_;
  std::string on_failure_ = "reboot";
  std::string region_size_;
  Selection selection_;
  bool dump_ = false;
  bool fresh_ = false;
  bool kdump_ = false;
  bool force_ = false;
  bool json_ = false;
};

ArmCommand instance;

}  // namespace
}  // namespace owctl
