// SPDX-License-Identifier: GPL-2.0
// The layout table: no two facts have one name, entries are found wherever
// they stand, and what cannot be right is refused. Reading through it.
#include <gtest/gtest.h>

#include <map>

#include "parse_processes_fixture.h"

namespace {

using mock::MachineTest;

TEST(ParseLayout, NoTwoFactsHaveOneName) {
  std::map<u32, std::string> seen;
  for (int i = 0; i < OW_FACT_COUNT; i++) {
    const auto fact = static_cast<ow_fact>(i);
    ASSERT_NE(ow_fact_name(fact), nullptr) << i;
    const auto [it, added] =
        seen.emplace(ow_fact_hash(fact), ow_fact_name(fact));
    EXPECT_TRUE(added) << it->second << " and " << ow_fact_name(fact);
    // An entry that was never filled in is all zeroes.
    EXPECT_NE(ow_fact_hash(fact), 0U) << ow_fact_name(fact);
  }
  EXPECT_LE(OW_FACT_COUNT, OW_LAYOUT_MAX);
}

class ParseLayoutTable : public testing::Test {
 protected:
  ow_status init() {
    return ow_layout_init(layout.get(), table.data(), table.size(), &why);
  }
  std::vector<ow_layout_entry> table = mock::Layout().table;
  std::unique_ptr<ow_layout> layout = std::make_unique<ow_layout>();
  ow_fault_info why{};
};

TEST_F(ParseLayoutTable, OfAnotherOrderAndLength) {
  std::reverse(table.begin(), table.end());
  table.insert(table.begin(), {0xdeadbeef, 8, 0, 0, 123});
  table.resize(table.size() - 1);  // what was the first fact
  ASSERT_EQ(init(), OW_OK);
  EXPECT_FALSE(ow_layout_has(layout.get(), static_cast<ow_fact>(0)));
  EXPECT_EQ(layout->entries[OW_F_task_struct_pid].value,
            mock::Layout().table[OW_F_task_struct_pid].value);
}

TEST_F(ParseLayoutTable, OfNoOrTooManyEntries) {
  EXPECT_EQ(ow_layout_init(layout.get(), table.data(), 0, &why), OW_BAD_DATA);
  table.resize(OW_LAYOUT_MAX + 1);
  EXPECT_EQ(init(), OW_BAD_DATA);
}

TEST_F(ParseLayoutTable, WithFieldsThatCannotBe) {
  const auto good = table;
  for (const ow_layout_entry bad :
       {ow_layout_entry{0, 8, 0, 0, 1 << 20},
        ow_layout_entry{0, 8, 0, 0, ~0ULL}, ow_layout_entry{0, 4, 30, 3, 0},
        ow_layout_entry{0, 16, 0, 1, 0}, ow_layout_entry{0, 8, 255, 255, 0},
        ow_layout_entry{0, 8, 0, 64, 0}}) {
    table = good;
    const u32 name = table[OW_F_task_struct_flags].name;
    table[OW_F_task_struct_flags] = bad;
    table[OW_F_task_struct_flags].name = name;
    EXPECT_EQ(init(), OW_BAD_DATA) << bad.value;
    EXPECT_STREQ(why.name, "task_struct.flags");
  }
}

class ParseLayoutBuild : public ParseLayoutTable {
 protected:
  bool same() {
    EXPECT_EQ(init(), OW_OK);
    const auto live = mock::Layout().table;
    return ow_layout_same_build(layout.get(), live.data(), &moved);
  }
  // What KASLR adds to every address, and to no other fact.
  void move_all(u64 by) {
    for (int i = 0; i < OW_FACT_COUNT; i++)
      if (ow_fact_name(static_cast<ow_fact>(i))[0] == '&')
        table[i].value += by;
  }
  u64 moved = 0;
};

TEST_F(ParseLayoutBuild, ElsewhereIsTheSame) {
  constexpr u64 kBy = 0x3400000;
  EXPECT_TRUE(same());
  EXPECT_EQ(moved, 0);
  move_all(kBy);
  EXPECT_TRUE(same());
  EXPECT_EQ(moved, kBy);
  table[OW_C_OW_DIRECT_MAP].value += kBy;
  EXPECT_TRUE(same());
}

TEST_F(ParseLayoutBuild, WithOneThingElsewhereIsAnother) {
  const auto good = table;
  table[OW_A_copy_process].value += 16;
  EXPECT_FALSE(same());
  table = good;
  table[OW_F_task_struct_pid].value += 8;
  EXPECT_FALSE(same());
  table = good;
  table[OW_F_task_struct_pid].size = 8;
  EXPECT_FALSE(same());
  table = good;
  table[OW_F_task_struct_pid].name = 1;  // it is not told
  EXPECT_FALSE(same());
}

class ParseKernel : public MachineTest {};

TEST_F(ParseKernel, ReadsFieldsOfEverySize) {
  const uint64_t task = machine.make("task_struct");
  machine.layout.table[OW_F_task_struct_flags].size = 2;
  auto& bits = machine.layout.table[OW_F_task_struct_sched_reset_on_fork];
  bits.size = 4;
  bits.bit = 29;
  bits.bits = 3;
  start();
  machine.put(machine.at(task, OW_F_task_struct_flags), 0xffff8000);
  machine.put(machine.at(task, OW_F_task_struct_sched_reset_on_fork),
              0xa0000000);
  const ow_virt at = ow_virt_at(task);
  EXPECT_EQ(ow_get(&cursor, at, OW_F_task_struct_flags), 0x8000U);
  EXPECT_EQ(ow_get_signed(&cursor, at, OW_F_task_struct_flags), -0x8000);
  EXPECT_EQ(ow_get(&cursor, at, OW_F_task_struct_sched_reset_on_fork), 5U);
  EXPECT_TRUE(ow_cursor_ok(&cursor));
}

TEST_F(ParseKernel, KeepsTheFirstFailureAndAnswersZero) {
  start();
  const ow_virt nowhere = ow_virt_at(0x1000);
  const ow_virt good = ow_virt_at(machine.idle);
  char text[8] = "unread";
  EXPECT_EQ(ow_get(&cursor, nowhere, OW_F_task_struct_pid), 0U);
  EXPECT_EQ(cursor.fault.status, OW_BAD_ADDRESS);
  const u64 address = cursor.fault.address;
  EXPECT_EQ(ow_get(&cursor, ow_virt_at(0x2000), OW_F_task_struct_pid), 0U);
  EXPECT_FALSE(ow_get_string(&cursor, good, text, sizeof(text)));
  EXPECT_STREQ(text, "");
  EXPECT_EQ(ow_const(&cursor, OW_C_THREAD_SIZE), 0U);
  EXPECT_EQ(ow_field_at(&cursor, good, OW_F_task_struct_tasks).a, 0U);
  EXPECT_EQ(cursor.fault.address, address);
}

TEST_F(ParseKernel, StringsEndWhereTheirMemoryEnds) {
  start();
  // The last bytes of the image, without a terminator.
  const auto& run = machine.mem.segments()[0];
  const uint64_t end = mock::Machine::direct(run.start.a + run.len);
  std::memset(machine.mem.at(run.start.a + run.len - 16), 'x', 16);
  char text[64];
  EXPECT_FALSE(
      ow_get_string(&cursor, ow_virt_at(end - 16), text, sizeof(text)));
  machine.mem.put<char>(run.start.a + run.len - 1, 0);
  EXPECT_TRUE(ow_get_string(fresh(), ow_virt_at(end - 16), text, sizeof(text)));
  EXPECT_EQ(std::string(text).size(), 15U);
  EXPECT_TRUE(ow_get_string(fresh(), ow_virt_at(end - 16), text, 4));
  EXPECT_STREQ(text, "xxx");
}

TEST_F(ParseKernel, AMissingFactIsAnErrorThatNamesIt) {
  machine.layout.table[OW_F_task_struct_blocked].name ^= 1;
  start();
  ow_task task;
  EXPECT_FALSE(ow_task_read(&cursor, ow_virt_at(this->task(20)), &task));
  EXPECT_EQ(cursor.fault.status, OW_MISSING);
  EXPECT_STREQ(cursor.fault.name, "task_struct.blocked");
}

TEST_F(ParseKernel, WhoOnlyLooksDoesWithoutNumbers) {
  machine.layout.table[OW_F_task_struct_blocked].name ^= 1;
  machine.layout.table[OW_F_signal_struct_oom_score_adj].name ^= 1;
  machine.announce();
  start();
  const std::string text = machine.vmcoreinfo();
  ow_vmcoreinfo vi;
  ASSERT_EQ(ow_vmcoreinfo_init(&vi, text.data(), text.size(), &why), OW_OK);
  ASSERT_EQ(ow_kernel_open(kernel.get(), machine.mem.memory(), &vi, &why),
            OW_OK)
      << why.what;
  ow_task task;
  ow_signal signal;
  ASSERT_TRUE(ow_task_read(fresh(), ow_virt_at(this->task(20)), &task));
  EXPECT_EQ(task.blocked, 0U);
  ASSERT_TRUE(ow_signal_read(fresh(), task.signal, &signal));
  EXPECT_EQ(signal.oom_score_adj, 0);
  EXPECT_EQ(pids(), (std::vector<int>{1, 20, 30}));
}

TEST_F(ParseKernel, ADumpWithoutATable) {
  ow_vmcoreinfo vi;
  const auto open = [&](const std::string& text) {
    EXPECT_EQ(ow_vmcoreinfo_init(&vi, text.data(), text.size(), &why), OW_OK);
    return ow_kernel_open(kernel.get(), machine.mem.memory(), &vi, &why);
  };
  const std::string text = machine.vmcoreinfo();
  EXPECT_EQ(open(text), OW_MISSING);
  const std::string symbol = text + "SYMBOL(ow_layout)=ffffffff82000000\n";
  const std::string size = "SIZE(ow_layout_entry)=16\n";
  EXPECT_EQ(open(symbol + "SIZE(ow_layout_entry)=24\n"), OW_REFUSED);
  EXPECT_EQ(open(symbol + size + "NUMBER(ow_layout_count)=0\n"), OW_BAD_DATA);
  EXPECT_EQ(open(symbol + size + "NUMBER(ow_layout_count)=-5\n"), OW_BAD_DATA);
  EXPECT_EQ(open(symbol + size + "NUMBER(ow_layout_count)=99999999\n"),
            OW_BAD_DATA);
  EXPECT_EQ(open(symbol + size + "NUMBER(ow_layout_count)=10\n"),
            OW_BAD_ADDRESS);
}

}  // namespace
