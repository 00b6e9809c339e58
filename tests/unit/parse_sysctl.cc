// SPDX-License-Identifier: GPL-2.0
// Dead sysctls: names found in trees of directories, and trees that are broken.
#include "ow_sysctl.h"

#include <map>
#include <string>
#include <vector>

#include "parse_processes_fixture.h"

namespace {

constexpr uint64_t kDirectory = 0040555, kLink = 0120777, kFile = 0644;

struct Entry {
  std::string name;
  uint64_t mode = kFile;
  uint64_t data = 0;
  uint64_t size = 4;
};

class ParseSysctl : public mock::MachineTest {
 protected:
  // A header with its tables and nodes, as registering makes it.
  uint64_t header(uint64_t at, const std::vector<Entry>& entries) {
    const uint64_t tables = machine.make("ctl_table");
    for (size_t i = 1; i < entries.size(); i++)
      machine.make("ctl_table");
    const uint64_t nodes = machine.make("ctl_node");
    for (size_t i = 1; i < entries.size(); i++)
      machine.make("ctl_node");
    machine.set(at, OW_F_ctl_table_header_ctl_table, tables);
    machine.set(at, OW_F_ctl_table_header_node, nodes);
    machine.set(at, OW_F_ctl_table_header_ctl_table_size, entries.size());
    for (size_t i = 0; i < entries.size(); i++) {
      const uint64_t table = tables + i * machine.layout.size_of("ctl_table");
      const uint64_t node = nodes + i * machine.layout.size_of("ctl_node");
      machine.set(table, OW_F_ctl_table_procname,
                  machine.string(entries[i].name));
      machine.set(table, OW_F_ctl_table_mode, entries[i].mode);
      machine.set(table, OW_F_ctl_table_data, entries[i].data);
      machine.set(table, OW_F_ctl_table_maxlen, entries[i].size);
      machine.set(node, OW_F_ctl_node_header, at);
      names_[rb(node)] = entries[i].name;
    }
    return nodes;
  }

  [[nodiscard]] uint64_t rb(uint64_t node) const {
    return machine.at(node, OW_F_ctl_node_node);
  }

  // As the kernel does, without balance.
  void insert(uint64_t dir, uint64_t node) {
    uint64_t slot = machine.at(dir, OW_F_ctl_dir_root);
    while (machine.word(slot))
      slot = machine.at(machine.word(slot),
                        names_[rb(node)] < names_[machine.word(slot)]
                            ? OW_F_rb_node_rb_left
                            : OW_F_rb_node_rb_right);
    machine.put(slot, rb(node));
  }

  void fill(uint64_t dir, const std::vector<Entry>& entries) {
    const uint64_t nodes = header(machine.make("ctl_table_header"), entries);
    for (size_t i = 0; i < entries.size(); i++)
      insert(dir, nodes + i * machine.layout.size_of("ctl_node"));
  }

  uint64_t directory(uint64_t parent, const std::string& name) {
    const uint64_t made = machine.make("ctl_dir");
    insert(parent,
           header(machine.at(made, OW_F_ctl_dir_header), {{name, kDirectory}}));
    return made;
  }

  void SetUp() override {
    root = machine.make("ctl_dir");
    machine.layout.table[OW_C_OW_SYSCTL_DIR].value = root;
    // Nothing in these yet.
    for (const ow_fact fact : {OW_A_init_net, OW_A_init_ipc_ns})
      machine.layout.table[fact].value = machine.make("ctl_dir");
    for (const ow_fact fact :
         {OW_F_net_sysctl_dir, OW_F_ipc_namespace_sysctl_dir})
      machine.layout.table[fact].value = 0;

    kernel_dir = directory(root, "kernel");
    vm = directory(root, "vm");
    fill(vm, {{"swappiness", kFile, 0x100},
              {"dirty_ratio", kFile, 0x200},
              {"overcommit_memory", kFile, 0x300, 8},
              {"made_up", kFile, 0},
              {"huge", kFile, 0x400, OW_SYSCTL_SIZE + 1}});
    fill(vm, {{"zone", kFile, 0x500}, {"above", kFile, 0x600}});
    fill(kernel_dir, {{"hostname", kFile, 0x700, 65}, {"sem", kLink, 0x800}});
  }

