// SPDX-License-Identifier: GPL-2.0
// The restart policy: its words, its file and what is wrong with one, and its
// way into the crash kernel.
#include "restart_policy.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "owctl_fake_root.h"
#include "policy.h"
#include "policy_file.h"
#include "policy_text.h"

namespace owctl {
namespace {

using namespace std::chrono_literals;

constexpr const char* kWhole = R"(
plugin = "/usr/lib/otherworld/ask"
plugin_limit = "500ms"

[default]
action = "wish"
limit = "5s"
escalate = ["procedure", "hot-restart"]
within = "2m"

[[rule]]
program = "joe*"
user = "www-data"
action = "procedure"
limit = "20s"

[[rule]]
user = 1000
group = "shop"
action = "hot-restart"
escalate = ["reload", "terminate"]
within = "1h"

[[group]]
name = "shop"
users = ["www-data", "42"]

[[group]]
name = "shop/db"
together = true
depends_on = ["net"]
escalate = ["reload"]
within = "90s"
parent_after = 2
)";

class PolicyFiles : public FakeRoot {
 protected:
  void SetUp() override {
    put("/etc/passwd",
        "root:x:0:0:root:/root:/bin/sh\n"
        "nopassword::7:7::/:/bin/sh\n"
        "torn\n"
        "www-data:x:33:33::/var/www:/bin/false\n");
  }
  // The only problem that there is, as it is shown.
  std::string problem(const std::string& text) {
    const auto file = parse_policy(paths, text);
    if (file.problems.size() != 1)
      return fmt::format("{} problems", file.problems.size());
    return file.problems[0].text("p");
  }
};

TEST_F(PolicyFiles, AreReadWhole) {
  const auto file = parse_policy(paths, kWhole);
  for (const auto& wrong : file.problems)
    ADD_FAILURE() << wrong.text("p");
  const RestartPolicy& policy = file.policy;
  EXPECT_EQ(policy.plugin, "/usr/lib/otherworld/ask");
  EXPECT_EQ(policy.plugin_limit, 500ms);
  EXPECT_EQ(policy.fallback.action, Choice());
  EXPECT_EQ(policy.fallback.limit, 5s);
  EXPECT_EQ(policy.fallback.within, 2min);
  EXPECT_EQ(*policy.fallback.escalate, (Ladder{OTHERWORLD_ACTION_PROCEDURE,
                                               OTHERWORLD_ACTION_HOT_RESTART}));
  ASSERT_EQ(policy.rules.size(), 2U);
  EXPECT_EQ(policy.rules[0].program, "joe*");
  EXPECT_EQ(policy.rules[0].user, (PolicyUser{"www-data", 33}));
  EXPECT_EQ(policy.rules[0].action, Choice(OTHERWORLD_ACTION_PROCEDURE));
  EXPECT_EQ(policy.rules[0].limit, 20s);
  EXPECT_FALSE(policy.rules[0].escalate);
  EXPECT_EQ(policy.rules[1].user, (PolicyUser{"1000", 1000}));
  EXPECT_EQ(policy.rules[1].group, "shop");
  EXPECT_EQ(policy.rules[1].within, 1h);
  ASSERT_EQ(policy.groups.size(), 2U);
  EXPECT_EQ(policy.groups[0].users,
            (std::vector<PolicyUser>{{"www-data", 33}, {"42", 42}}));
  EXPECT_FALSE(policy.groups[0].together);
  const RestartGroup& db = policy.groups[1];
  EXPECT_TRUE(db.together);
  EXPECT_EQ(db.depends_on, std::vector<std::string>{"net"});
  EXPECT_EQ(db.escalate, Ladder{OTHERWORLD_ACTION_RELOAD});
  EXPECT_EQ(db.within, 90s);
  EXPECT_EQ(db.parent_after, 2U);
}

TEST_F(PolicyFiles, AreSealedAsTheyWereRead) {
  Policy policy;
  policy.restart = parse_policy(paths, kWhole).policy;
  const auto back = policy_from_json(policy_to_json(policy));
  ASSERT_TRUE(back.ok()) << back.error().what;
  EXPECT_EQ(back->restart, policy.restart);
  EXPECT_FALSE(back->restart == RestartPolicy());
}

TEST_F(PolicyFiles, AreShownAsFilesThatSayTheSame) {
  RestartPolicy policy = parse_policy(paths, kWhole).policy;
  policy.rules[0].program = "a\"b\\c\n\x7f\xc3\xa4";
  const auto again = parse_policy(paths, policy_text(policy));
  for (const auto& problem : again.problems)
    ADD_FAILURE() << problem.text("shown");
  EXPECT_EQ(again.policy, policy);
  // What holds without a word is shown.
  EXPECT_EQ(policy_text({}),
            "[default]\naction = \"wish\"\nlimit = \"10s\"\nescalate = []\n"
            "within = \"1m\"\n");
}

TEST_F(PolicyFiles, OfAnOlderOwctlHaveNone) {
  auto json = nlohmann::json::parse(policy_to_json(Policy()));
  json["version"] = 3;
  json.erase("restart");
  const auto old = policy_from_json(json.dump());
  ASSERT_TRUE(old.ok()) << old.error().what;
  EXPECT_EQ(old->restart, RestartPolicy());
  json["version"] = Policy::kVersion;
  EXPECT_FALSE(policy_from_json(json.dump()).ok());
  json["version"] = Policy::kVersion + 1;
  EXPECT_FALSE(policy_from_json(json.dump()).ok());
}

TEST_F(PolicyFiles, WithAnUnknownActionInTheSealAreRefused) {
  Policy policy;
  policy.restart.fallback.action = OTHERWORLD_ACTION_RELOAD;
  auto json = nlohmann::json::parse(policy_to_json(policy));
  json["restart"]["default"]["action"] = "explode";
  EXPECT_FALSE(policy_from_json(json.dump()).ok());
}

TEST_F(PolicyFiles, MayBeEmpty) {
  EXPECT_EQ(problem(""), "0 problems");
  EXPECT_EQ(parse_policy(paths, "").policy, RestartPolicy());
}

TEST_F(PolicyFiles, ThatAreWrongSayWhereAndWhatIsAllowed) {
  EXPECT_EQ(problem("[default]\naktion = \"reload\"\n"),
            "p:2:1: there is no 'aktion' in the [default]; did you mean "
            "'action'?\n  There may be action, limit, escalate, within.");
  EXPECT_EQ(problem("[default]\naction = \"relaod\"\n"),
            "p:2:10: 'relaod' is not an action; did you mean 'reload'?\n"
            "  It is one of wish, continue, procedure, hot-restart, reload, "
            "terminate.");
  EXPECT_EQ(problem("[default]\nlimit = 10\n"),
            "p:2:9: limit is not a time\n"
            "  Write it like \"500ms\", \"10s\", \"2m\" or \"1h\".");
  EXPECT_EQ(problem("[default]\nlimit = \"2m\"\n"),
            "p:2:9: limit is 2m: it is at least 1ms and at most 1m");
  EXPECT_EQ(problem("[default]\nwithin = \"0s\"\n"),
            "p:2:10: within is 0s: it is at least 1ms and at most 24h");
  EXPECT_EQ(
      problem("zebra = 1\n"),
      "p:1:1: there is no 'zebra' in a policy\n"
      "  There may be default, rule, group, regions, plugin, plugin_limit.");
  EXPECT_EQ(problem("[[rule]]\nuser = \"nobody-here\"\n"),
            "p:2:8: there is no user 'nobody-here' in /etc/passwd\n"
            "  A user from elsewhere is named by number.");
}

TEST_F(PolicyFiles, ThatAreWrongAreErrors) {
  const std::pair<const char*, const char*> wrong[] = {
      {"[default", "p:1:"},
      {"a = 1\na = 2", "p:2:"},
      {"default = 7", "default is not a table"},
      {"rule = 7", "there may be many of 'rule'"},
      {"[rule]\nuser = 1", "there may be many of 'rule'"},
      {"rule = [1]", "there may be many of 'rule'"},
      {"plugin = \"ask\"", "not an absolute path"},
      {"plugin = \"\"", "plugin is empty"},
      {"plugin = 7", "plugin is not a string"},
      {"plugin_limit = \"1h\"", "at most 10s"},
      {"[[rule]]\naction = \"reload\"", "for every process"},
      {"[[rule]]\nprogram = 7", "program is not a string"},
      {"[[rule]]\nuser = -1", "not a number that a user has"},
      {"[[rule]]\nuser = 4294967295", "not a number that a user has"},
      {"[default]\nescalate = \"reload\"", "escalate is not a list"},
      {"[default]\nescalate = [7]", "not a string"},
      {"[default]\nescalate = [\"wish\"]", "'wish' is not an action"},
      {"[default]\nescalate = [\"reload\", \"hot-restart\"]",
       "from reload to hot-restart, which is not severer"},
      {"[default]\naction = \"reload\"\nescalate = [\"reload\"]",
       "not severer than the action"},
      {"[[group]]\ntogether = true", "has no name"},
      {"[[group]]\nname = \"a//b\"", "not a name of a group"},
      {"[[group]]\nname = \"/a\"", "not a name of a group"},
      {"[[group]]\nname = \"a/..\"", "not a name of a group"},
      {"[[group]]\nname = \"a b\"", "not a name of a group"},
      {"[[group]]\nname = \"a\"\ntogether = 1", "not true or false"},
      {"[[group]]\nname = \"a\"\n[[group]]\nname = \"a\"", "two groups 'a'"},
      {"[[group]]\nname = \"a\"\nparent_after = 1", "part of no other"},
      {"[[group]]\nname = \"a/b\"\nparent_after = -1", "at least 0"},
      {"[[group]]\nname = \"a\"\ndepends_on = [\"a\"]", "part of the other"},
      {"[[group]]\nname = \"a/b\"\ndepends_on = [\"a\"]", "part of the other"},
      {"[[group]]\nname = \"a\"\ndepends_on = [\"a/b\"]", "part of the other"},
  };
  for (const auto& [text, what] : wrong)
    EXPECT_NE(problem(text).find(what), std::string::npos)
        << text << "\nsays: " << problem(text);
}

TEST_F(PolicyFiles, TellAllThatIsWrongInItsOrder) {
  put("/p", "[[rule]]\nuser = 7\naction = \"no\"\n[default]\nlimit = 1\n");
  const auto read = read_policy_file(paths, paths("/p"));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().status, Exit::kRefused);
  EXPECT_LT(read.error().what.find("/p:3:10: "),
            read.error().what.find("/p:5:9: "));
  EXPECT_NE(read.error().what.find("/p:5:9: "), std::string::npos);
}

