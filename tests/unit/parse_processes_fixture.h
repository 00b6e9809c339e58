// SPDX-License-Identifier: GPL-2.0
// What the tests of the parser's object walks share.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "ow_files.h"
#include "ow_judge.h"
#include "ow_mounts.h"
#include "ow_task.h"
#include "ow_user.h"
#include "parse_mock_machine.h"

namespace mock {

class MachineTest : public testing::Test {
 protected:
  MachineTest() { populate(machine); }

  // After the last change to the layout.
  void start() {
    info_ = machine.vmcoreinfo();
    ow_vmcoreinfo vi;
    ASSERT_EQ(ow_vmcoreinfo_init(&vi, info_.data(), info_.size(), &why), OW_OK);
    ASSERT_EQ(ow_kernel_init(kernel.get(), machine.mem.memory(), &vi,
                             machine.layout.table.data(),
                             machine.layout.table.size(), &why),
              OW_OK);
    why = {};
    ow_cursor_init(&cursor, kernel.get());
  }
  // A cursor that has not failed yet.
  ow_cursor* fresh() {
    ow_cursor_init(&cursor, kernel.get());
    return &cursor;
  }

  std::vector<int> pids() {
    std::vector<int> found;
    walk_ = {this, &found};
    ow_processes_walk(kernel.get(), &note_pid, &walk_, &why);
    return found;
  }
  std::vector<int> threads(uint64_t signal) {
    std::vector<int> found;
    walk_ = {this, &found};
    ow_threads_walk(kernel.get(), ow_virt_at(signal), &note_pid, &walk_, &why);
    return found;
  }
  // The leader with this PID, by its object.
  uint64_t task(int pid) {
    struct Search {
      MachineTest* self;
      int pid;
      uint64_t found;
    } search = {this, pid, 0};
    ow_processes_walk(
        kernel.get(),
        [](void* priv, ow_virt at) {
          auto* const s = static_cast<Search*>(priv);
          ow_cursor c;
          ow_cursor_init(&c, s->self->kernel.get());
          if (static_cast<int>(ow_get(&c, at, OW_F_task_struct_pid)) == s->pid)
            s->found = at.a;
          return OW_GO_ON;
        },
        &search, nullptr);
    return search.found;
  }
  uint64_t of_task(int pid, ow_fact field) {
    return machine.get(task(pid), field);
  }

  Machine machine;
  std::unique_ptr<ow_kernel> kernel = std::make_unique<ow_kernel>();
  ow_cursor cursor{};
  ow_fault_info why{};

 private:
  struct Walk {
    MachineTest* self;
    std::vector<int>* found;
  };
  static int note_pid(void* priv, ow_virt at) {
    auto* const walk = static_cast<Walk*>(priv);
    ow_cursor c;
    ow_cursor_init(&c, walk->self->kernel.get());
    walk->found->push_back(
        static_cast<int>(ow_get(&c, at, OW_F_task_struct_pid)));
    return OW_GO_ON;
  }

  Walk walk_{};
  std::string info_;
};

}  // namespace mock
