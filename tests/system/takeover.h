// SPDX-License-Identifier: GPL-2.0
// Takeovers in a row, and what must be true of every generation: the host end
// of tests/guest/takeovers.sh.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness.h"

namespace harness {

struct Fault {
  std::string kind;  // as owctl trigger takes it
  int cpu;
};

// The kinds one after the other until there are `count`, each time on the next
// CPU, so that in the next round a kind falls on another one.
std::vector<Fault> faults(const std::vector<std::string>& kinds, int count,
                          int cpus);

// All clocks at once, and when the host saw them.
struct Clocks {
  double host;
  std::vector<double> guest;
};

// In the order in which clocks.py prints them.
inline constexpr std::string_view kClockNames[] = {
    "CLOCK_MONOTONIC", "CLOCK_BOOTTIME", "CLOCK_MONOTONIC_RAW",
    "CLOCK_REALTIME",  "CLOCK_TAI",      "times()"};

struct Generation {
  // Most facts have one value; the rest is in the order it was printed.
  std::map<std::string, std::vector<std::string>> facts;
  std::vector<Clocks> clocks;
  std::string cause;  // of the generation before
  std::string log;    // the kernel's own

  // "" if there is none.
  [[nodiscard]] std::string fact(const std::string& name) const;
  [[nodiscard]] long long number(const std::string& name) const;
};

// Dies of each fault in turn; the machine is what options say.
Result run_takeovers(Options options, const std::vector<Fault>& faults);
std::vector<Generation> generations(const Result& result);

// Checks all that is said above by EXPECT. The generations, for more checks.
std::vector<Generation> check_takeovers(const Result& result,
                                        const std::vector<Fault>& faults,
                                        int cpus);

}  // namespace harness
