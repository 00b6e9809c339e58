// SPDX-License-Identifier: GPL-2.0
// Guarded memory, checked by hand. What a crash procedure is told of it is in
// libow_crash.cc.
#include <array>
#include <cerrno>
#include <string>

#include "libow_stand_in.h"
#include "otherworld/ow.h"

namespace libow_test {
namespace {

ow_guard_state state_of(void* address) {
  ow_guard_state state = OW_INTACT;
  EXPECT_EQ(ow_guard_check(address, &state), 0);
  return state;
}

TEST(Guard, FollowsItsMemory) {
  EXPECT_IN_CHILD({
    int value = 1;
    ASSERT_EQ(ow_guard(&value, sizeof(value), "value"), 0);
    EXPECT_EQ(state_of(&value), OW_INTACT);
    value = 2;
    EXPECT_EQ(state_of(&value), OW_DAMAGED);
    value = 1;
    EXPECT_EQ(state_of(&value), OW_INTACT);
    ASSERT_EQ(ow_guard_open(&value), 0);
    value = 3;
    EXPECT_EQ(state_of(&value), OW_CHANGING);
    ASSERT_EQ(ow_guard_close(&value), 0);
    EXPECT_EQ(state_of(&value), OW_INTACT);
    ASSERT_EQ(ow_unguard(&value), 0);
  });
}

// Each bit of it.
TEST(Guard, SeesEveryFlip) {
  EXPECT_IN_CHILD({
    std::array<unsigned char, 77> bytes = {};
    ASSERT_EQ(ow_guard(bytes.data(), bytes.size(), "bytes"), 0);
    for (unsigned char& byte : bytes) {
      for (int bit = 0; bit < 8; ++bit) {
        byte = static_cast<unsigned char>(1 << bit);
        EXPECT_EQ(state_of(bytes.data()), OW_DAMAGED);
      }
      byte = 0;
    }
    EXPECT_EQ(state_of(bytes.data()), OW_INTACT);
  });
}

TEST(Guard, IsRefused) {
  EXPECT_IN_CHILD({
    int value = 0;
    ow_guard_state state = OW_INTACT;
    EXPECT_EQ(ow_guard(nullptr, 1, "n"), -EINVAL);
    EXPECT_EQ(ow_guard(&value, 0, "n"), -EINVAL);
    EXPECT_EQ(ow_guard(&value, 1, nullptr), -EINVAL);
    EXPECT_EQ(ow_guard(&value, 1, std::string(64, 'n').c_str()), -ENAMETOOLONG);
    EXPECT_EQ(ow_guard_open(&value), -ENOENT);
    EXPECT_EQ(ow_guard_close(&value), -ENOENT);
    EXPECT_EQ(ow_guard_check(&value, &state), -ENOENT);
    EXPECT_EQ(ow_unguard(&value), -ENOENT);
    ASSERT_EQ(ow_guard(&value, sizeof(value), "value"), 0);
    EXPECT_EQ(ow_guard(&value, 1, "again"), -EEXIST);
    EXPECT_EQ(ow_guard_close(&value), -EALREADY);
    EXPECT_EQ(ow_guard_check(&value, nullptr), -EINVAL);
    ASSERT_EQ(ow_guard_open(&value), 0);
    EXPECT_EQ(ow_guard_open(&value), -EALREADY);
    ASSERT_EQ(ow_unguard(&value), 0);
  });
}

TEST(Guard, ThereAre256) {
  EXPECT_IN_CHILD({
    static std::array<int, 257> values;
    for (int i = 0; i < 256; ++i) {
      ASSERT_EQ(ow_guard(&values.at(i), sizeof(int), "one"), 0) << i;
    }
    EXPECT_EQ(ow_guard(&values[256], sizeof(int), "more"), -ENOSPC);
    ASSERT_EQ(ow_unguard(&values[7]), 0);
    EXPECT_EQ(ow_guard(&values[256], sizeof(int), "more"), 0);
  });
}

}  // namespace
}  // namespace libow_test
