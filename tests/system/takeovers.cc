// SPDX-License-Identifier: GPL-2.0
// Every kind of fault is survived, again and again in one run, and the machine
// is whole each time.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "takeover.h"

namespace {

using harness::check_takeovers;
using harness::Fault;
using harness::faults;
using harness::Options;
using harness::run_takeovers;

constexpr int kCpus = 2;

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> kKinds = {
      "bug",           "null",       "wild",       "panic", "overflow",
      "corrupt-stack", "softlockup", "hardlockup", "stuck", "rcu-stall",
      "hung-task",     "irq",        "nmi",        "sysrq"};
  return kKinds;
}

void survive(const std::vector<Fault>& faults) {
  const Options options = {
      .smp = kCpus,
      .timeout = 120 + 30.0 * static_cast<double>(faults.size()),
      // For "stuck", which ends by this device's NMI only.
      .more = {"--watchdog"}};
  const auto result = run_takeovers(options, faults);
  const auto all = check_takeovers(result, faults, kCpus);
  // How much memory a takeover costs for good, exactly.
  for (size_t i = 1; i < all.size(); i++) {
    fmt::print("generation {}: {:+} KiB of memory since the first boot, {}\n",
               i, all[i].number("memtotal_kb") - all[0].number("memtotal_kb"),
               all[i].cause);
  }
}

// Each kind once, from one CPU and the other in turn.
TEST(Takeovers, OfEachKind) {
  survive(faults(kinds(), static_cast<int>(kinds().size()), kCpus));
}

// The second round meets each kind on the other CPU.
TEST(CampaignTakeovers, TwentyFiveInARow) {
  survive(faults(kinds(), 25, kCpus));
}

}  // namespace
