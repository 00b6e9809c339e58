// SPDX-License-Identifier: GPL-2.0
// What processes decide for each other: groups, and what hostile pacts cannot
// do; what a plug-in may; what follows when an action failed.
#include "owctl_decide_helpers.h"

namespace owctl {
namespace {

constexpr const char* kShopTogether = R"(
  [[group]]
  name = "shop"
  together = true
)";

TEST(Groups, GoTogetherWithTheirParts) {
  const std::vector<Candidate> all = {
      candidate(2, "shop"), candidate(3, "shop/db/a", OTHERWORLD_ACTION_RELOAD),
      candidate(4, "shop/web"), candidate(5, "shopping"), candidate(6)};
  const auto decisions = decide(policy(kShopTogether), all, {}, kNow);
  EXPECT_EQ(actions(decisions), "reload reload reload continue continue");
  EXPECT_EQ(decisions.processes[0].reason,
            "together with process 3 of shop/db/a");
  EXPECT_EQ(announced(decisions),
            "shop reload, shop/db/a reload, shop/web reload");
  EXPECT_EQ(decided("[[group]]\nname = \"shop\"", all),
            "continue reload continue continue continue");
}

TEST(Groups, TogetherTakeEvenTheSeverest) {
  EXPECT_EQ(decided(kShopTogether,
                    {candidate(2, "shop", OTHERWORLD_ACTION_TERMINATE),
                     candidate(3, "shop", OTHERWORLD_ACTION_HOT_RESTART)}),
            "terminate terminate");
}

TEST(Groups, RestartWithWhatTheyDependOn) {
  const std::string rules = R"(
    [[group]]
    name = "web"
    depends_on = ["app", "cache"]
    [[group]]
    name = "app"
    depends_on = ["db"]
  )";
  const auto decisions = decide(
      policy(rules),
      {candidate(2, "web/a"), candidate(3, "app"),
       candidate(4, "db/x", OTHERWORLD_ACTION_RELOAD), candidate(5, "cache")},
      {}, kNow);
  EXPECT_EQ(actions(decisions), "reload reload reload continue");
  EXPECT_EQ(decisions.processes[1].reason, "depends on process 4 of db/x");
  EXPECT_EQ(decisions.processes[0].reason, "depends on process 3 of app");
}

TEST(Groups, DoNotDieOfWhatTheyDependOn) {
  const std::string rules = "[[group]]\nname = \"web\"\ndepends_on = [\"db\"]";
  EXPECT_EQ(decided(rules, {candidate(2, "web"),
                            candidate(3, "db", OTHERWORLD_ACTION_TERMINATE)}),
            "reload terminate");
  EXPECT_EQ(
      decided(rules, {candidate(2, "web"), with_procedure(candidate(3, "db"))}),
      "continue procedure");
}

TEST(Groups, ThatDependOnEachOtherInASealDoNotHang) {
  RestartPolicy circle;
  circle.groups.resize(2);
  circle.groups[0].name = "a";
  circle.groups[0].depends_on = {"b"};
  circle.groups[1].name = "b";
  circle.groups[1].depends_on = {"a"};
  EXPECT_EQ(actions(decide(circle,
                           {candidate(2, "a"),
                            candidate(3, "b", OTHERWORLD_ACTION_HOT_RESTART)},
                           {}, kNow)),
            "hot-restart hot-restart");
}

TEST(Groups, ClimbTheirLadder) {
  const std::string rules = R"(
    [[group]]
    name = "shop"
    escalate = ["hot-restart", "reload"]
    within = "10s"
  )";
  EXPECT_EQ(
      again_and_again(
          rules, {candidate(2, "shop/a"), candidate(3, "shop"), candidate(4)},
          10s, 4),
      (Words{"continue continue continue", "hot-restart hot-restart continue",
             "reload reload continue", "reload reload continue"}));
  EXPECT_EQ(again_and_again(rules, {candidate(2, "shop")}, 11s, 3),
            Words(3, "continue"));
}

