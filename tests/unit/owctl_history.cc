// SPDX-License-Identifier: GPL-2.0
// The file of earlier restarts, whole, torn and hostile.
#include "restart_history.h"

#include <gtest/gtest.h>

#include "owctl_fake_root.h"

namespace owctl {
namespace {

using namespace std::chrono_literals;

constexpr Moment kNow = Moment(1000000s);

class Histories : public FakeRoot {};

TEST_F(Histories, AreReadAsTheyWereWritten) {
  const History history = {{"program 0 /bin/\"x", {kNow, 7}},
                           {"group * shop", {kNow + 1ms, 0}}};
  ASSERT_TRUE(save_history(paths, history).ok());
  EXPECT_EQ(load_history(paths, quiet), history);
  EXPECT_TRUE(quiet.warnings.empty());
}

TEST_F(Histories, ThatAreNotThereAreEmptyInSilence) {
  EXPECT_TRUE(load_history(paths, quiet).empty());
  EXPECT_TRUE(quiet.warnings.empty());
}

TEST_F(Histories, ThatCannotBeTrustedAreEmptyWithAWarning) {
  const std::string good = history_to_json({{"x", {kNow, 1}}});
  const std::string file(kHistoryFile);
  std::vector<std::string> wrong = {
      "",
      "[]",
      "{}",
      "null",
      good.substr(0, good.size() / 2),
      R"({"version": 2, "restarts": []})",
      R"({"version": 1, "restarts": 7})",
      R"({"version": 1, "restarts": [{"of": 7, "when_ms": 1, "step": 1}]})",
      R"({"version": 1, "restarts": [{"of": "x", "when_ms": -1, "step": 1}]})",
      R"({"version": 1, "restarts": [{"of": "x", "when_ms": 1, "step": -1}]})",
      R"({"version": 1, "restarts": [{"of": "x", "when_ms": 1e9, "step": 1}]})",
      R"({"version": 1, "restarts": [{"of": "x", "when_ms": 1,
          "step": 99999999999}]})",
      R"({"version": 1, "restarts": [{"of": "x", "when_ms":
          18446744073709551615, "step": 1}]})",
      good + std::string(1 << 20, ' ')};
  for (const auto& text : wrong) {
    put(file, text);
    quiet.warnings.clear();
    EXPECT_TRUE(load_history(paths, quiet).empty()) << text.substr(0, 200);
    EXPECT_EQ(quiet.warnings.size(), 1U) << text.substr(0, 200);
  }
}

TEST_F(Histories, ThatOthersMayHaveWrittenAreNotRead) {
  const std::string file = paths(kHistoryFile);
  const std::string good = history_to_json({{"x", {kNow, 1}}});
  put("/elsewhere", good);
  put(std::string(kHistoryFile), good);
  ASSERT_EQ(load_history(paths, quiet).size(), 1U);
  ASSERT_EQ(::chmod(file.c_str(), 0666), 0);
  EXPECT_TRUE(load_history(paths, quiet).empty());
  std::filesystem::remove(file);
  std::filesystem::create_symlink(paths("/elsewhere"), file);
  EXPECT_TRUE(load_history(paths, quiet).empty());
  std::filesystem::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  EXPECT_TRUE(load_history(paths, quiet).empty());
  EXPECT_EQ(quiet.warnings.size(), 3U);
}

}  // namespace
}  // namespace owctl
