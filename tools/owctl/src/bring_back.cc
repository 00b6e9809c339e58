// SPDX-License-Identifier: GPL-2.0
#include "bring_back.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace owctl {
namespace {

constexpr pid_t kInit = 1;
// Without any process arriving in between.
constexpr unsigned long long kPatienceUs = 30 * 1000000ULL;
constexpr unsigned kStepMs = 50;

void say(std::vector<otherworld_verdict>& verdicts, pid_t pid,
         const std::string& reason) {
  otherworld_verdict verdict = {};
  verdict.pid = pid;
  verdict.grade = OTHERWORLD_LOST;
  std::strncpy(verdict.resource, "process", sizeof(verdict.resource) - 1);
  std::strncpy(verdict.reason, reason.c_str(), sizeof(verdict.reason) - 1);
  verdicts.push_back(verdict);
}

}  // namespace

BringBack::BringBack(DeadKernelDevice device, Reporter& reporter)
    : device_(std::move(device)),
      reporter_(reporter),
      processes_(device_.processes()) {}

std::optional<otherworld_process> BringBack::init() const {
  const auto found =
      std::find_if(processes_.begin(), processes_.end(),
                   [](const auto& process) { return process.pid == kInit; });
  if (found == processes_.end())
    return std::nullopt;
  return *found;
}

void BringBack::raise(const otherworld_process& process) {
  const pid_t stub = fork_as(process.pid);
  if (stub < 0) {
    say(verdicts_, process.pid, errno_error("its PID cannot be had").what);
    return;
  }
  if (stub == 0) {
    reporter_.warn(device_.become(process).what);
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
      reporter_.warn("some processes did not get to the gate in time");
      return;
    }
  }
}

void BringBack::raise_all() {
  for (const auto& process : processes_)
    if (process.pid != kInit)
      raise(process);
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
  reporter_.info(fmt::format("{} processes go on, {} are lost",
                             settled_.arrived,
                             processes_.size() - settled_.arrived));
}

Report BringBack::report() const {
  return make_report(processes_, verdicts_);
}

}  // namespace owctl
