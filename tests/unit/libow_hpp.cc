// SPDX-License-Identifier: GPL-2.0
// The C++ interface: what it adds to the C one.
#include "otherworld/ow.hpp"

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "libow_stand_in.h"

namespace libow_test {
namespace {

using HppTest = Otherworld;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST_F(HppTest, ErrorsAreErrorCodes) {
  EXPECT_FALSE(ow::available());
  kernel->open_error = -OW_ENOKERNEL;
  EXPECT_EQ(ow::available(), std::errc::function_not_supported);
  EXPECT_EQ(ow::join_group("g"), std::errc::function_not_supported);
  EXPECT_EQ(ow::generation().error(), std::errc::function_not_supported);
  EXPECT_EQ(ow::Subscription::open().error(),
            std::errc::function_not_supported);
  kernel->open_error = 0;
  ASSERT_TRUE(ow::generation());
  EXPECT_EQ(*ow::generation(), 1U);
  EXPECT_FALSE(ow::generation().error());
}

TEST_F(HppTest, ACallableIsACrashProcedure) {
  kernel->outcome.outage_ns = 250;
  add_verdict(OTHERWORLD_LOST, "fd 5", "gone");
  EXPECT_EQ(exit_in_child([] {
              const int status = 40;
              const auto error = ow::on_crash(
                  [status](ow::Crash crash) {
                    const bool right = crash.generation() == 1 &&
                                       crash.outage() == nanoseconds(250) &&
                                       crash.losses().size() == 1 &&
                                       crash.loss_of(5) != nullptr &&
                                       crash.loss_of(6) == nullptr &&
                                       crash.guarded().empty();
                    return ow::Answer::exit(right ? status : 1);
                  },
                  {.stack_size = 100000, .limit = milliseconds(50)});
              EXPECT_FALSE(error);
              EXPECT_EQ(own_pact().copy.limit_ms, 50U);
              crash();
            }),
            40);
}

// Not seen through by the compiler.
void (*volatile thrower)() = [] { throw 1; };

TEST_F(HppTest, AnswersOfAllKinds) {
  EXPECT_IN_CHILD({
    ASSERT_FALSE(ow::on_crash([](const ow::Crash&) {}));
    crash();
    ASSERT_FALSE(ow::on_crash([](ow::Crash) { return OW_CONTINUE; }));
    crash();
    ASSERT_FALSE(ow::on_crash([](ow::Crash) { return ow::Answer::go_on(); }));
    crash();
  });
  EXPECT_EQ(kernel->continued, 3);
  EXPECT_EQ(ow::Answer::restart().raw(), OW_RESTART);
  EXPECT_EQ(exit_in_child([] {
              EXPECT_FALSE(ow::on_crash([](ow::Crash) { thrower(); }));
              crash();
            }),
            127);
}

// A callable lives as long as it is the one that a crash would call.
TEST_F(HppTest, ACallableThatWasReplacedIsDestroyed) {
  EXPECT_IN_CHILD({
    const auto first = std::make_shared<int>(1);
    const auto second = std::make_shared<int>(2);
    ASSERT_FALSE(ow::on_crash([first](ow::Crash) {}));
    EXPECT_EQ(first.use_count(), 2);
    ASSERT_FALSE(ow::on_crash([second](ow::Crash) {}));
    EXPECT_EQ(first.use_count(), 1);
    EXPECT_EQ(second.use_count(), 2);
    ASSERT_FALSE(ow::off_crash());
    EXPECT_EQ(second.use_count(), 1);
    EXPECT_EQ(own_pact().copy.procedure, 0U);
    ASSERT_FALSE(ow::off_crash());
  });
}

TEST_F(HppTest, ACallableThatCannotBeRegisteredIsDestroyed) {
  kernel->open_error = -EACCES;
  const auto counted = std::make_shared<int>(1);
  EXPECT_EQ(ow::on_crash([counted](ow::Crash) {}),
            std::errc::permission_denied);
  EXPECT_EQ(counted.use_count(), 1);
}

TEST_F(HppTest, AHelperIsAnyCallable) {
  const int status = 21;
  auto helper = [&] { return status; };
  const auto pid = ow::fork_helper(helper);
  ASSERT_TRUE(pid);
  int waited = 0;
  ASSERT_EQ(waitpid(*pid, &waited, 0), *pid);
  EXPECT_EQ(WEXITSTATUS(waited), 21);
}

TEST_F(HppTest, SavesAndPrints) {
  const std::string path = regions() + "/file";
  ASSERT_FALSE(ow::safe::save(path.c_str(), "text"));
  const int bytes[] = {1, 2};
  ASSERT_FALSE(ow::safe::save(path.c_str(), std::as_bytes(std::span(bytes))));
  EXPECT_EQ(ow::safe::save("/no/such/file", "x"),
            std::errc::no_such_file_or_directory);
  const int fd = open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  EXPECT_FALSE(ow::safe::print(fd, "a ", 7U, ", ", -8, ", ", INT64_MIN, "\n"));
  close(fd);
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text, "a 7, -8, -9223372036854775808\n");
  EXPECT_EQ(ow::safe::print(-1, "x"), std::errc::bad_file_descriptor);
}

TEST_F(HppTest, AGuardEndsWithItsScope) {
  EXPECT_IN_CHILD({
    struct {
      int one;
      int other;
    } pair = {1, 2};
    {
      auto made = ow::guard(pair, "pair");
      ASSERT_TRUE(made);
      ow::Guard guard = std::move(*made);
      EXPECT_EQ(*guard.check(), OW_INTACT);
      EXPECT_FALSE(guard.change([&] { pair.one = 3; }));
      EXPECT_EQ(*guard.check(), OW_INTACT);
      pair.other = 3;
      EXPECT_EQ(*guard.check(), OW_DAMAGED);
      EXPECT_EQ(ow::guard(pair, "again").error(), std::errc::file_exists);
    }
    EXPECT_EQ(ow_unguard(&pair), -ENOENT);
  });
}

struct Count {
  std::uint64_t value;
};

TEST_F(HppTest, ARegionHasItsType) {
  {
    auto count = ow::Region<Count>::open("count");
    ASSERT_TRUE(count);
    EXPECT_EQ((*count)->value, 0U);
    (*count)->value = 5;
    EXPECT_FALSE(count->commit());
    (*count)->value = 6;
    EXPECT_FALSE(count->revert());
    EXPECT_EQ((**count).value, 5U);
    EXPECT_EQ(ow::Region<Count>::open("count").error(),
              std::errc::device_or_resource_busy);
    // The other one is closed when what it was moved to ends.
    ow::Region<Count> moved = std::move(*count);
    EXPECT_EQ(moved->value, 5U);
    EXPECT_EQ(moved.commits(), 1U);
  }
  EXPECT_TRUE(ow::Region<Count>::open("count", OW_REGION_EXISTING));
  EXPECT_EQ(ow::Region<char>::open("count").error(),
            std::errc::invalid_argument);
  EXPECT_FALSE(ow::remove_region("count"));
  EXPECT_EQ(ow::remove_region("count"), std::errc::no_such_file_or_directory);
}

TEST_F(HppTest, TheVerdictIsTold) {
  kernel->outcome.resurrected = 1;
  add_verdict(OTHERWORLD_DEGRADED, "fd 3", "");
  int told = 0;
  const auto worst =
      ow::own_verdict([&](const ow::Loss& loss) { told += loss.fd; });
  ASSERT_TRUE(worst);
  EXPECT_EQ(*worst, OW_DEGRADED);
  EXPECT_EQ(told, 3);
}

TEST_F(HppTest, ASubscriptionEndsWithItsScope) {
  auto subscription = ow::Subscription::open();
  ASSERT_TRUE(subscription);
  const auto none = subscription->next();
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_value());
  kernel->event[kernel->events++].kind = OTHERWORLD_EVENT_TAKEOVER;
  const auto event = subscription->next();
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->kind, OW_EVENT_TAKEOVER);
  int fd = -1;
  {
    const ow::Subscription moved = std::move(*subscription);
    fd = moved.fd();
    EXPECT_GE(fcntl(fd, F_GETFD), 0);
  }
  EXPECT_LT(fcntl(fd, F_GETFD), 0);
}

TEST_F(HppTest, GroupsAndWishes) {
  EXPECT_IN_CHILD({
    EXPECT_FALSE(ow::join_group("a/b"));
    EXPECT_FALSE(ow::wish(OW_ACTION_TERMINATE));
    EXPECT_STREQ(own_pact().copy.group, "a/b");
    EXPECT_FALSE(ow::leave_group());
    EXPECT_STREQ(own_pact().copy.group, "");
    EXPECT_EQ(ow::join_group(""), std::errc::invalid_argument);
  });
}

}  // namespace
}  // namespace libow_test