  uint64_t find(const char* name) {
    ow_sysctl found = {};
    if (!ow_sysctl_find(fresh(), name, &found))
      return 0;
    size = found.size;
    return found.data.a;
  }

  uint64_t root = 0, kernel_dir = 0, vm = 0;
  uint32_t size = 0;

 private:
  std::map<uint64_t, std::string> names_;
};

TEST_F(ParseSysctl, AreFoundByTheirNames) {
  start();
  EXPECT_EQ(find("vm.swappiness"), 0x100U);
  EXPECT_EQ(find("vm.dirty_ratio"), 0x200U);
  EXPECT_EQ(find("vm.zone"), 0x500U);
  EXPECT_EQ(find("vm.above"), 0x600U);
  EXPECT_EQ(find("kernel.hostname"), 0x700U);
  EXPECT_EQ(size, 65U);
  EXPECT_TRUE(ow_cursor_ok(&cursor));
}

TEST_F(ParseSysctl, WhatIsNotThereIsNoDamage) {
  start();
  for (const char* name :
       {"vm", "vm.", "", ".", "vm.swap", "vm.swappiness2", "fs.nr_open",
        "vm.swappiness.more", "vm.made_up", "vm.huge", "kernel.sem"}) {
    EXPECT_EQ(find(name), 0U) << name;
    EXPECT_TRUE(ow_cursor_ok(&cursor)) << name;
  }
  EXPECT_EQ(find(("vm." + std::string(100, 'x')).c_str()), 0U);
}

TEST_F(ParseSysctl, TheFirstNamespacesHaveTheirOwn) {
  fill(directory(machine.constant(OW_A_init_ipc_ns), "kernel"),
       {{"sem", kFile, 0x900, 16}});
  start();
  EXPECT_EQ(find("kernel.sem"), 0x900U);
  EXPECT_EQ(size, 16U);
}

TEST_F(ParseSysctl, AKernelWithoutAnyHasNone) {
  for (const ow_fact fact :
       {OW_C_OW_SYSCTL_DIR, OW_A_init_net, OW_A_init_ipc_ns})
    machine.layout.table[fact].name = 1;
  start();
  EXPECT_EQ(find("vm.swappiness"), 0U);
  EXPECT_TRUE(ow_cursor_ok(&cursor));
}

TEST_F(ParseSysctl, ATreeThatGoesRoundInCirclesEnds) {
  const uint64_t first = machine.get(vm, OW_F_ctl_dir_root);
  machine.set(first, OW_F_rb_node_rb_right, first);
  machine.set(first, OW_F_rb_node_rb_left, first);
  start();
  EXPECT_EQ(find("vm.dirty_ratio"), 0U);
  EXPECT_EQ(cursor.fault.status, OW_BAD_DATA);
}

TEST_F(ParseSysctl, ANodeOfNoTableIsDamage) {
  const uint64_t first = machine.get(vm, OW_F_ctl_dir_root);
  const uint64_t node = first - machine.at(0, OW_F_ctl_node_node);
  const uint64_t head = machine.get(node, OW_F_ctl_node_header);
  machine.set(head, OW_F_ctl_table_header_ctl_table_size, 0);
  start();
  EXPECT_EQ(find("vm.swappiness"), 0U);
  EXPECT_EQ(cursor.fault.status, OW_BAD_DATA);
  machine.set(head, OW_F_ctl_table_header_ctl_table_size, 5);
  EXPECT_EQ(find("vm.swappiness"), 0x100U);
  machine.set(head, OW_F_ctl_table_header_node, node + 8);
  EXPECT_EQ(find("vm.swappiness"), 0U);
  EXPECT_EQ(cursor.fault.status, OW_BAD_DATA);
}

}  // namespace