TEST(Groups, AtTheEndOfTheirLadderRestartTheirParent) {
  const std::string rules = R"(
    [[group]]
    name = "shop/db"
    escalate = ["reload"]
    parent_after = 2
  )";
  const std::vector<Candidate> all = {
      candidate(2, "shop/db"), candidate(3, "shop/web"), candidate(4, "other")};
  EXPECT_EQ(again_and_again(rules, all, 1s, 4),
            (Words{"continue continue continue", "reload continue continue",
                   "reload continue continue", "reload hot-restart continue"}));
  EXPECT_EQ(again_and_again(rules, all, 2min, 4),
            Words(4, "continue continue continue"));
}

TEST(Groups, GoUpTheWholeTree) {
  const std::string rules = R"(
    [[group]]
    name = "a/b/c"
    parent_after = 1
    [[group]]
    name = "a/b"
    escalate = ["hot-restart", "reload"]
    parent_after = 1
  )";
  EXPECT_EQ(
      again_and_again(
          rules,
          {candidate(2, "a/b/c"), candidate(3, "a/b"), candidate(4, "a")}, 1s,
          4),
      (Words{"continue continue continue", "hot-restart hot-restart continue",
             "reload reload continue", "reload reload hot-restart"}));
}

TEST(Groups, OfOneUserAreNoneOfAnother) {
  const std::string rules = R"(
    [[group]]
    name = "shop"
    together = true
    [[group]]
    name = "web"
    depends_on = ["shop"]
    [[group]]
    name = "shop/db"
    parent_after = 1
  )";
  const std::vector<Candidate> all = {
      candidate(2, "shop"), candidate(3, "web"),
      candidate(4, "shop", OTHERWORLD_ACTION_TERMINATE, kMallory),
      candidate(5, "web", 0, kMallory)};
  EXPECT_EQ(decided(rules, all), "continue continue terminate reload");
  EXPECT_EQ(
      again_and_again(
          rules, {candidate(2, "shop"), candidate(4, "shop/db", 0, kMallory)},
          1s, 3),
      (Words{"continue continue", "continue hot-restart",
             "continue hot-restart"}));
}

TEST(Groups, WithUsersAreOfThoseAlone) {
  const std::string rules = R"(
    [[group]]
    name = "shop"
    users = ["1000", "0"]
    together = true
    [[group]]
    name = "web"
    depends_on = ["shop"]
  )";
  const auto decisions =
      decide(policy(rules),
             {candidate(2, "shop"), candidate(3, "shop/db", 0, 0),
              candidate(4, "shop/db", OTHERWORLD_ACTION_RELOAD, kMallory),
              candidate(5, "web")},
             {}, kNow);
  EXPECT_EQ(actions(decisions), "continue continue reload continue");
  EXPECT_EQ(announced(decisions), "");
  EXPECT_EQ(
      decided(rules, {candidate(2, "shop"),
                      candidate(3, "shop/db", OTHERWORLD_ACTION_RELOAD, 0),
                      candidate(5, "web"), candidate(6, "web", 0, kMallory)}),
      "reload reload reload reload");
}

TEST(Groups, WithANameThatIsNoneAreNone) {
  for (const auto& name :
       {std::string("shop/../x"), std::string("sh\nop"),
        std::string(OTHERWORLD_GROUP_LEN, 'x'), std::string("shop\0", 5)}) {
    const auto decisions = decide(
        policy("[[group]]\nname = \"shop\"\ntogether = true"),
        {candidate(2, name, OTHERWORLD_ACTION_RELOAD), candidate(3, "shop")},
        {}, kNow);
    EXPECT_EQ(actions(decisions), "reload continue");
    EXPECT_EQ(announced(decisions), "");
  }
}

TEST(Groups, AreAnnouncedByTheSeverestOfTheirs) {
  EXPECT_EQ(announced(decide(
                {},
                {candidate(2, "a", OTHERWORLD_ACTION_HOT_RESTART),
                 candidate(3, "a", OTHERWORLD_ACTION_TERMINATE),
                 candidate(4, "b"), candidate(5, "", OTHERWORLD_ACTION_RELOAD)},
                {}, kNow)),
            "a terminate");
}

