// SPDX-License-Identifier: GPL-2.0
// Pacts: what of a page is believed, and how a dead process's page is found.
#include "ow_pact.h"

#include <optional>

#include "parse_mock_pact.h"
#include "parse_processes_fixture.h"

namespace {

constexpr s32 kPid = 40;

class JudgedPact : public testing::Test {
 protected:
  // What is not valid leaves no trace.
  otherworld_pact_state judge() {
    found = {};
    found.copy.limit_ms = 1;
    found.at = 2;
    const auto state = ow_pact_judge(&page, kPid, &found);
    EXPECT_EQ(found.at, 2U);
    if (state != OTHERWORLD_PACT_VALID) {
      EXPECT_EQ(found.copy.limit_ms, 1U);
      EXPECT_EQ(found.running.tid, 0);
    }
    return state;
  }
  std::string group() {
    EXPECT_EQ(judge(), OTHERWORLD_PACT_VALID);
    return found.copy.group;
  }

  otherworld_pact page = mock::pact(kPid);
  ow_pact found = {};
};

TEST_F(JudgedPact, IsWhatTheNewerCopySays) {
  EXPECT_EQ(group(), "shop");
  EXPECT_EQ(found.copy.procedure, 0x401000U);
  EXPECT_EQ(found.copy.action, static_cast<unsigned>(OTHERWORLD_ACTION_RELOAD));
  EXPECT_EQ(found.copy.limit_ms, 250U);
  EXPECT_EQ(found.running.tid, 5);
  std::swap(page.copies[0], page.copies[1]);
  EXPECT_EQ(group(), "shop");
}

TEST_F(JudgedPact, IsNoneWhereNothingWasWritten) {
  page = {};
  EXPECT_EQ(judge(), OTHERWORLD_PACT_NONE);
  // Its magic is what is written last.
  page = mock::pact(kPid);
  page.magic = 0;
  EXPECT_EQ(judge(), OTHERWORLD_PACT_NONE);
}

TEST_F(JudgedPact, IsForeignToAnotherVersionOrProcess) {
  page.version = OTHERWORLD_PACT_VERSION + 1;
  EXPECT_EQ(judge(), OTHERWORLD_PACT_FOREIGN);
  page = mock::pact(kPid + 1);
  EXPECT_EQ(judge(), OTHERWORLD_PACT_FOREIGN);
  page = mock::pact(kPid);
  page.magic ^= 1;
  EXPECT_EQ(judge(), OTHERWORLD_PACT_FOREIGN);
}

TEST_F(JudgedPact, OutlivesTheTearingOfOneCopy) {
  // Each byte that the checksum covers, and its own.
  for (size_t i = 0; i < sizeof(otherworld_pact_copy); i++) {
    page = mock::pact(kPid);
    reinterpret_cast<unsigned char*>(&page.copies[1])[i] ^= 0x10;
    EXPECT_EQ(group(), "old") << i;
    page = mock::pact(kPid);
    reinterpret_cast<unsigned char*>(&page.copies[0])[i] ^= 0x10;
    EXPECT_EQ(group(), "shop") << i;
  }
}

TEST_F(JudgedPact, IsTornIfBothCopiesAre) {
  for (auto& copy : page.copies)
    copy.sequence++;
  EXPECT_EQ(judge(), OTHERWORLD_PACT_TORN);
  for (auto& copy : page.copies)
    copy = {};
  EXPECT_EQ(judge(), OTHERWORLD_PACT_TORN);
}

TEST_F(JudgedPact, IsTornIfTheNewerMakesNoSense) {
  auto& newer = page.copies[1];
  newer.action = OTHERWORLD_ACTION_COUNT;
  mock::seal(newer);
  EXPECT_EQ(judge(), OTHERWORLD_PACT_TORN);
  newer.action = ~0U;
  mock::seal(newer);
  EXPECT_EQ(judge(), OTHERWORLD_PACT_TORN);
  newer.action = OTHERWORLD_ACTION_TERMINATE;
  std::memset(newer.group, 'g', sizeof(newer.group));
  mock::seal(newer);
  EXPECT_EQ(judge(), OTHERWORLD_PACT_TORN);
  // As long as it may be.
  newer.group[sizeof(newer.group) - 1] = '\0';
  mock::seal(newer);
  EXPECT_EQ(group(), std::string(OTHERWORLD_GROUP_LEN - 1, 'g'));
}

TEST_F(JudgedPact, CountsByNumbersThatDoNotWrap) {
  page.copies[0] = mock::pact_copy(~0ULL, "highest");
  page.copies[1] = mock::pact_copy(0, "wrapped");
  EXPECT_EQ(group(), "highest");
  page.copies[0] = mock::pact_copy((1ULL << 63) - 1, "below");
  page.copies[1] = mock::pact_copy(1ULL << 63, "above");
  EXPECT_EQ(group(), "above");
  page.copies[0] = mock::pact_copy(7, "one");
  page.copies[1] = mock::pact_copy(7, "other");
  EXPECT_EQ(group(), "one");
}

// --- In dead memory
// --------------------------------------------------------

class DeadPact : public mock::MachineTest {
 protected:
  DeadPact() : holder(mock::populate_pact(machine, kPid)) {}
  void SetUp() override { start(); }

