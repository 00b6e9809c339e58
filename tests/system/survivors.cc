// SPDX-License-Identifier: GPL-2.0
// Programs of every kind go on under the next kernel, and find all that they
// can see of themselves as it was: the host end of tests/guest/survivors.sh.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "harness.h"

namespace {

namespace fs = std::filesystem;
using harness::Options;
using harness::Result;

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
};

std::ostream& operator<<(std::ostream& stream, const Machine& machine) {
  return stream << machine.name;
}

// "result GENERATION NAME pass|skip: ...|fail: ...", from the console.
struct Verdicts {
  int passed = 0;
  int skipped = 0;
  std::vector<std::string> failed;
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
    if (outcome == "pass")
      verdicts.passed++;
    else if (outcome == "skip:")
      verdicts.skipped++;
    else
      verdicts.failed.push_back(line);
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
  command.insert(command.end(), machine.faults.begin(), machine.faults.end());
  const Result result = harness::run(options, command);
  const Verdicts verdicts = judge(result.console);

  for (const auto& line : verdicts.failed)
    ADD_FAILURE() << line;
  fmt::print("{} passed, {} skipped, {} failed\n", verdicts.passed,
             verdicts.skipped, verdicts.failed.size());
  EXPECT_EQ(result.end, "exited") << result;
  EXPECT_GT(verdicts.passed, 0) << result;
  // Each generation has judged, the last one too.
  for (size_t i = 1; i <= machine.faults.size(); i++)
    EXPECT_NE(result.console.find(fmt::format("\ndone {} passed", i)),
              std::string::npos)
        << "generation " << i << result;
  // The kernel's log since the last of them took over; behind it are results.
  const size_t since = result.console.rfind(" processes go on, ");
  ASSERT_NE(since, std::string::npos) << result;
  const size_t until = result.console.find("\ntrigger 0 ", since);
  ASSERT_NE(until, std::string::npos) << result;
  constexpr int kFromItsStart = -1;
  for (const auto& line : harness::complaints(
           result.console.substr(since, until - since), kFromItsStart))
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
