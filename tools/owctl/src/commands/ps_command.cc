// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "command.h"
#include "effective_policy.h"
#include "policy_plugin.h"
#include "policy_words.h"
#include "ps_view.h"
#include "rehearsal.h"
#include "terminal.h"
#include "wanted_processes.h"

namespace owctl {
namespace {

class PsCommand : public Command {
 public:
  PsCommand() : Command("ps", "show what a crash would make of each process") {}

  void declare(CLI::App& app) override {
    processes_.declare(app);
    app.add_flag("--pacts", pacts_, "only processes that have a pact");
    app.add_flag("--losses", losses_,
                 "also what would not be exactly as it is, as owctl rehearse "
                 "says it");
    app.add_flag("--ask", ask_, "ask the policy's plug-in, as a crash would");
    app.add_flag("--json", json_, "print it as JSON");
  }

  Result<Exit> run() override {
    auto policy = effective_policy(paths_);
    if (!policy)
      return policy.error();
    TerminalReporter reporter;
    if (!policy->warning.empty())
      reporter.warn(policy->warning);
    auto pacts = open_pacts(paths_);
    if (!pacts)
      reporter.warn(pacts.error().what);
    else if (!policy->armed)
      reporter.warn("no crash kernel is armed: a crash now is the end of all");
    auto lines = look(*policy, pacts ? *pacts : PactSource(), reporter);
    if (losses_) {
      auto known = add_losses(lines);
      if (!known)
        return known.error();
    }
    auto kept = processes_.keep(
        lines, [this](const PsLine& line) { return is_wanted(line); });
    if (!kept)
      return kept.error();
    if (json_)
      print(nlohmann::json{{"policy", policy->source},
                           {"armed", policy->armed.has_value()},
                           {"processes", ps_json(lines)}}
                .dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
            "\n");
    else
      print(render_ps(lines, look_of(STDOUT_FILENO)));
    return Exit::kOk;
  }

 private:
  [[nodiscard]] bool is_wanted(const PsLine& line) const {
    const Candidate& candidate = line.live.candidate;
    if (pacts_ &&
        line.live.pact.value_or(OTHERWORLD_PACT_NONE) == OTHERWORLD_PACT_NONE)
      return false;
    return processes_.has(candidate.pid, candidate.name);
  }

  // Of all processes, wanted or not: they decide for each other.
  std::vector<PsLine> look(const EffectivePolicy& policy,
                           const PactSource& pacts, Reporter& reporter) const {
    std::vector<LiveCandidate> all = live_candidates(paths_, pacts);
    // This very command would not be there.
    std::erase_if(
        all, [](const auto& live) { return live.process.pid == ::getpid(); });
    std::vector<Candidate> candidates;
    std::vector<otherworld_process> processes;
    for (const auto& live : all) {
      candidates.push_back(live.candidate);
      processes.push_back(live.process);
    }
    const Decisions decisions =
        decide_for(policy.restart, candidates, reporter);
    std::vector<bool> back(all.size(), true);
    if (policy.armed)
      back = policy.armed->fresh ? std::vector<bool>(all.size())
                                 : choose(policy.armed->selection, processes);
    std::vector<PsLine> lines;
    for (size_t i = 0; i < all.size(); ++i) {
      const uint32_t uid = candidates[i].uid;
      lines.push_back({all[i],
                       decisions.processes[i],
                       user_of(paths_, uid).value_or(std::to_string(uid)),
                       back[i],
                       {},
                       {}});
    }
    return lines;
  }

  Decisions decide_for(const RestartPolicy& policy,
                       const std::vector<Candidate>& candidates,
                       Reporter& reporter) const {
    const History history = load_history(paths_, reporter);
    const Moment now = now_moment();
    Decisions decisions = decide(policy, candidates, history, now);
    if (policy.plugin.empty())
      return decisions;
    if (!ask_) {
      reporter.warn(
          fmt::format("{} has not been asked (--ask), and may say "
                      "something else",
                      policy.plugin));
      return decisions;
    }
    return decide(policy, candidates, history, now,
                  ask_plugin(policy, candidates, decisions, reporter));
  }

  Result<> add_losses(std::vector<PsLine>& lines) const {
    auto live = LiveKernel::open(paths_("/proc/kcore"));
    if (!live)
      return live.error();
    const DumpModel model =
        rehearse(**live, [](int, const std::string&) { return true; });
    for (auto& line : lines)
      for (const auto& process : model.processes)
        if (process.pid == line.live.candidate.pid) {
          line.grade = process.grade;
          line.losses = process.verdicts;
        }
    return {};
  }

  const Paths paths_;
  WantedProcesses processes_;
  bool pacts_ = false;
  bool losses_ = false;
  bool ask_ = false;
  bool json_ = false;
};

PsCommand instance;

}  // namespace
}  // namespace owctl
