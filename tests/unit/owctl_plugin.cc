// SPDX-License-Identifier: GPL-2.0
// A policy that is a program: what it is asked, and all that it can do wrong.
#include "policy_plugin.h"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "filter.h"
#include "owctl_fake_root.h"

namespace owctl {
namespace {

using namespace std::chrono_literals;

Candidate of_pid(int pid) {
  Candidate candidate;
  candidate.pid = pid;
  return candidate;
}

class PolicyPlugins : public FakeRoot {
 protected:
  void SetUp() override {
    candidates = {of_pid(1), of_pid(22)};
    candidates[0].name = "init";
    candidates[1].name = "evil\n\"\xff";
    candidates[1].group = "shop";
    candidates[1].has_procedure = true;
    candidates[1].wish = OTHERWORLD_ACTION_PROCEDURE;
    policy.plugin = paths("/ask");
    policy.plugin_limit = 5s;
  }
  void script(const std::string& text) {
    put("/ask", "#!/bin/sh\n" + text + "\n");
    ASSERT_EQ(::chmod(policy.plugin.c_str(), 0755), 0);
  }
  PluginAnswers ask() {
    return ask_plugin(policy, candidates, decide(policy, candidates, {}, {}),
                      quiet);
  }
  // What it warns of, when there are no answers.
  std::string wrong(const std::string& text) {
    script(text);
    quiet.warnings.clear();
    EXPECT_TRUE(ask().empty()) << text;
    return quiet.warnings.size() == 1 ? quiet.warnings[0] : "(no warning)";
  }

  std::vector<Candidate> candidates;
  RestartPolicy policy;
};

TEST_F(PolicyPlugins, AreAskedAndAnswer) {
  script("cat > " + paths("/asked") + R"(
echo '{"pid": 22, "action": "reload", "limit_ms": 7000, "reason": "a\u001bb"}'
echo '{"pid": 1}')");
  const auto answers = ask();
  for (const auto& warning : quiet.warnings)
    ADD_FAILURE() << warning;
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_FALSE(answers.at(1).action || answers.at(1).limit);
  EXPECT_EQ(answers.at(22).action, OTHERWORLD_ACTION_RELOAD);
  EXPECT_EQ(answers.at(22).limit, 7s);
  EXPECT_EQ(answers.at(22).reason, "a?b");
  const auto asked = split(get("/asked"), '\n');
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[1],
            R"({"action":"procedure","group":"shop","limit_ms":10000,)"
            R"("name":"evil\n\"\ufffd","pid":22,"ppid":0,"procedure":true,)"
            R"("program":"","reason":"its own wish","uid":0,)"
            R"("wish":"procedure"})");
}

TEST_F(PolicyPlugins, ThatAreNotThereAreNotAsked) {
  policy.plugin = "";
  EXPECT_TRUE(ask().empty());
  EXPECT_TRUE(quiet.warnings.empty());
  policy.plugin = paths("/not/here");
  EXPECT_TRUE(ask().empty());
  ASSERT_EQ(quiet.warnings.size(), 1U);
  EXPECT_NE(quiet.warnings[0].find("the file's rules hold"), std::string::npos);
}

TEST_F(PolicyPlugins, ThatFailAreNotBelieved) {
  const std::string good = R"(echo '{"pid": 1}'; echo '{"pid": 22}';)";
  script(good);
  ASSERT_EQ(ask().size(), 2U);
  const std::pair<std::string, const char*> cases[] = {
      {good + "exit 3", "ended with status 3"},
      {good + "kill -9 $$", "killed by signal 9"},
      {"exit 0", "0 answers to 2 questions"},
      {R"(echo '{"pid": 1}')", "1 answers to 2 questions"},
      {good + R"(echo '{"pid": 1}')", "1 was answered before"},
      {good + R"(echo '{"pid": 9}')", "9 was not asked for"},
      {"echo '[]'", "not an answer"},
      {"echo '7'", "not an answer"},
      {R"(echo '{"pid": 1, ')", "not an answer"},
      {R"(echo '{"pid": "1"}')", "not an answer"},
      {R"(echo '{"pid": 1, "action": 2}')", "not an answer"},
      {R"(echo '{"pid": 1, "action": "explode"}')", "not an action"},
      {R"(echo '{"pid": 1, "action": "wish"}')", "not an action"},
      {R"(echo '{"pid": 1, "limit_ms": 0}')", "limit_ms is not"},
      {R"(echo '{"pid": 1, "limit_ms": -5}')", "limit_ms is not"},
      {R"(echo '{"pid": 1, "limit_ms": 1e3}')", "limit_ms is not"},
      {R"(echo '{"pid": 1, "limit_ms": 999999999}')", "limit_ms is not"},
      {R"(echo '{"pid": 1, "aktion": "reload"}')", "there is no 'aktion'"},
      {"while :; do echo 0123456789; done", "says more than"},
  };
  for (const auto& [text, what] : cases)
    EXPECT_NE(wrong(text).find(what), std::string::npos)
        << text << "\nsays: " << wrong(text);
}

