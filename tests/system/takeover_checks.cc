// SPDX-License-Identifier: GPL-2.0
// What must be true of every generation; each check says why.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <regex>
#include <sstream>

#include "takeover.h"

namespace harness {
namespace {

// Above these PIDs a crash kernel's own threads start; see kernel/otherworld.
constexpr long long kParkedPids = 4194304 - 65536;

// How far a clock may be off after a takeover, in seconds.
constexpr double kClockSlack = 0.5;

// What the cause line must say of a fault that was asked for.
const std::map<std::string, std::string>& expected_causes() {
  static const std::map<std::string, std::string> kCauses = {
      {"bug", "kernel BUG at .*lkdtm"},
      {"null", "BUG: kernel NULL pointer dereference"},
      {"wild", "BUG: unable to handle page fault for address"},
      {"panic", "Kernel panic - not syncing: dumptest"},
      {"overflow", "stack guard page was hit|double fault"},
      {"corrupt-stack", "Kernel stack is corrupted"},
      {"softlockup", "soft lockup"},
      {"hardlockup", "hard LOCKUP|[Hh]ard lockup"},
      {"stuck", "NMI"},
      {"rcu-stall", "RCU Stall|rcu_.* detected"},
      {"hung-task", "hung_task|blocked for more than"},
      {"irq", "kernel BUG at .*otherworld/provoke"},
      {"nmi",
       "kernel BUG at .*otherworld/provoke|Fatal exception in interrupt"},
      {"sysrq", "sysrq triggered crash"},
  };
  return kCauses;
}

// Sysctls that tell what is, not what is allowed, and kexec's own number.
bool is_volatile(const std::string& name) {
  static const std::regex kVolatile(
      "sysctl (fs\\.(dentry-state|file-nr|inode-.*)|kernel\\.random\\..*|"
      "kernel\\.(bootloader_.*|ns_last_pid|tainted|pty\\.nr|.*_panic.*)|"
      "kernel\\.panic_on.*|kernel\\.unknown_nmi_panic)");
  return std::regex_match(name, kVolatile);
}

// Equal, but for numbers that differ by no more than a fifth: some are made
// from what memory is free at the time.
bool about_equal(const std::string& a, const std::string& b) {
  std::istringstream left(a);
  std::istringstream right(b);
  std::string x;
  std::string y;
  for (;;) {
    const bool more = static_cast<bool>(left >> x);
    if (static_cast<bool>(right >> y) != more) {
      return false;
    }
    if (!more) {
      return true;
    }
    if (x == y) {
      continue;
    }
    char* x_end = nullptr;
    char* y_end = nullptr;
    const double m = std::strtod(x.c_str(), &x_end);
    const double n = std::strtod(y.c_str(), &y_end);
    if (*x_end != '\0' || *y_end != '\0' ||
        std::abs(m - n) > 0.2 * std::abs(m)) {
      return false;
    }
  }
}

uint64_t iomem_total(const Generation& generation, const std::string& name) {
  const auto found = generation.facts.find("iomem");
  uint64_t total = 0;
  for (const auto& line : found == generation.facts.end()
                              ? std::vector<std::string>{}
                              : found->second) {
    char* end = nullptr;
    const uint64_t first = std::strtoull(line.c_str(), &end, 16);
    const uint64_t last = std::strtoull(end + 1, nullptr, 16);
    total += line.find(name) != std::string::npos ? last - first + 1 : 0;
  }
  return total;
}

// The machine is as large as it was.
void check_machine(const Generation& first, const Generation& now, int cpus) {
  EXPECT_EQ(now.fact("state"), "armed");
  EXPECT_EQ(now.fact("cpus"), cpus == 1 ? "0" : fmt::format("0-{}", cpus - 1));
  EXPECT_EQ(now.fact("nodes"), first.fact("nodes"));
  const auto before = static_cast<double>(first.number("memtotal_kb"));
  EXPECT_NEAR(static_cast<double>(now.number("memtotal_kb")), before,
              before / 100);
  EXPECT_EQ(iomem_total(now, "System RAM"), iomem_total(first, "System RAM"));
  EXPECT_EQ(iomem_total(now, "Crash kernel"),
            iomem_total(first, "Crash kernel"));
}

// A kdump kernel makes itself small; a successor must not.
void check_limits(const Generation& first, const Generation& now) {
  for (const auto& [name, values] : first.facts) {
    const bool limit = name == "hash" || name == "limits" || name == "thp" ||
                       name.starts_with("blk ") ||
                       (name.starts_with("sysctl ") && !is_volatile(name));
    if (!limit) {
      continue;
    }
    const auto found = now.facts.find(name);
    if (found == now.facts.end()) {
      ADD_FAILURE() << name << " is gone";
      continue;
    }
    EXPECT_EQ(found->second.size(), values.size()) << name;
    for (size_t i = 0; i < std::min(values.size(), found->second.size()); i++) {
      EXPECT_TRUE(about_equal(values[i], found->second[i]))
          << name << ": " << values[i] << " in generation 0, now "
          << found->second[i];
    }
  }
}

// Time went on, and the outage counts. Lines arrive late, never early: the
// earliest of a few is nearest to the truth.
void check_clocks(const Generation& before, const Generation& now) {
  ASSERT_FALSE(before.clocks.empty());
  ASSERT_FALSE(now.clocks.empty());
  for (size_t i = 0; i < std::size(kClockNames); i++) {
    const auto offset = [i](const Generation& generation) {
      double least = std::numeric_limits<double>::max();
      for (const auto& clocks : generation.clocks) {
        least = std::min(least, clocks.host - clocks.guest.at(i));
      }
      return least;
    };
    EXPECT_NEAR(offset(now), offset(before), kClockSlack)
        << kClockNames[i] << " did not count the outage";
    EXPECT_GT(now.clocks.front().guest.at(i), before.clocks.back().guest.at(i))
        << kClockNames[i] << " went backwards";
  }
  EXPECT_NEAR(static_cast<double>(now.number("btime")),
              static_cast<double>(before.number("btime")), 1)
      << "the time of boot in /proc/stat";
}

// Dead processes will come back with their PIDs: none of these may be taken.
void check_pids(const Generation& before, const Generation& now) {
  const long long last = before.number("last_pid");
  EXPECT_GT(now.number("pid"), last) << "the first process reuses a PID";
  const auto found = now.facts.find("kthread");
  ASSERT_NE(found, now.facts.end());
  size_t parked = 0;
  for (const auto& thread : found->second) {
    const long long pid = std::atoll(thread.c_str());
    parked += pid >= kParkedPids ? 1 : 0;
    EXPECT_TRUE(pid >= kParkedPids || pid > last) << "kernel thread " << thread;
  }
  EXPECT_GT(parked, 10U) << "kernel threads of the boot, out of the way";
}

}  // namespace

std::vector<Generation> check_takeovers(const Result& result,
                                        const std::vector<Fault>& faults,
                                        int cpus) {
  EXPECT_EQ(result.end, "exited") << result;
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.resets, 0);
  EXPECT_EQ(result.hellos.size(), faults.size() + 1) << result;
  auto all = generations(result);
  for (size_t i = 0; i < all.size(); i++) {
    SCOPED_TRACE(fmt::format("generation {}", i));
    EXPECT_EQ(result.hellos[i].generation, static_cast<int>(i));
    EXPECT_EQ(all[i].facts.count("end"), 1U) << "it did not get ready";
    check_machine(all.front(), all[i], cpus);
    EXPECT_NE(all[i].log.find("Linux version"), std::string::npos);
    EXPECT_THAT(complaints(all[i].log, 0), testing::IsEmpty());
    if (i == 0) {
      continue;
    }
    const Fault& fault = faults.at(std::min(i, faults.size()) - 1);
    SCOPED_TRACE(fmt::format("after {} on CPU {}", fault.kind, fault.cpu));
    EXPECT_TRUE(std::regex_search(all[i].cause,
                                  std::regex(expected_causes().at(fault.kind))))
        << all[i].cause;
    check_limits(all.front(), all[i]);
    check_clocks(all[i - 1], all[i]);
    check_pids(all[i - 1], all[i]);
    ::testing::Test::RecordProperty(
        fmt::format("memtotal_drift_kb_{}", i),
        fmt::format("{}", all[i].number("memtotal_kb") -
                              all.front().number("memtotal_kb")));
  }
  return all;
}

}  // namespace harness
