// SPDX-License-Identifier: GPL-2.0
// What becomes of a process: wishes, rules, ladders.
#include "owctl_decide_helpers.h"

namespace owctl {
namespace {

TEST(Deciding, WithoutAPolicyIsByWish) {
  EXPECT_EQ(
      decided("", {candidate(2), with_procedure(candidate(3)),
                   candidate(4, "", OTHERWORLD_ACTION_PROCEDURE),
                   candidate(5, "", OTHERWORLD_ACTION_HOT_RESTART),
                   with_procedure(candidate(6, "", OTHERWORLD_ACTION_RELOAD)),
                   candidate(7, "", OTHERWORLD_ACTION_TERMINATE)}),
      "continue procedure continue hot-restart reload terminate");
}

TEST(Deciding, WhoWishesToContinueKeepsItsProcedureForLater) {
  Candidate quiet = with_procedure(candidate(2));
  quiet.wish = OTHERWORLD_ACTION_CONTINUE;
  EXPECT_EQ(decided("", {quiet}), "continue");
  EXPECT_EQ(decided("[default]\naction = \"procedure\"", {quiet}), "procedure");
}

TEST(Deciding, WithoutAPolicyNeverEscalates) {
  const auto c = {candidate(2, "shop"), with_procedure(candidate(3, "shop"))};
  EXPECT_EQ(again_and_again("", c, 1s, 3), Words(3, "continue procedure"));
  EXPECT_TRUE(decide({}, c, {}, kNow).history.empty());
}

TEST(Deciding, DoesNotBelieveAWishThatIsNone) {
  EXPECT_EQ(decided("", {candidate(2, "", OTHERWORLD_ACTION_COUNT),
                         candidate(3, "", UINT32_MAX)}),
            "continue continue");
}

TEST(Deciding, TakesTheFirstRuleThatMatches) {
  const std::string rules = R"(
    [default]
    action = "reload"
    [[rule]]
    program = "p2"
    action = "continue"
    [[rule]]
    program = "/usr/bin/p[23]"
    action = "terminate"
    [[rule]]
    user = 1001
    action = "wish"
    [[rule]]
    group = "sh*"
    user = 1000
    action = "hot-restart"
  )";
  EXPECT_EQ(decided(rules, {candidate(2), candidate(3), candidate(4),
                            candidate(5, "", 0, kMallory),
                            candidate(6, "shop/db"), candidate(7, "bad name")}),
            "continue terminate reload continue hot-restart reload");
}

TEST(Deciding, MatchesAPathPartByPart) {
  const std::string rules =
      "[[rule]]\nprogram = \"/usr/*\"\naction = \"reload\"";
  EXPECT_EQ(decided(rules, {candidate(2)}), "continue");
  Candidate shallow = candidate(3);
  shallow.program = "/usr/p3";
  Candidate unknown = candidate(4);
  unknown.program = "";
  EXPECT_EQ(decided(rules, {shallow, unknown}), "reload continue");
}

TEST(Deciding, SaysWhy) {
  const auto decisions = decide(
      policy("[[rule]]\nprogram=\"p2\"\naction=\"reload\"\n"
             "[[rule]]\nprogram=\"p3\"\naction=\"procedure\"\n"),
      {candidate(2), candidate(3), with_procedure(candidate(4)), candidate(5)},
      {}, kNow);
  EXPECT_EQ(decisions.processes[0].reason, "rule 1");
  EXPECT_EQ(decisions.processes[1].reason,
            "rule 2; but it has no crash procedure");
  EXPECT_EQ(decisions.processes[2].reason, "its own wish");
  EXPECT_EQ(decisions.processes[3].reason, "");
}

TEST(Deciding, LimitsAProcedureByPolicyAndWish) {
  auto asks = [](int pid, unsigned limit_ms) {
    auto made = with_procedure(candidate(pid));
    made.limit_ms = limit_ms;
    return made;
  };
  const auto limits = [&](const std::string& rules) {
    std::vector<int64_t> ms;
    for (const auto& process :
         decide(policy(rules), {asks(2, 0), asks(3, 100), asks(4, UINT32_MAX)},
                {}, kNow)
             .processes)
      ms.push_back(process.limit.count());
    return ms;
  };
  EXPECT_EQ(limits(""), (std::vector<int64_t>{10000, 100, 10000}));
  EXPECT_EQ(limits("[default]\nlimit = \"2s\"\n[[rule]]\nprogram = \"p4\"\n"
                   "limit = \"20s\""),
            (std::vector<int64_t>{2000, 100, 20000}));
}

TEST(Deciding, NeverRestartsProcess1) {
  const std::string rules = R"(
    [default]
    action = "terminate"
    [[group]]
    name = "shop"
    together = true
    escalate = ["terminate"]
  )";
  const auto decisions =
      decide(policy(rules), {with_procedure(candidate(1, "shop"))}, {}, kNow);
  EXPECT_EQ(actions(decisions), "procedure");
  EXPECT_EQ(decisions.processes[0].reason,
            "the [default]; but process 1 is never restarted");
  EXPECT_EQ(again_and_again("[default]\nescalate = [\"reload\"]\n",
                            {candidate(1)}, 1s, 3),
            Words(3, "continue"));
  EXPECT_EQ(decided("[[group]]\nname = \"shop\"\ntogether = true",
                    {candidate(1, "shop", OTHERWORLD_ACTION_RELOAD),
                     candidate(2, "shop"),
                     candidate(3, "shop", OTHERWORLD_ACTION_RELOAD)}),
            "continue reload reload");
}

