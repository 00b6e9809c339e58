// SPDX-License-Identifier: GPL-2.0
// Programs of every kind go on under the next kernel, and find all that they
// can see of themselves as it was: the host end of tests/guest/survivors.sh.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sstream>

#include "harness.h"

namespace {

namespace fs = std::filesystem;
using harness::Options;
using harness::Result;

// What is not restored yet, and why. Only the campaign runs these, and tells of
// them; they do not fail it. A line goes when its work is done.
const std::map<std::string, std::string>& not_yet() {
  constexpr const char* kShared =
      "shared memory and files in tmpfs, which these report by";
  constexpr const char* kSignals = "signals that were not delivered yet";
  constexpr const char* kTimers = "timers";
  constexpr const char* kCalls = "calls that cannot simply be run again";
  constexpr const char* kDisk = "what was not on disk yet";
  static const std::map<std::string, std::string> kNotYet = {
      {"appending", kDisk},
      {"changed_root", kDisk},
      {"shared_offset", kDisk},
      {"churn", kShared},
      {"clone_files", kShared},
      {"clone_fs", kShared},
      {"clone_sighand", kShared},
      {"clone_vm", kShared},
      {"death_signal", kShared},
      {"deleted_tmpfs", kShared},
      {"file_futex", kShared},
      {"forking", kShared},
      {"memfd", kShared},
      {"nameless_tmpfs", kShared},
      {"orphan", kShared},
      {"process_groups", kShared},
      {"robust_mutex", kShared},
      {"semaphores", kShared},
      {"shared_futex", kShared},
      {"shared_memory", kShared},
      {"stopped_child", kShared},
      {"subreaper", kShared},
      {"tid_address", kShared},
      {"tmpfs", kShared},
      {"waiting_child", kShared},
      {"pausing", kSignals},
      {"pending_signals", kSignals},
      {"signal_ping", kSignals},
      {"cpu_timers", kTimers},
      {"itimer_prof", kTimers},
      {"itimer_real", kTimers},
      {"itimer_virtual", kTimers},
      {"posix_timers", kTimers},
      {"alarm", kTimers},
      {"execing", kCalls},
      {"vforking", kCalls},
      {"ldt", "local descriptor tables"},
  };
  return kNotYet;
}

class Copy {
 public:
  Copy() {
    std::string name = fs::temp_directory_path() / "survivors-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error("no directory for the guest's programs");
    path_ = name;
    fs::copy_file(SURVIVORS_PROGRAM, path_ / "survivors");
    for (const char* script : {"survivors.sh", "survivors_console.sh"})
      fs::copy_file(harness::guest_programs() / script, path_ / script);
  }
  ~Copy() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct Machine {
  std::string name;
  int cpus;
  std::vector<std::string> faults;  // one generation after the other
  bool all = false;                 // those of not_yet(), too
};

// The survivors that should pass.
std::vector<std::string> due() {
  std::vector<std::string> names;
  constexpr bool kStamped = false;
  harness::Process list({SURVIVORS_PROGRAM, "--names"}, kStamped);
  list.wait();
  for (const auto& line : list.out())
    if (!not_yet().contains(line.text))
      names.push_back(line.text);
  return names;
}

// "result GENERATION NAME pass|skip: ...|fail: ...", from the console.
struct Verdicts {
  int passed = 0;
  int skipped = 0;
  std::vector<std::string> failed;
  std::vector<std::string> expected;   // of not_yet()
  std::vector<std::string> surprises;  // of not_yet(), but they pass
};

Verdicts judge(const std::string& console) {
  Verdicts verdicts;
  std::istringstream lines(console);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string word;
    std::string generation;
    std::string name;
    std::string outcome;
    words >> word >> generation >> name >> outcome;
    if (word != "result" || outcome.empty())
      continue;
    const bool known = not_yet().contains(name);
    if (outcome == "pass") {
      verdicts.passed++;
      if (known)
        verdicts.surprises.push_back(line);
    } else if (outcome == "skip:") {
      verdicts.skipped++;
    } else {
      (known ? verdicts.expected : verdicts.failed).push_back(line);
    }
  }
  return verdicts;
}

void survive(const Machine& machine) {
  const Copy copy;
  const auto takeovers = static_cast<double>(machine.faults.size());
  const Options options = {.smp = machine.cpus,
                           .copy = copy.path(),
                           .timeout = 150 + 150 * takeovers};
  std::vector<std::string> command = {"/root/copy/survivors_console.sh"};
  for (const auto& name : machine.all ? std::vector<std::string>() : due()) {
    command.emplace_back("-p");
    command.push_back(name);
  }
  command.insert(command.end(), machine.faults.begin(), machine.faults.end());
  const Result result = harness::run(options, command);
  const Verdicts verdicts = judge(result.console);

  for (const auto& line : verdicts.expected)
    fmt::print("not yet: {}\n", line);
  for (const auto& line : verdicts.surprises)
    fmt::print("listed as not yet, but: {}\n", line);
  for (const auto& line : verdicts.failed)
    ADD_FAILURE() << line;
  fmt::print("{} passed, {} skipped, {} not yet, {} failed\n", verdicts.passed,
             verdicts.skipped, verdicts.expected.size(),
             verdicts.failed.size());
  EXPECT_EQ(result.end, "exited") << result;
  EXPECT_GT(verdicts.passed, 0) << result;
  // Each generation has judged, the last one too.
  for (size_t i = 1; i <= machine.faults.size(); i++)
    EXPECT_NE(result.console.find(fmt::format("\ndone {} passed", i)),
              std::string::npos)
        << "generation " << i << result;
  // Since the last of them took over, which says so on the console.
  const size_t since = result.console.rfind(" processes go on, ");
  ASSERT_NE(since, std::string::npos) << result;
  constexpr int kFromItsStart = -1;
  for (const auto& line :
       harness::complaints(result.console.substr(since), kFromItsStart))
    ADD_FAILURE() << line;
}

class Survivors : public testing::TestWithParam<Machine> {};

TEST_P(Survivors, GoOn) {
  survive(GetParam());
}

std::string name_of(const testing::TestParamInfo<Machine>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(On, Survivors,
                         testing::Values(Machine{"TwoCpus", 2, {"bug", "null"}},
                                         Machine{"OneCpu", 1, {"overflow"}},
                                         Machine{
                                             "FourCpus", 4, {"hardlockup"}}),
                         name_of);

class CampaignSurvivors : public testing::TestWithParam<Machine> {};

TEST_P(CampaignSurvivors, GoOn) {
  survive(GetParam());
}

std::vector<Machine> campaign() {
  std::vector<Machine> machines;
  for (const int cpus : {1, 2, 4})
    machines.push_back({fmt::format("TenTakeovers{}", cpus),
                        cpus,
                        {"bug", "null", "overflow", "hardlockup", "bug", "null",
                         "overflow", "hardlockup", "bug", "null"}});
  return machines;
}

INSTANTIATE_TEST_SUITE_P(On, CampaignSurvivors, testing::ValuesIn(campaign()),
                         name_of);

}  // namespace
