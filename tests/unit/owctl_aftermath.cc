// SPDX-License-Identifier: GPL-2.0
// What is decided for processes that came back, told to the kernel and watched;
// with a kernel of the test's own.
#include "aftermath.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "owctl_decide_helpers.h"
#include "owctl_fake_root.h"

namespace owctl {
namespace {

using States = std::vector<otherworld_procedure_state>;

// One process, 30, whose crash procedure fares as `states` says, look by look;
// the last of them stays.
class Kernel : public ProcedureDevice {
 public:
  explicit Kernel(States states) : states_(std::move(states)) {}

  [[nodiscard]] Result<otherworld_pact_of> pact(pid_t pid) const override {
    otherworld_pact_of made = {};
    made.pid = pid;
    made.state = OTHERWORLD_PACT_VALID;
    made.has_procedure = !states_.empty();
    made.action = made.has_procedure != 0 ? OTHERWORLD_ACTION_PROCEDURE
                                          : OTHERWORLD_ACTION_CONTINUE;
    made.limit_ms = 1;
    return made;
  }
  [[nodiscard]] Result<> decide(pid_t /*pid*/,
                                otherworld_action action) const override {
    decided.emplace_back(action_name(action));
    return {};
  }
  [[nodiscard]] Result<otherworld_procedure> procedure(
      pid_t pid) const override {
    if (on_look)
      on_look();
    otherworld_procedure made = {};
    made.pid = pid;
    made.state = states_[std::min(looks_++, states_.size() - 1)];
    made.nanoseconds = looks_ * 1000000000ULL;
    return made;
  }
  [[nodiscard]] Result<> announce(
      const otherworld_event& event) const override {
    announced.emplace_back(event.group);
    return {};
  }

  mutable Words decided, announced;
  std::function<void()> on_look;

 private:
  States states_;
  mutable size_t looks_ = 0;
};

class Aftermaths : public FakeRoot {
 protected:
  // What is reported of it in the end: "STATE ACTION".
  std::string watch(const Kernel& kernel, const std::string& rules = "") {
    const RestartPolicy restart = policy(rules);
    Aftermath aftermath(kernel, restart, paths, quiet);
    otherworld_process process = {};
    process.pid = 30;
    std::strncpy(process.comm, "shopd", sizeof(process.comm) - 1);
    aftermath.decide({process});
    if (aftermath.is_over())
      return "over";
    aftermath.see_through([] {});
    Report report;
    aftermath.report_to(report);
    std::string text;
    for (const auto& one : report.procedures)
      text += one.state + " " + one.action;
    return text;
  }
};

TEST_F(Aftermaths, OfWhoAsksForNothingThereAreNone) {
  const Kernel kernel({});
  EXPECT_EQ(watch(kernel), "over");
  EXPECT_TRUE(kernel.decided.empty());
}

TEST_F(Aftermaths, EndWithTheProcedure) {
  const Kernel kernel(
      {OTHERWORLD_PROCEDURE_NONE, OTHERWORLD_PROCEDURE_CONTINUED});
  EXPECT_EQ(watch(kernel), "continued procedure");
  EXPECT_EQ(kernel.decided, (Words{"procedure"}));
}

TEST_F(Aftermaths, OfOneThatTakesTooLongOrFailsAreSeverer) {
  const Kernel slow({OTHERWORLD_PROCEDURE_RUNNING, OTHERWORLD_PROCEDURE_RUNNING,
                     OTHERWORLD_PROCEDURE_RESTARTED});
  EXPECT_EQ(watch(slow), "failed hot-restart");
  EXPECT_EQ(slow.decided, (Words{"procedure", "hot-restart"}));
  const Kernel failed({OTHERWORLD_PROCEDURE_FAILED, OTHERWORLD_PROCEDURE_FAILED,
                       OTHERWORLD_PROCEDURE_FAILED,
                       OTHERWORLD_PROCEDURE_EXITED});
  EXPECT_EQ(watch(failed), "failed terminate");
  EXPECT_EQ(failed.decided,
            (Words{"procedure", "hot-restart", "reload", "terminate"}));
}

// The kernel may die again while a crash procedure takes its time.
TEST_F(Aftermaths, AreRememberedBeforeTheyAreOver) {
  const std::string rules = R"(
    [[rule]]
    program = "shopd"
    escalate = ["reload"]
  )";
  Kernel kernel({OTHERWORLD_PROCEDURE_CONTINUED});
  size_t remembered = 0;
  kernel.on_look = [&] { remembered = load_history(paths, quiet).size(); };
  EXPECT_EQ(watch(kernel, rules), "continued procedure");
  EXPECT_EQ(remembered, 1U);
}

TEST_F(Aftermaths, AreRememberedOfThoseThatJustGoOn) {
  const Kernel kernel({});
  const std::string rules = R"(
    [[rule]]
    program = "shopd"
    escalate = ["hot-restart"]
  )";
  EXPECT_EQ(watch(kernel, rules), "");
  EXPECT_TRUE(kernel.decided.empty());
  const Kernel again({OTHERWORLD_PROCEDURE_RESTARTED});
  EXPECT_EQ(watch(again, rules), "none hot-restart");
  EXPECT_EQ(again.decided, (Words{"hot-restart"}));
}

}  // namespace
}  // namespace owctl