TEST_F(PolicyFiles, WithGroupsThatDependOnEachOtherAreRefused) {
  const auto groups = [](const std::string& a, const std::string& b,
                         const std::string& c) {
    return fmt::format(
        "[[group]]\nname = \"a\"\ndepends_on = [\"{}\"]\n"
        "[[group]]\nname = \"b\"\ndepends_on = [\"{}\"]\n"
        "[[group]]\nname = \"c\"\ndepends_on = [\"{}\"]\n",
        a, b, c);
  };
  EXPECT_EQ(problem(groups("b", "c", "a")),
            "p:3:14: groups depend on each other: a -> b -> c -> a");
  EXPECT_NE(problem(groups("b/x", "c", "a/y")).find("a -> b -> c -> a"),
            std::string::npos);
  EXPECT_EQ(problem(groups("b", "c", "d")), "0 problems");
  EXPECT_EQ(problem(groups("b", "d", "b")), "0 problems");
}

TEST_F(PolicyFiles, ThatAreNotThereAreTheDefault) {
  const auto none = read_default_policy(paths);
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(*none, RestartPolicy());
  EXPECT_FALSE(read_policy_file(paths, paths("/not/here")).ok());
  put(std::string(kPolicyFile), "[default]\naction = \"reload\"\n");
  const auto there = read_default_policy(paths);
  ASSERT_TRUE(there.ok());
  EXPECT_EQ(there->fallback.action, Choice(OTHERWORLD_ACTION_RELOAD));
  put(std::string(kPolicyFile), "[defautl]\n");
  EXPECT_FALSE(read_default_policy(paths).ok());
}

