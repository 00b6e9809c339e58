// SPDX-License-Identifier: GPL-2.0
#include "bring_back.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "files.h"
#include "sysctl.h"

namespace owctl {
namespace {

constexpr pid_t kInit = 1;
// Without any process arriving in between.
constexpr unsigned long long kPatienceUs = 30 * 1000000ULL;
constexpr unsigned kStepMs = 50;

void say(std::vector<otherworld_verdict>& verdicts, pid_t pid,
         otherworld_verdict_grade grade, const std::string& resource,
         const std::string& reason) {
  otherworld_verdict verdict = {};
  verdict.pid = pid;
  verdict.grade = grade;
  std::strncpy(verdict.resource, resource.c_str(),
               sizeof(verdict.resource) - 1);
  std::strncpy(verdict.reason, reason.c_str(), sizeof(verdict.reason) - 1);
  verdicts.push_back(verdict);
}

void say_lost(std::vector<otherworld_verdict>& verdicts, pid_t pid,
              const std::string& reason) {
  say(verdicts, pid, OTHERWORLD_LOST, "process", reason);
}

bool is_limit(const otherworld_sysctl& sysctl) {
  return std::strcmp(sysctl.name, "fs.nr_open") == 0;
}

}  // namespace

BringBack::BringBack(DeadKernelDevice device, const Selection& selection,
                     Reporter& reporter)
    : device_(std::move(device)),
      reporter_(reporter),
      processes_(device_.processes()),
      chosen_(choose(selection, processes_)) {}

std::optional<otherworld_process> BringBack::init() const {
  const auto found =
      std::find_if(processes_.begin(), processes_.end(),
                   [](const auto& process) { return process.pid == kInit; });
  if (found == processes_.end())
    return std::nullopt;
  return *found;
}

void BringBack::set(const Paths& paths, bool limits) {
  std::vector<std::pair<std::string, std::string>> wanted;
  for (const auto& sysctl : device_.sysctls())
    if (is_limit(sysctl) == limits)
      wanted.emplace_back(sysctl.name, sysctl.value);
  for (const auto& [name, error] : set_sysctls(paths, wanted))
    say(verdicts_, 0, OTHERWORLD_DEGRADED, "sysctl " + name, error.what);
}

void BringBack::restore_limits(const Paths& paths) {
  set(paths, true);
}

void BringBack::restore_sysctls(const Paths& paths) {
  set(paths, false);
}

void BringBack::raise(const otherworld_process& process, bool chosen) {
  const pid_t stub = fork_as(process.pid);
  if (stub < 0) {
    if (chosen)
      say_lost(verdicts_, process.pid,
               errno_error("its PID cannot be had").what);
    return;
  }
  if (stub == 0) {
    const auto refused =
        chosen ? device_.become(process) : device_.lose(process);
    reporter_.warn(refused.what);
    ::_exit(1);
  }
  stubs_++;
}

// Only those: whoever was given up later was killed by the kernel, and counted.
void BringBack::reap() {
  int status = 0;
  while (::waitpid(-1, &status, WNOHANG) > 0)
    if (WIFEXITED(status))
      refused_++;
}

void BringBack::await(unsigned stubs) {
  auto deadline = now_us() + kPatienceUs;
  while (settled_.arrived + settled_.failed + refused_ < stubs) {
    const auto settled = device_.settled(settled_, kStepMs);
    if (!settled) {
      reporter_.warn(settled.error().what);
      return;
    }
    if (settled->arrived + settled->failed !=
        settled_.arrived + settled_.failed)
      deadline = now_us() + kPatienceUs;
    settled_ = *settled;
    reap();
    if (now_us() > deadline) {
      // Tasks that are blocked, and what every CPU is at.
      for (const char* key : {"w", "l"})
        (void)write_existing("/proc/sysrq-trigger", key);
      reporter_.warn(
          "some processes did not get to the gate in time: what they wait for "
          "is in the kernel's log");
      return;
    }
  }
}

void BringBack::raise_all() {
  for (size_t i = 0; i < processes_.size(); ++i) {
    if (!chosen_[i])
      say_lost(verdicts_, processes_[i].pid, kLeftOutByPolicy);
    if (processes_[i].pid != kInit)
      raise(processes_[i], chosen_[i]);
  }
  await(stubs_);
}

void BringBack::await_init() {
  await(stubs_ + 1);
}

void BringBack::let_go() {
  for (const auto& done : {device_.link(), device_.open_gate()})
    if (!done)
      reporter_.warn(done.error().what);
  const auto verdicts = device_.verdicts();
  verdicts_.insert(verdicts_.end(), verdicts.begin(), verdicts.end());
  const auto left_out =
      static_cast<size_t>(std::count(chosen_.begin(), chosen_.end(), false));
  reporter_.info(fmt::format(
      "{} processes go on, {} are lost{}", settled_.arrived,
      processes_.size() - settled_.arrived - left_out,
      left_out != 0 ? fmt::format(", {} are left out by the policy", left_out)
                    : ""));
}

Report BringBack::report() const {
  return make_report(processes_, verdicts_);
}

}  // namespace owctl
