// SPDX-License-Identifier: GPL-2.0
// What a process learns of the kernel: generation, verdict, events.
#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "libow_stand_in.h"
#include "losses.h"
#include "otherworld/ow.h"

namespace libow_test {
namespace {

using StatusTest = Otherworld;

int keep(const ow_loss* loss, void* data) {
  static_cast<std::vector<std::string>*>(data)->emplace_back(loss->resource);
  return std::strcmp(loss->reason, "stop") == 0 ? 5 : 0;
}

void add_event(otherworld_event_kind kind, const char* group,
               otherworld_action action = OTHERWORLD_ACTION_CONTINUE) {
  otherworld_event& event = kernel->event[kernel->events++];
  event = {};
  event.kind = kind;
  event.action = action;
  std::strncpy(event.group, group, sizeof(event.group));
}

TEST(FdOf, IsExact) {
  EXPECT_EQ(libow::fd_of("fd 0"), 0);
  EXPECT_EQ(libow::fd_of("fd 1023"), 1023);
  for (const char* other : {"", "fd", "fd ", "fd -1", "fd 3 ", "fd x",
                            "fd 99999999999", "memory", "fds 3"}) {
    EXPECT_EQ(libow::fd_of(other), -1) << other;
  }
}

TEST_F(StatusTest, Generation) {
  kernel->outcome.generation = 12;
  std::uint64_t generation = 0;
  EXPECT_EQ(ow_generation(&generation), 0);
  EXPECT_EQ(generation, 12U);
  EXPECT_EQ(ow_generation(nullptr), -EINVAL);
  kernel->outcome_error = -EIO;
  EXPECT_EQ(ow_generation(&generation), -EIO);
  EXPECT_EQ(ow_available(), 0);
}

TEST_F(StatusTest, WhoWasNotThereHasNoVerdict) {
  EXPECT_EQ(ow_own_verdict(nullptr, nullptr, nullptr), -ENOENT);
  kernel->outcome_error = -EIO;
  EXPECT_EQ(ow_own_verdict(nullptr, nullptr, nullptr), -EIO);
}

TEST_F(StatusTest, AnExactVerdict) {
  kernel->outcome.resurrected = 1;
  std::vector<std::string> told;
  ow_grade worst = OW_LOST;
  EXPECT_EQ(ow_own_verdict(&worst, keep, &told), 0);
  EXPECT_EQ(worst, OW_EXACT);
  EXPECT_TRUE(told.empty());
}

// More than there is room for at first.
TEST_F(StatusTest, AllLossesAreTold) {
  kernel->outcome.resurrected = 1;
  for (int i = 0; i < 150; ++i) {
    add_verdict(i == 77 ? OTHERWORLD_LOST : OTHERWORLD_DEGRADED,
                ("fd " + std::to_string(i)).c_str(), "");
  }
  add_verdict(OTHERWORLD_EXACT, "process", "");
  std::vector<std::string> told;
  ow_grade worst = OW_EXACT;
  EXPECT_EQ(ow_own_verdict(&worst, keep, &told), 0);
  EXPECT_EQ(worst, OW_LOST);
  ASSERT_EQ(told.size(), 150U);
  EXPECT_EQ(told[149], "fd 149");
  EXPECT_EQ(ow_own_verdict(nullptr, nullptr, nullptr), 0);
}

TEST_F(StatusTest, TellingStopsWhenToldTo) {
  kernel->outcome.resurrected = 1;
  add_verdict(OTHERWORLD_DEGRADED, "one", "");
  add_verdict(OTHERWORLD_DEGRADED, "two", "stop");
  add_verdict(OTHERWORLD_LOST, "three", "");
  std::vector<std::string> told;
  ow_grade worst = OW_EXACT;
  EXPECT_EQ(ow_own_verdict(&worst, keep, &told), 5);
  EXPECT_EQ(told.size(), 2U);
  EXPECT_EQ(worst, OW_LOST);
}

TEST_F(StatusTest, EventsFromNowOn) {
  add_event(OTHERWORLD_EVENT_TAKEOVER, "");
  add_event(OTHERWORLD_EVENT_RESTARTED, "old");
  ow_subscription* subscription = nullptr;
  ASSERT_EQ(ow_subscribe(&subscription), 0);
  EXPECT_GE(ow_subscription_fd(subscription), 0);
  ow_event event;
  EXPECT_EQ(ow_next_event(subscription, &event), -EAGAIN);

  add_event(OTHERWORLD_EVENT_RESTARTED, "shop/db",
            OTHERWORLD_ACTION_HOT_RESTART);
  ASSERT_EQ(ow_next_event(subscription, &event), 0);
  EXPECT_EQ(event.kind, OW_EVENT_GROUP_RESTARTED);
  EXPECT_EQ(event.generation, 1U);
  EXPECT_EQ(event.action, OW_ACTION_HOT_RESTART);
  EXPECT_STREQ(event.group, "shop/db");
  EXPECT_EQ(ow_next_event(subscription, &event), -EAGAIN);
  ow_unsubscribe(subscription);
}

// They begin with 1 again, and none of them is known.
TEST_F(StatusTest, EventsOfTheNextGenerationAreNew) {
  for (int i = 0; i < 3; ++i) {
    add_event(OTHERWORLD_EVENT_RESTARTED, "old");
  }
  ow_subscription* subscription = nullptr;
  ASSERT_EQ(ow_subscribe(&subscription), 0);
  kernel->outcome.generation = 2;
  kernel->events = 0;
  add_event(OTHERWORLD_EVENT_TAKEOVER, "");
  add_event(OTHERWORLD_EVENT_RESTARTED, "new");
  ow_event event;
  ASSERT_EQ(ow_next_event(subscription, &event), 0);
  EXPECT_EQ(event.kind, OW_EVENT_TAKEOVER);
  EXPECT_EQ(event.generation, 2U);
  ASSERT_EQ(ow_next_event(subscription, &event), 0);
  EXPECT_STREQ(event.group, "new");
  EXPECT_EQ(ow_next_event(subscription, &event), -EAGAIN);
  ow_unsubscribe(subscription);
}

// Also if there was none when it began.
TEST_F(StatusTest, TheFirstEventOfAll) {
  kernel->outcome.generation = 0;
  ow_subscription* subscription = nullptr;
  ASSERT_EQ(ow_subscribe(&subscription), 0);
  kernel->outcome.generation = 1;
  add_event(OTHERWORLD_EVENT_TAKEOVER, "");
  ow_event event;
  ASSERT_EQ(ow_next_event(subscription, &event), 0);
  EXPECT_EQ(event.kind, OW_EVENT_TAKEOVER);
  ow_unsubscribe(subscription);
}

TEST_F(StatusTest, WhatANewerKernelSaysIsPassedOver) {
  ow_subscription* subscription = nullptr;
  ASSERT_EQ(ow_subscribe(&subscription), 0);
  add_event(static_cast<otherworld_event_kind>(9), "what");
  add_event(OTHERWORLD_EVENT_RESTARTED, "known");
  std::memset(kernel->event[1].group, 'g', OTHERWORLD_GROUP_LEN);
  ow_event event;
  ASSERT_EQ(ow_next_event(subscription, &event), 0);
  EXPECT_EQ(std::string(event.group), std::string(OW_GROUP_LEN - 1, 'g'));
  ow_unsubscribe(subscription);
}

TEST_F(StatusTest, SubscriptionsThatCannotBe) {
  ow_event event;
  EXPECT_EQ(ow_subscribe(nullptr), -EINVAL);
  EXPECT_EQ(ow_next_event(nullptr, &event), -EINVAL);
  EXPECT_EQ(ow_subscription_fd(nullptr), -EINVAL);
  ow_unsubscribe(nullptr);
  ow_subscription* subscription = nullptr;
  ASSERT_EQ(ow_subscribe(&subscription), 0);
  EXPECT_EQ(ow_next_event(subscription, nullptr), -EINVAL);
  // Its descriptor did not come back.
  close(ow_subscription_fd(subscription));
  EXPECT_EQ(ow_next_event(subscription, &event), -EBADF);
  ow_unsubscribe(subscription);
  kernel->outcome_error = -EIO;
  EXPECT_EQ(ow_subscribe(&subscription), -EIO);
  EXPECT_EQ(subscription, nullptr);
}

// None of these calls leaves a descriptor behind.
TEST_F(StatusTest, DescriptorsAreClosed) {
  const int lowest = dup(0);
  close(lowest);
  std::uint64_t generation = 0;
  ow_subscription* subscription = nullptr;
  ow_available();
  ow_generation(&generation);
  ow_own_verdict(nullptr, nullptr, nullptr);
  ow_subscribe(&subscription);
  ow_unsubscribe(subscription);
  ow_region* region = nullptr;
  ow_region_open("r", 1, 0, &region);
  ow_region_close(region);
  ow_region_open("r", 2, 0, &region);
  ow_region_remove("r");
  EXPECT_EQ(dup(0), lowest);
  close(lowest);
}

}  // namespace
}  // namespace libow_test