TEST_F(PolicyFiles, ThatAreTooLargeAreRefused) {
  put("/p", std::string((1 << 20) + 1, '#'));
  EXPECT_FALSE(read_policy_file(paths, paths("/p")).ok());
}

TEST(PolicyWords, HaveTimesWithUnits) {
  EXPECT_EQ(parse_duration("0s"), 0ms);
  EXPECT_EQ(parse_duration("1500ms"), 1500ms);
  EXPECT_EQ(parse_duration("2h"), 2h);
  for (const char* wrong : {"", "s", "10", "-1s", "1.5s", "1 s", "1d", "1S",
                            "9223372036854775807h", "99999999999999999999s"})
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
  for (const auto duration : {Duration(0), Duration(1), Duration(90000),
                              Duration(3600000), Duration(60000)})
    EXPECT_EQ(parse_duration(format_duration(duration)), duration);
  EXPECT_EQ(format_duration(90s), "90s");
}

TEST(PolicyWords, NameGroupsByPartsOfAPath) {
  EXPECT_TRUE(is_group_name("shop/db-1/a.b_c"));
  EXPECT_TRUE(is_group_name(std::string(OTHERWORLD_GROUP_LEN - 1, 'a')));
  for (const auto& wrong :
       {std::string(), std::string("a/"), std::string("/"), std::string("a\nb"),
        std::string("a/./b"), std::string("a*"),
        std::string(OTHERWORLD_GROUP_LEN, 'a'), std::string("a\0b", 3)})
    EXPECT_FALSE(is_group_name(wrong)) << wrong;
  EXPECT_TRUE(group_covers("shop", "shop"));
  EXPECT_TRUE(group_covers("shop", "shop/db/x"));
  EXPECT_FALSE(group_covers("shop", "shopping"));
  EXPECT_FALSE(group_covers("shop/db", "shop"));
  EXPECT_FALSE(group_covers("", "shop"));
  EXPECT_EQ(parent_group("a/b/c"), "a/b");
  EXPECT_EQ(parent_group("a"), "");
}

TEST(PolicyWords, MatchGroupsPartByPart) {
  const struct {
    const char *pattern, *group;
    bool match;
  } cases[] = {
      {"shop", "shop/db/x", true},   {"sh*", "shop/db", true},
      {"shop/*", "shop/db/x", true}, {"*/db", "shop/db/x", true},
      {"shop/*", "shop", false},     {"s*db", "shop/db", false},
      {"shop/d", "shop/db", false},  {"shop", "shopping", false},
  };
  for (const auto& [pattern, group, match] : cases)
    EXPECT_EQ(group_matches(pattern, group), match) << pattern << ", " << group;
}

}  // namespace
}  // namespace owctl