TEST(Plugins, AreObeyedWithinTheBounds) {
  PluginAnswers answers;
  answers[1] = {OTHERWORLD_ACTION_TERMINATE, {}, ""};
  answers[2] = {OTHERWORLD_ACTION_RELOAD, {}, "because"};
  answers[3] = {{}, 7s, ""};
  answers[4] = {OTHERWORLD_ACTION_PROCEDURE, {}, ""};
  answers[99] = {OTHERWORLD_ACTION_TERMINATE, {}, ""};
  const auto decisions =
      decide(policy("[default]\naction = \"hot-restart\""),
             {candidate(1), candidate(2), candidate(3), candidate(4)}, {}, kNow,
             answers);
  EXPECT_EQ(actions(decisions), "continue reload hot-restart continue");
  EXPECT_EQ(decisions.processes[1].reason, "the plug-in: because");
  EXPECT_EQ(decisions.processes[2].limit, 7s);
  EXPECT_EQ(decisions.processes[2].reason, "the [default]");
}

TEST(Failures, OfAProcedureGetTheNextSevererAction) {
  const std::vector<Candidate> all = {with_procedure(candidate(2))};
  auto decisions = decide({}, all, {}, kNow);
  Words each;
  while (!next_action({}, all, 2, "its crash procedure", decisions).empty())
    each.push_back(actions(decisions));
  EXPECT_EQ(each, (Words{"hot-restart", "reload", "terminate"}));
  EXPECT_EQ(decisions.processes[0].reason, "its crash procedure failed");
  EXPECT_TRUE(next_action({}, all, 77, "x", decisions).empty());
}

TEST(Failures, GoByTheLadder) {
  const auto ladder = policy("[default]\nescalate = [\"reload\"]");
  const std::vector<Candidate> all = {with_procedure(candidate(2))};
  auto decisions = decide(ladder, all, {}, kNow);
  EXPECT_EQ(next_action(ladder, all, 2, "it", decisions), std::vector<int>{2});
  EXPECT_EQ(actions(decisions), "reload");
  // The next takeover does not begin from below again.
  const std::string rules =
      "[default]\nescalate = [\"hot-restart\", \"reload\", \"terminate\"]";
  const auto longer = policy(rules);
  decisions = decide(longer, all, {}, kNow);
  next_action(longer, all, 2, "it", decisions);
  EXPECT_EQ(actions(decisions), "hot-restart");
  EXPECT_EQ(actions(decide(longer, all, decisions.history, kNow + 1s)),
            "reload");
}

TEST(Failures, TakeTheGroupAlong) {
  const auto groups = policy(R"(
    [[group]]
    name = "shop"
    together = true
    escalate = ["reload"]
    [[group]]
    name = "web"
    depends_on = ["shop"]
  )");
  const std::vector<Candidate> all = {with_procedure(candidate(2, "shop")),
                                      candidate(3, "shop"), candidate(4, "web"),
                                      candidate(5)};
  auto decisions = decide(groups, all, {}, kNow);
  EXPECT_EQ(actions(decisions), "procedure continue continue continue");
  EXPECT_EQ(next_action(groups, all, 2, "it", decisions),
            (std::vector<int>{2, 3, 4}));
  EXPECT_EQ(actions(decisions), "reload reload reload continue");
  EXPECT_EQ(announced(decisions), "shop reload, web reload");
}

TEST(Failures, OfProcess1LeaveItAlone) {
  const std::vector<Candidate> all = {with_procedure(candidate(1))};
  auto decisions = decide({}, all, {}, kNow);
  EXPECT_EQ(actions(decisions), "procedure");
  EXPECT_TRUE(next_action({}, all, 1, "it", decisions).empty());
  EXPECT_EQ(actions(decisions), "procedure");
}

}  // namespace
}  // namespace owctl