TEST_F(PolicyPlugins, ThatTakeTooLongAreEnded) {
  policy.plugin_limit = 200ms;
  for (const char* text :
       {"sleep 60", "exec >&-; sleep 60",
        // What it left behind holds the pipe open.
        "sleep 60 & exit 0", "trap '' TERM; while :; do :; done"}) {
    const auto begin = now_us();
    EXPECT_NE(wrong(text).find("took longer than 200ms"), std::string::npos)
        << text;
    EXPECT_LT(now_us() - begin, 5000000U) << text;
  }
}

TEST_F(PolicyPlugins, LeaveNobodyBehind) {
  script("sleep 60 >/dev/null & echo $! > " + paths("/left") +
         R"(; echo '{"pid": 1}'; echo '{"pid": 22}')");
  EXPECT_EQ(ask().size(), 2U);
  int left = 0;
  ASSERT_TRUE(parse_number(trim(get("/left")), left));
  // Somebody has to reap it before it is gone.
  std::string state;
  for (int i = 0; i < 100; ++i, std::this_thread::sleep_for(10ms)) {
    state = read_file(fmt::format("/proc/{}/stat", left)).value_or("Z");
    if (state.find(") Z") != std::string::npos || state == "Z")
      return;
  }
  ADD_FAILURE() << state;
}

TEST_F(PolicyPlugins, NeedNotReadWhatTheyAreAsked) {
  candidates.clear();
  for (int pid = 1; pid < 3000; ++pid)
    candidates.push_back(of_pid(pid));
  EXPECT_NE(wrong("exec <&-; sleep 0.1").find("0 answers to 2999"),
            std::string::npos);
  // Nor all of it before they answer.
  script(R"(while read -r l; do l=${l#*'"pid":'}; echo "{\"pid\":${l%%,*}}";
done)");
  EXPECT_EQ(ask().size(), 2999U);
}

TEST_F(PolicyPlugins, ThatOthersCanWriteAreNotRun) {
  script("touch " + paths("/ran"));
  ASSERT_EQ(::chmod(policy.plugin.c_str(), 0775), 0);
  EXPECT_TRUE(ask().empty());
  ASSERT_EQ(quiet.warnings.size(), 1U);
  EXPECT_FALSE(exists(paths("/ran")));
}

TEST_F(PolicyPlugins, ThatCannotBeAskedAreWarnedOf) {
  policy.plugin = "/ask";
  const auto warned = [&] {
    quiet.warnings.clear();
    warn_of_plugin(paths, policy, quiet);
    return quiet.warnings.empty() ? "" : quiet.warnings[0];
  };
  EXPECT_NE(warned().find("No such file"), std::string::npos) << warned();
  put("/ask", "#!/bin/sh\n");
  ASSERT_EQ(::chmod(paths("/ask").c_str(), 0644), 0);
  EXPECT_NE(warned().find("not executable"), std::string::npos) << warned();
  ASSERT_EQ(::chmod(paths("/ask").c_str(), 0755), 0);
  EXPECT_EQ(warned(), "");
  policy.plugin = "";
  EXPECT_EQ(warned(), "");
}

TEST_F(PolicyPlugins, GetNothingOfOurs) {
  script("ls /proc/self/fd | wc -l > " + paths("/fds") + "; env > " +
         paths("/env"));
  const Fd mine(::dup(STDERR_FILENO));
  EXPECT_TRUE(ask().empty());
  // Its three, and the directory that ls reads.
  EXPECT_EQ(trim(get("/fds")), "4");
  EXPECT_EQ(get("/env").find("HOME"), std::string::npos);
}

TEST(Filters, LeaveTheSignalsAsTheyWere) {
  struct sigaction before = {};
  struct sigaction after = {};
  ::sigaction(SIGPIPE, nullptr, &before);
  EXPECT_FALSE(run_filter("/not/here", "x", {1s, 10}).ok());
  EXPECT_EQ(*run_filter("/bin/cat", "abc", {5s, 10}), "abc");
  ::sigaction(SIGPIPE, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

}  // namespace
}  // namespace owctl
