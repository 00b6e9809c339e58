// SPDX-License-Identifier: GPL-2.0
// A crash after any instruction of an update finds the state before or the one
// after it, whole; and no update asks the kernel for anything.
#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "libow_stand_in.h"
#include "libow_stepper.h"
#include "otherworld/ow.h"
#include "procedure.h"
#include "region_file.h"

namespace libow_test {
namespace {

int first(const ow_crash* /*unused*/, void* /*unused*/) {
  return OW_CONTINUE;
}
int second(const ow_crash* /*unused*/, void* /*unused*/) {
  return OW_CONTINUE;
}

// A page that the parent sees, too.
void* shared_page = nullptr;
void* map_shared_page(int /*unused*/) {
  return shared_page;
}

class Steps : public Otherworld {
 protected:
  void SetUp() override {
    Otherworld::SetUp();
    libow::device.map = map_shared_page;
    shared_page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared_page, MAP_FAILED);
  }
  void TearDown() override {
    munmap(shared_page, 4096);
    Otherworld::TearDown();
  }
};

Pact pact_of(pid_t child) {
  return read_pact(*static_cast<const otherworld_pact*>(shared_page), child);
}

// What a resurrection would do, in words.
std::string meaning(pid_t child) {
  const Pact pact = pact_of(child);
  if (pact.state != OTHERWORLD_PACT_VALID) {
    return pact.state == OTHERWORLD_PACT_NONE ? "none" : "torn";
  }
  std::string text = std::to_string(pact.copy.action) + " " +
                     std::to_string(pact.copy.limit_ms) + " " + pact.copy.group;
  for (unsigned slot = 0; slot < libow::kProcedures; ++slot) {
    if (pact.copy.procedure == libow::entry_of(slot)) {
      const libow::Procedure procedure =
          of_child(child, libow::procedures[slot]);
      const auto number = reinterpret_cast<std::uintptr_t>(procedure.data);
      text += procedure.function == first ? " first" : " second";
      text += " " + std::to_string(number);
    }
  }
  return text;
}

// Steps through body() and expects nothing but these two, in this order.
template <typename Prepare, typename Body>
void expect_change(const std::string& before, const std::string& after,
                   Prepare&& prepare, Body&& body) {
  std::string last = before;
  long changes = 0;
  const long steps = trace(PTRACE_SINGLESTEP, prepare, body, [&](pid_t child) {
    const std::string now = meaning(child);
    if (now != last) {
      EXPECT_EQ(last, before);
      EXPECT_EQ(now, after);
      last = now;
      ++changes;
    }
  });
  EXPECT_GT(steps, 100);
  EXPECT_EQ(last, after);
  EXPECT_EQ(changes, 1);
}

void* number(std::uint64_t value) {
  return pointer<void>(value);
}

TEST_F(Steps, TheFirstCall) {
  expect_change(
      "none", "0 0 one", [] {}, [] { EXPECT_EQ(ow_join_group("one"), 0); });
}

TEST_F(Steps, JoiningAnotherGroup) {
  expect_change(
      "0 0 a-long-name/of-a-group", "0 0 two",
      [] { EXPECT_EQ(ow_join_group("a-long-name/of-a-group"), 0); },
      [] { EXPECT_EQ(ow_join_group("two"), 0); });
}

TEST_F(Steps, RegisteringTheFirstProcedure) {
  expect_change(
      "0 0 g", "1 5 g first 1", [] { EXPECT_EQ(ow_join_group("g"), 0); },
      [] {
        EXPECT_EQ(ow_register_crash_procedure(first, number(1), 0, 5), 0);
      });
}

// The procedure and its data belong together at any instant, as do the stack
// and its size.
TEST_F(Steps, ReplacingAProcedure) {
  expect_change(
      "1 5  first 1", "1 6  second 2",
      [] { EXPECT_EQ(ow_register_crash_procedure(first, number(1), 0, 5), 0); },
      [] {
        EXPECT_EQ(ow_register_crash_procedure(second, number(2), 1 << 20, 6),
                  0);
      });
}

TEST_F(Steps, ReplacingAProcedureOfMany) {
  expect_change(
      "1 5  first 2", "1 6  second 3",
      [] {
        EXPECT_EQ(ow_register_crash_procedure(second, number(1), 0, 4), 0);
        EXPECT_EQ(ow_register_crash_procedure(first, number(2), 0, 5), 0);
      },
      [] {
        EXPECT_EQ(ow_register_crash_procedure(second, number(3), 0, 6), 0);
      });
}

TEST_F(Steps, RemovingAProcedure) {
  expect_change(
      "1 5  first 1", "0 0 ",
      [] { EXPECT_EQ(ow_register_crash_procedure(first, number(1), 0, 5), 0); },
      [] {
        EXPECT_EQ(ow_register_crash_procedure(nullptr, nullptr, 0, 0), 0);
      });
}

// The stack that the pact names is there after each instruction.
TEST_F(Steps, ALargerStackIsThereBeforeItIsNamed) {
  const long steps = trace(
      PTRACE_SINGLESTEP,
      [] { EXPECT_EQ(ow_register_crash_procedure(first, nullptr, 0, 0), 0); },
      [] {
        EXPECT_EQ(ow_register_crash_procedure(first, nullptr, 1 << 20, 0), 0);
      },
      [](pid_t child) {
        const otherworld_pact_copy copy = pact_of(child).copy;
        for (const std::uint64_t at :
             {copy.stack, copy.stack + copy.stack_size - 8}) {
          of_child(child, *pointer<const char>(at));
        }
      });
  EXPECT_GT(steps, 100);
}

TEST_F(Steps, NoUpdateCallsTheKernel) {
  const auto prepare = [] {
    EXPECT_EQ(ow_register_crash_procedure(first, nullptr, 0, 0), 0);
  };
  const auto ignore = [](pid_t) {};
  EXPECT_EQ(trace(
                PTRACE_SYSCALL, prepare,
                [] {
                  ow_register_crash_procedure(second, number(1), 0, 10);
                  ow_register_crash_procedure(first, number(2), 20000, 0);
                  ow_join_group("shop/db");
                  ow_wish(OW_ACTION_HOT_RESTART);
                  ow_leave_group();
                  ow_register_crash_procedure(nullptr, nullptr, 0, 0);
                  ow_register_crash_procedure(second, number(3), 0, 0);
                },
                ignore),
            0);
  // And one would have been seen: on its way in and out.
  EXPECT_EQ(trace(
                PTRACE_SYSCALL, prepare, [] { getppid(); }, ignore),
            2);
}

TEST_F(Steps, GuardsDoNotCallTheKernel) {
  EXPECT_EQ(trace(
                PTRACE_SYSCALL, [] {},
                [] {
                  static char text[100];
                  ow_guard(text, sizeof(text), "text");
                  ow_guard_open(text);
                  ow_guard_close(text);
                  ow_unguard(text);
                },
                [](pid_t) {}),
            0);
}

struct Record {
  std::uint64_t number;
  char filling[304];
};

Record record_of(std::uint64_t number) {
  Record record = {number, {}};
  std::memset(record.filling, static_cast<int>('a' + number % 26),
              sizeof(record.filling));
  return record;
}

// Whoever opens the region after a crash at any instruction of a commit.
TEST_F(Steps, ACommitIsThereOrNot) {
  ow_region* region = nullptr;
  ASSERT_EQ(ow_region_open("r", sizeof(Record), 0, &region), 0);
  ow_region_close(region);
  const std::string path = regions() + "/" + std::to_string(geteuid()) + "/r";
  const int fd = open(path.c_str(), O_RDONLY);
  const std::size_t size = libow::region_file_size(sizeof(Record));
  void* mapping = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  ASSERT_NE(mapping, MAP_FAILED);
  const auto& file = *static_cast<const libow::RegionHeader*>(mapping);

  for (std::uint64_t before = 0; before < 4; ++before) {
    ow_region* opened = nullptr;
    std::uint64_t last = before;
    long changes = 0;
    const long steps = trace(
        PTRACE_SINGLESTEP,
        [&] {
          ASSERT_EQ(ow_region_open("r", sizeof(Record), 0, &opened), 0);
          *static_cast<Record*>(ow_region_data(opened)) = record_of(before + 1);
        },
        [&] { EXPECT_EQ(ow_region_commit(opened), 0); },
        [&](pid_t) {
          const libow::RegionState state = libow::region_read(file);
          ASSERT_FALSE(state.damaged);
          if (state.sequence != last) {
            ++changes;
            last = state.sequence;
          }
          if (state.sequence != 0) {
            const Record wanted = record_of(state.sequence);
            ASSERT_EQ(std::memcmp(state.data, &wanted, sizeof(wanted)), 0);
          }
        });
    EXPECT_GT(steps, 100);
    EXPECT_EQ(changes, 1);
    EXPECT_EQ(last, before + 1);
  }
  munmap(mapping, size);
  close(fd);
}

TEST_F(Steps, ACommitDoesNotCallTheKernel) {
  ow_region* region = nullptr;
  EXPECT_EQ(trace(
                PTRACE_SYSCALL,
                [&] { ASSERT_EQ(ow_region_open("r", 1024, 0, &region), 0); },
                [&] {
                  for (int i = 0; i < 100; ++i) {
                    ow_region_commit(region);
                  }
                },
                [](pid_t) {}),
            0);
}

}  // namespace
}  // namespace libow_test
