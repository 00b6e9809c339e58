// SPDX-License-Identifier: GPL-2.0
// What libow writes into the pact, and what it says where there can be none.
#include "pact.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "hash/xxh64.h"
#include "libow_stand_in.h"
#include "names.h"
#include "otherworld/ow.h"

namespace libow_test {
namespace {

using PactTest = Otherworld;

int procedure(const ow_crash* /*unused*/, void* /*unused*/) {
  return OW_CONTINUE;
}

TEST(Xxh64, IsTheOneThatTheKernelComputes) {
  EXPECT_EQ(xxh64("", 0, 0), 0xEF46DB3751D8E999);
  EXPECT_EQ(xxh64("a", 1, 0), 0xD24EC4F1A98C6E5B);
  EXPECT_EQ(xxh64("abc", 3, 0), 0x44BC2CF5AD770999);
  const std::string text = "Nobody inspects the spammish repetition";
  EXPECT_EQ(xxh64(text.data(), text.size(), 0), 0xFBCEA83C8A378BF1);
  EXPECT_EQ(xxh64(text.data(), text.size(), 1), 0x43F425448D954DB6);
}

TEST(Names, OfRegions) {
  for (const char* good : {"a", "A.b-c_9", ".hidden", "..."}) {
    EXPECT_EQ(libow::check_name(good, OW_NAME_LEN), 0) << good;
  }
  for (const char* bad : {"", ".", "..", "a/b", "a b", "\xc3\xa4", "a\n"}) {
    EXPECT_EQ(libow::check_name(bad, OW_NAME_LEN), -EINVAL) << bad;
  }
  EXPECT_EQ(libow::check_name(nullptr, OW_NAME_LEN), -EINVAL);
  EXPECT_EQ(libow::check_name(std::string(63, 'x').c_str(), OW_NAME_LEN), 0);
  EXPECT_EQ(libow::check_name(std::string(64, 'x').c_str(), OW_NAME_LEN),
            -ENAMETOOLONG);
}

TEST(Names, OfGroups) {
  for (const char* good : {"shop", "shop/db", "a/b/c.d"}) {
    EXPECT_EQ(libow::check_path(good, OW_GROUP_LEN), 0) << good;
  }
  for (const char* bad : {"", "/", "/a", "a/", "a//b", "a/../b", "a/b c"}) {
    EXPECT_EQ(libow::check_path(bad, OW_GROUP_LEN), -EINVAL) << bad;
  }
  EXPECT_EQ(libow::check_path(std::string(127, 'x').c_str(), OW_GROUP_LEN), 0);
  EXPECT_EQ(libow::check_path(std::string(128, 'x').c_str(), OW_GROUP_LEN),
            -ENAMETOOLONG);
}

TEST_F(PactTest, SaysAllThatWasAskedFor) {
  EXPECT_IN_CHILD({
    ASSERT_EQ(ow_register_crash_procedure(procedure, nullptr, 100000, 1500), 0);
    ASSERT_EQ(ow_join_group("shop/db"), 0);
    ASSERT_EQ(ow_wish(OW_ACTION_RELOAD), 0);
    const Pact pact = own_pact();
    ASSERT_EQ(pact.state, OTHERWORLD_PACT_VALID);
    EXPECT_NE(pact.copy.procedure, 0U);
    EXPECT_GE(pact.copy.stack_size, 100000U);
    EXPECT_EQ(pact.copy.limit_ms, 1500U);
    EXPECT_EQ(pact.copy.action,
              static_cast<unsigned>(OTHERWORLD_ACTION_RELOAD));
    EXPECT_STREQ(pact.copy.group, "shop/db");
  });
}

TEST_F(PactTest, AGroupIsLeftWithoutATrace) {
  EXPECT_IN_CHILD({
    ASSERT_EQ(ow_join_group("a/very/long/name"), 0);
    ASSERT_EQ(ow_join_group("b"), 0);
    const otherworld_pact_copy joined = own_pact().copy;
    EXPECT_STREQ(joined.group, "b");
    EXPECT_EQ(std::memchr(joined.group + 1, 'v', OW_GROUP_LEN - 1), nullptr);
    ASSERT_EQ(ow_leave_group(), 0);
    EXPECT_STREQ(own_pact().copy.group, "");
  });
}

TEST_F(PactTest, TheWishIsTheProcedureUnlessSaidOtherwise) {
  EXPECT_IN_CHILD({
    const auto action = [] { return own_pact().copy.action; };
    ASSERT_EQ(ow_join_group("g"), 0);
    EXPECT_EQ(action(), static_cast<unsigned>(OTHERWORLD_ACTION_CONTINUE));
    ASSERT_EQ(ow_register_crash_procedure(procedure, nullptr, 0, 0), 0);
    EXPECT_EQ(action(), static_cast<unsigned>(OTHERWORLD_ACTION_PROCEDURE));
    ASSERT_EQ(ow_wish(OW_ACTION_TERMINATE), 0);
    EXPECT_EQ(action(), static_cast<unsigned>(OTHERWORLD_ACTION_TERMINATE));
    ASSERT_EQ(ow_wish(OW_ACTION_CONTINUE), 0);
    EXPECT_EQ(action(), static_cast<unsigned>(OTHERWORLD_ACTION_CONTINUE));
  });
}

TEST_F(PactTest, AProcedureIsRemovedWithItsStackAndLimit) {
  EXPECT_IN_CHILD({
    ASSERT_EQ(ow_register_crash_procedure(procedure, nullptr, 0, 7), 0);
    ASSERT_EQ(ow_register_crash_procedure(nullptr, nullptr, 0, 0), 0);
    const otherworld_pact_copy copy = own_pact().copy;
    EXPECT_EQ(copy.procedure, 0U);
    EXPECT_EQ(copy.stack, 0U);
    EXPECT_EQ(copy.stack_size, 0U);
    EXPECT_EQ(copy.limit_ms, 0U);
    EXPECT_EQ(copy.action, static_cast<unsigned>(OTHERWORLD_ACTION_CONTINUE));
  });
}

TEST_F(PactTest, WhatIsWrongIsRefusedAndChangesNothing) {
  EXPECT_IN_CHILD({
    ASSERT_EQ(ow_join_group("good"), 0);
    EXPECT_EQ(ow_join_group("not good"), -EINVAL);
    EXPECT_EQ(ow_join_group(nullptr), -EINVAL);
    EXPECT_EQ(ow_wish(static_cast<ow_action>(5)), -EINVAL);
    EXPECT_EQ(ow_wish(static_cast<ow_action>(-1)), -EINVAL);
    EXPECT_EQ(
        ow_register_crash_procedure(procedure, nullptr, SIZE_MAX - 100, 0),
        -ENOMEM);
    EXPECT_EQ(ow_register_crash_procedure(procedure, nullptr,
                                          std::size_t{1} << 60, 0),
              -ENOMEM);
    EXPECT_STREQ(own_pact().copy.group, "good");
    EXPECT_EQ(own_pact().copy.procedure, 0U);
  });
}

TEST_F(PactTest, AChildHasNoneUntilItAsks) {
  EXPECT_IN_CHILD({
    ASSERT_EQ(ow_register_crash_procedure(procedure, nullptr, 0, 9), 0);
    ASSERT_EQ(ow_join_group("parent"), 0);
    EXPECT_IN_CHILD({
      EXPECT_EQ(own_pact().state, OTHERWORLD_PACT_NONE);
      ASSERT_EQ(ow_join_group("child"), 0);
      const Pact pact = own_pact();
      ASSERT_EQ(pact.state, OTHERWORLD_PACT_VALID);
      EXPECT_STREQ(pact.copy.group, "child");
      EXPECT_EQ(pact.copy.procedure, 0U);
      EXPECT_EQ(pact.copy.limit_ms, 0U);
    });
    EXPECT_STREQ(own_pact().copy.group, "parent");
    EXPECT_NE(own_pact().copy.procedure, 0U);
  });
}

TEST_F(PactTest, WithoutOtherworldEachCallSaysSo) {
  kernel->open_error = -OW_ENOKERNEL;
  EXPECT_IN_CHILD({
    uint64_t generation = 0;
    ow_subscription* subscription = nullptr;
    EXPECT_EQ(ow_available(), -OW_ENOKERNEL);
    EXPECT_EQ(ow_register_crash_procedure(procedure, nullptr, 0, 0),
              -OW_ENOKERNEL);
    EXPECT_EQ(ow_register_crash_procedure(nullptr, nullptr, 0, 0),
              -OW_ENOKERNEL);
    EXPECT_EQ(ow_join_group("g"), -OW_ENOKERNEL);
    EXPECT_EQ(ow_leave_group(), -OW_ENOKERNEL);
    EXPECT_EQ(ow_wish(OW_ACTION_RELOAD), -OW_ENOKERNEL);
    EXPECT_EQ(ow_generation(&generation), -OW_ENOKERNEL);
    EXPECT_EQ(ow_own_verdict(nullptr, nullptr, nullptr), -OW_ENOKERNEL);
    EXPECT_EQ(ow_subscribe(&subscription), -OW_ENOKERNEL);
    EXPECT_EQ(subscription, nullptr);
  });
}

TEST_F(PactTest, ADeviceThatIsNotForUsIsAnotherError) {
  kernel->open_error = -EACCES;
  EXPECT_IN_CHILD({
    EXPECT_EQ(ow_available(), -EACCES);
    EXPECT_EQ(ow_join_group("g"), -EACCES);
  });
}

TEST_F(PactTest, AFailureToMapIsToldAndTriedAgain) {
  kernel->map_error = ENOMEM;
  EXPECT_IN_CHILD({
    EXPECT_EQ(ow_join_group("g"), -ENOMEM);
    kernel->map_error = 0;
    EXPECT_EQ(ow_join_group("g"), 0);
    EXPECT_EQ(own_pact().state, OTHERWORLD_PACT_VALID);
  });
}

TEST(RealDevice, IsNotThere) {
  if (access("/dev/otherworld", F_OK) == 0) {
    GTEST_SKIP() << "this kernel has Otherworld";
  }
  EXPECT_EQ(ow_available(), -OW_ENOKERNEL);
  EXPECT_EQ(ow_join_group("g"), -OW_ENOKERNEL);
}

}  // namespace
}  // namespace libow_test