TEST(Ladders, GoOnWithinTheTimeOnly) {
  const std::string rules =
      "[default]\nescalate = [\"hot-restart\", \"terminate\"]\n"
      "within = \"30s\"";
  EXPECT_EQ(again_and_again(rules, {candidate(2)}, 30s, 4),
            (Words{"continue", "hot-restart", "terminate", "terminate"}));
  EXPECT_EQ(again_and_again(rules, {candidate(2)}, 30001ms, 3),
            Words(3, "continue"));
}

TEST(Ladders, OfTheDefaultAreForRulesWithoutOne) {
  const std::string rules = R"(
    [default]
    escalate = ["reload"]
    [[rule]]
    program = "p2"
    action = "hot-restart"
    [[rule]]
    program = "p3"
    escalate = []
  )";
  EXPECT_EQ(again_and_again(rules, {candidate(2), candidate(3)}, 1s, 2),
            (Words{"hot-restart continue", "reload continue"}));
}

TEST(Ladders, PassOverWhatIsNotSevererOrNotPossible) {
  const std::string rules =
      "[default]\nescalate = [\"procedure\", \"hot-restart\", \"reload\"]";
  EXPECT_EQ(again_and_again(rules,
                            {candidate(2), with_procedure(candidate(3)),
                             candidate(4, "", OTHERWORLD_ACTION_HOT_RESTART),
                             candidate(5, "", OTHERWORLD_ACTION_TERMINATE)},
                            1s, 3),
            (Words{"continue procedure hot-restart terminate",
                   "hot-restart hot-restart reload terminate",
                   "reload reload reload terminate"}));
}

TEST(Ladders, AreOfAProgramAndItsUser) {
  const auto ladder = policy("[default]\nescalate = [\"reload\"]");
  const auto first = decide(ladder, {candidate(2)}, {}, kNow);
  auto other_user = candidate(2, "", 0, kMallory);
  auto same_program = candidate(99);
  same_program.program = candidate(2).program;
  EXPECT_EQ(actions(decide(ladder, {other_user, same_program, candidate(3)},
                           first.history, kNow + 1s)),
            "continue reload continue");
}

TEST(Ladders, SurviveTheFileAndStrangeNames) {
  const auto ladder = policy("[default]\nescalate = [\"reload\"]");
  auto strange = candidate(2);
  strange.program = "/tmp/\xff\xfe\n\"x";
  const auto first = decide(ladder, {strange}, {}, kNow);
  const auto again = history_from_json(history_to_json(first.history));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, first.history);
  EXPECT_EQ(actions(decide(ladder, {strange}, *again, kNow + 1s)), "reload");
}

TEST(Ladders, AreNotMovedByARestartInTheFuture) {
  const auto ladder = policy("[default]\nescalate = [\"reload\"]");
  const auto first = decide(ladder, {candidate(2)}, {}, kNow);
  const auto back = decide(ladder, {candidate(2)}, first.history, kNow - 1h);
  EXPECT_EQ(actions(back), "continue");
}

TEST(Ladders, OfManyProgramsDoNotMakeOthersForgotten) {
  const auto ladder = policy("[default]\nescalate = [\"reload\"]");
  std::vector<Candidate> candidates;
  for (int pid = 2; pid < 5000; ++pid)
    candidates.push_back(candidate(pid, "", 0, kMallory));
  candidates.push_back(candidate(6000));
  const auto first = decide(ladder, candidates, {}, kNow);
  EXPECT_LT(first.history.size(), 1000U);
  const auto second = decide(ladder, candidates, first.history, kNow + 1s);
  EXPECT_EQ(second.processes.back().action, OTHERWORLD_ACTION_RELOAD);
  // What is old is left out.
  EXPECT_EQ(decide(ladder, {candidate(6000)}, first.history, kNow + 25h)
                .history.size(),
            1U);
}

}  // namespace
}  // namespace owctl