  // The pact of a process, or none; why it cannot be told is in `cursor`.
  std::optional<ow_dead_pact> find(int pid) {
    struct Search {
      DeadPact* self;
      ow_user_tables* tables;
      ow_task task;
      std::optional<ow_dead_pact> found;
    } search = {this, nullptr, {}, {}};
    ow_mm mm;
    EXPECT_TRUE(ow_task_read(fresh(), ow_virt_at(task(pid)), &search.task));
    EXPECT_TRUE(ow_mm_read(&cursor, search.task.mm, &mm));
    search.tables = ow_user_tables_new(kernel.get(), mm.pgd);
    ow_vmas_walk(
        kernel.get(), &mm,
        [](void* priv, const ow_vma* vma) {
          auto* const s = static_cast<Search*>(priv);
          ow_cursor* const c = &s->self->cursor;
          ow_dead_pact dead;
          if (ow_vma_is_pact(c, vma) &&
              ow_dead_pact_read(c, s->tables, &s->task, vma->start, &dead))
            s->found = dead;
          return OW_GO_ON;
        },
        &search, &why);
    ow_user_tables_free(search.tables);
    return search.found;
  }
  void put_entry(uint64_t entry) {
    machine.mem.put<uint64_t>(machine.user_slot(holder.process, mock::kPactAt),
                              entry);
  }

  mock::PactHolder holder;
};

TEST_F(DeadPact, IsFoundByTheDeviceAlone) {
  const auto dead = find(kPid);
  ASSERT_TRUE(dead);
  EXPECT_EQ(dead->state, OTHERWORLD_PACT_VALID);
  EXPECT_FALSE(dead->swapped_out);
  EXPECT_EQ(dead->pact.at, mock::kPactAt);
  EXPECT_STREQ(dead->pact.copy.group, "shop");
  // The shell has a mapping of a file, and no pact.
  EXPECT_FALSE(find(20));
  EXPECT_TRUE(ow_cursor_ok(&cursor));
}

TEST_F(DeadPact, IsJudgedByTheProcessThatHasIt) {
  machine.mem.put(holder.page, mock::pact(kPid + 1));
  EXPECT_EQ(find(kPid)->state, OTHERWORLD_PACT_FOREIGN);
  machine.mem.put(holder.page, otherworld_pact{});
  EXPECT_EQ(find(kPid)->state, OTHERWORLD_PACT_NONE);
}

TEST_F(DeadPact, OfAPidNamespaceHasItsPid) {
  const uint64_t pid = mock::Machine::direct(machine.alloc(256));
  machine.set(holder.process.leader, OW_F_task_struct_thread_pid, pid);
  machine.set(pid, OW_F_pid_level, 2);
  machine.set(pid, OW_F_pid_nr, kPid);
  machine.put(machine.at(pid, OW_F_pid_nr) + 2 * machine.constant(OW_S_upid),
              3);
  EXPECT_EQ(find(kPid)->state, OTHERWORLD_PACT_FOREIGN);
  machine.mem.put(holder.page, mock::pact(3));
  EXPECT_EQ(find(kPid)->state, OTHERWORLD_PACT_VALID);
  machine.set(pid, OW_F_pid_level, 33);
  EXPECT_FALSE(find(kPid));
  EXPECT_EQ(cursor.fault.status, OW_BAD_DATA);
}

TEST_F(DeadPact, ThatIsSwappedOutIsSaidToBe) {
  put_entry(0x0ffffffffff80000);
  const auto dead = find(kPid);
  ASSERT_TRUE(dead);
  EXPECT_TRUE(dead->swapped_out);
  EXPECT_EQ(dead->pact.at, mock::kPactAt);
}

TEST_F(DeadPact, InMotionCannotBeRead) {
  // Of a type that no swap area has.
  put_entry(0xfffffffffff80000);
  EXPECT_FALSE(find(kPid));
  EXPECT_EQ(cursor.fault.status, OW_REFUSED);
}

TEST_F(DeadPact, ThatWasNeverTouchedIsEmpty) {
  put_entry(0);
  const auto dead = find(kPid);
  ASSERT_TRUE(dead);
  EXPECT_EQ(dead->state, OTHERWORLD_PACT_NONE);
  EXPECT_FALSE(dead->swapped_out);
}

TEST_F(DeadPact, WhosePageIsNotInTheDumpCannotBeRead) {
  put_entry(machine.first_frame << 12 | mock::kPresent);
  EXPECT_FALSE(find(kPid));
  EXPECT_EQ(cursor.fault.status, OW_BAD_ADDRESS);
  EXPECT_EQ(cursor.fault.space, OW_SPACE_PHYS);
}

TEST_F(DeadPact, WithoutPageTablesCannotBeRead) {
  machine.set(holder.process.mm, OW_F_mm_struct_pgd, 0x1000);
  EXPECT_FALSE(find(kPid));
  EXPECT_EQ(cursor.fault.status, OW_BAD_DATA);
}

TEST_F(DeadPact, OfAKernelThatDoesNotTellOfTheDevice) {
  kernel->layout.present[OW_A_ow_fops] = false;
  EXPECT_FALSE(find(kPid));
  EXPECT_EQ(cursor.fault.status, OW_MISSING);
  // No file without operations is taken for it.
  kernel->layout.present[OW_A_ow_fops] = true;
  kernel->layout.entries[OW_A_ow_fops].value = 0;
  EXPECT_FALSE(find(20));
  EXPECT_TRUE(ow_cursor_ok(&cursor));
}

}  // namespace
