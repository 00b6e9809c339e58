// SPDX-License-Identifier: GPL-2.0
// A mock kernel with processes: tasks, credentials, address spaces with page
// tables, files and mounts, laid out by a table made up for it. All lies in
// the kernel's image and is addressed through a direct map, so that the image
// alone is a whole dead machine.
#pragma once

#include <map>
#include <utility>

#include "ow_kernel.h"
#include "parse_mock.h"

namespace mock {

constexpr uint64_t kDirectMap = 0xffff888000000000;
constexpr uint64_t kFileMode = 0100644, kDirectoryMode = 0040755,
                   kPipeMode = 0010600, kSocketMode = 0140777;
// Frames behind the image, with struct pages but without content.
constexpr uint64_t kFrames = 16;
constexpr uint64_t kVdsoSize = 0x2000, kVvarSize = 0x4000;

// Nearly every field is 8 bytes, whatever it is in a real kernel: that the
// table is believed, and nothing else, is what is to be shown.
class Layout {
 public:
  Layout() : table(OW_FACT_COUNT) {
    for (int i = 0; i < OW_FACT_COUNT; i++)
      describe(static_cast<ow_fact>(i));
    for (int i = 0; i < OW_FACT_COUNT; i++) {
      const std::string name = ow_fact_name(static_cast<ow_fact>(i));
      if (name.rfind("sizeof(", 0) == 0)
        table[i].value = size_of(name.substr(7, name.size() - 8));
    }
  }

  [[nodiscard]] uint64_t size_of(const std::string& type) const {
    if (type == "pt_regs")
      return 21ULL * 8;
    if (type == "maple_node")
      return 256;
    const auto it = sizes_.find(type);
    const uint64_t size = it == sizes_.end() ? 8 : it->second;
    return type == "page" ? 64 : size;
  }

  std::vector<ow_layout_entry> table;  // by enum ow_fact

 private:
  static uint16_t field_size(const std::string& name) {
    static const std::map<std::string, uint16_t> kSizes = {
        {"task_struct.tasks", 16},
        {"task_struct.thread_node", 16},
        {"task_struct.comm", 16},
        {"task_struct.pid", 4},
        {"task_struct.tgid", 4},
        {"signal_struct.thread_head", 16},
        {"signal_struct.pids", 32},
        {"signal_struct.rlim", 256},
        {"signal_struct.oom_score_adj", 2},
        {"mm_struct.saved_auxv", 416},
        {"maple_node.r64_pivot", 120},
        {"maple_node.r64_slot", 128},
        {"maple_node.a64_pivot", 72},
        {"maple_node.a64_slot", 80},
        {"page._refcount", 4},
        {"page._mapcount", 4},
        {"page.page_type", 4},
        {"ctl_dir.header", 24},
        {"ctl_node.node", 24},
        {"mount.mnt_mounts", 16},
        {"mount.mnt_child", 16},
        {"address_space.i_pages", 16},
        {"xa_node.slots", 512},
        {"xa_node.marks", 24},
        {"sighand_struct.action", 2048},
        {"simple_xattr.rb_node", 24},
        {"simple_xattr.value", 0},
        {"group_info.gid", 0},
        {"anon_vma_name.name", 0},
    };
    const auto it = kSizes.find(name);
    return it == kSizes.end() ? 8 : it->second;
  }

  uint64_t constant(const std::string& name) {
    static const std::map<std::string, uint64_t> kValues = {
        {"PF_EXITING", 4},
        {"PF_KTHREAD", 0x200000},
        {"PF_USER_WORKER", 0x4000},
        {"EXIT_DEAD", 16},
        {"EXIT_ZOMBIE", 32},
        {"TASK_INTERRUPTIBLE", 1},
        {"TASK_UNINTERRUPTIBLE", 2},
        {"__TASK_STOPPED", 4},
        {"__TASK_TRACED", 8},
        {"TIF_ADDR32", 29},
        {"THREAD_SIZE", 16384},
        {"PIDTYPE_PGID", 2},
        {"PIDTYPE_SID", 3},
        {"maple_leaf_64", 1},
        {"maple_range_64", 2},
        {"maple_arange_64", 3},
        {"OW_DIRECT_MAP", kDirectMap},
        {"OW_DIRECT_MAP_SIZE", 1ULL << 32},
        {"OW_VDSO_SIZE", kVdsoSize},
        {"OW_VVAR_SIZE", kVvarSize},
        {"OW_ZERO_PFN", 1},
        {"PGTY_table", 0xf2},
        {"MAX_SWAPFILES", 24},
        {"SWP_MIGRATION_READ", 25},
        {"SWP_MIGRATION_READ_EXCLUSIVE", 26},
        {"SWP_MIGRATION_WRITE", 27},
        {"SWP_PFN_MASK", (1ULL << 40) - 1},
        {"SWP_MIG_YOUNG", 1ULL << 40},
        {"SWP_MIG_DIRTY", 1ULL << 41},
        {"SWP_TYPE_SHIFT", 58},
        {"SWAP_ADDRESS_SPACE_SHIFT", 4},
        {"SWAP_MAP_BAD", 0x3f},
        {"SWAP_HAS_CACHE", 0x40},
    };
    const auto it = kValues.find(name);
    if (it != kValues.end())
      return it->second;
    if (name.rfind("PG_", 0) == 0 || name.rfind("OW_PG_", 0) == 0 ||
        name.rfind("BH_", 0) == 0)
      return next_bit_number_++ % 60;
    return 1ULL << (next_flag_++ % 63);
  }

  void describe(ow_fact fact) {
    const std::string name = ow_fact_name(fact);
    ow_layout_entry& entry = table[fact];
    entry.name = ow_fact_hash(fact);
    const size_t dot = name.find('.');
    if (name[0] == '&' || name.rfind("sizeof(", 0) == 0)
      return;
    if (dot == std::string::npos) {
      entry.value = constant(name);
      return;
    }
    // As in the kernel, the two views of a maple node share its bytes.
    std::string type = name.substr(0, dot);
    if (type == "maple_node")
      type += name.substr(dot, 2);
    uint64_t& size = sizes_[type];
    if (size == 0 && type[0] == 'm' && type.rfind("maple_node", 0) == 0)
      size = 8;
    entry.size = field_size(name);
    entry.value = size;
    size += (entry.size + 7ULL) / 8 * 8;
  }

  std::map<std::string, uint64_t> sizes_;
  unsigned next_flag_ = 0, next_bit_number_ = 0;
};

struct Process {
  int pid = 0;
  uint64_t leader = 0, signal = 0, cred = 0, mm = 0, files = 0, fs = 0;
  uint64_t user_root = 0;  // physical, of its page tables
  std::vector<uint64_t> vmas;
  uint64_t fdtable = 0;
};

class Machine : public Kernel {
 public:
  explicit Machine(uint64_t size = 0x80000, uint64_t phys = 0x1000000)
      : Kernel(4, phys, size) {
    const uint64_t pages = alloc((size / 4096 + kFrames) * 64, 64);
    first_frame = (phys + size) / 4096;
    layout.table[OW_C_OW_VMEMMAP].value =
        direct(pages) - phys / 4096 * layout.size_of("page");
    idle = make("task_struct");
    layout.table[OW_A_init_task].value = idle;
    layout.table[OW_A_init_user_ns].value = direct(alloc(8));
    list_init(at(idle, OW_F_task_struct_tasks));
    namespaces_ = make("nsproxy");
    layout.table[OW_A_init_nsproxy].value = namespaces_;
    root_dentry = dentry("/", 0, inode(kDirectoryMode, "ext4"));
    root_mount = mount(0, 0, root_dentry, "/dev/root");
    const uint64_t ns = make("mnt_namespace");
    set(namespaces_, OW_F_nsproxy_mnt_ns, ns);
    set(ns, OW_F_mnt_namespace_root, root_mount);
    set(root_mount, OW_F_mount_mnt_ns, ns);
  }

  // Writes the table into the image and says so in VMCOREINFO.
  void announce() {
    const uint64_t where = alloc(layout.table.size() * sizeof(ow_layout_entry));
    for (size_t i = 0; i < layout.table.size(); i++)
      mem.put(where + i * sizeof(ow_layout_entry), layout.table[i]);
    char line[160];
    snprintf(line, sizeof(line),
             "SYMBOL(ow_layout)=%lx\nSIZE(ow_layout_entry)=16\n"
             "NUMBER(ow_layout_count)=%zu\n",
             text(where), layout.table.size());
    extra_info += line;
  }

  static uint64_t direct(uint64_t phys) { return kDirectMap + phys; }
  static uint64_t phys(uint64_t direct) { return direct - kDirectMap; }

  uint64_t make(const std::string& type, uint64_t align = 8) {
    return direct(alloc(layout.size_of(type), align));
  }
  [[nodiscard]] uint64_t at(uint64_t object, ow_fact field) const {
    return object + layout.table[field].value;
  }
  void set(uint64_t object, ow_fact field, uint64_t value) {
    const size_t size = layout.table[field].size;
    std::memcpy(mem.at(phys(at(object, field))), &value,
                size < sizeof(value) ? size : sizeof(value));
  }
  uint64_t get(uint64_t object, ow_fact field) {
    return word(at(object, field));
  }
  void put(uint64_t where, uint64_t value) { mem.put(phys(where), value); }
  uint64_t word(uint64_t where) { return mem.get<uint64_t>(phys(where)); }
  [[nodiscard]] uint64_t constant(ow_fact fact) const {
    return layout.table[fact].value;
  }
  uint64_t string(std::string_view text) {
    const uint64_t where = alloc(text.size() + 1);
    std::memcpy(mem.at(where), text.data(), text.size());
    return direct(where);
  }

  void list_init(uint64_t head) {
    put(head, head);
    put(head + 8, head);
  }
  void list_add(uint64_t head, uint64_t node) {
    const uint64_t last = word(head + 8);
    put(node, head);
    put(node + 8, last);
    put(last, node);
    put(head + 8, node);
  }

  Process process(int pid, uint64_t parent, const char* name) {
    Process made;
    made.pid = pid;
    made.signal = make("signal_struct");
    list_init(at(made.signal, OW_F_signal_struct_thread_head));
    made.cred = make("cred");
    set(made.cred, OW_F_cred_user_ns, constant(OW_A_init_user_ns));
    set(made.cred, OW_F_cred_group_info, make("group_info") + 0);
    made.mm = make("mm_struct");
    made.user_root = page();
    set(made.mm, OW_F_mm_struct_pgd, direct(made.user_root));
    made.files = make("files_struct");
    made.fdtable = make("fdtable");
    set(made.files, OW_F_files_struct_fdt, made.fdtable);
    set(made.fdtable, OW_F_fdtable_max_fds, 64);
    set(made.fdtable, OW_F_fdtable_fd, direct(alloc(64ULL * 8)));
    set(made.fdtable, OW_F_fdtable_open_fds, direct(alloc(8)));
    set(made.fdtable, OW_F_fdtable_close_on_exec, direct(alloc(8)));
    made.fs = make("fs_struct");
    for (const auto& [mnt, dir] :
         {std::pair{OW_F_fs_struct_root_mnt, OW_F_fs_struct_root_dentry},
          std::pair{OW_F_fs_struct_pwd_mnt, OW_F_fs_struct_pwd_dentry}}) {
      set(made.fs, mnt, at(root_mount, OW_F_mount_mnt));
      set(made.fs, dir, root_dentry);
    }
    made.leader = thread(made, pid, name);
    set(made.leader, OW_F_task_struct_real_parent, parent ? parent : idle);
    list_add(at(idle, OW_F_task_struct_tasks),
             at(made.leader, OW_F_task_struct_tasks));
    return made;
  }

  // The first one made is the leader.
  uint64_t thread(Process& of, int tid, const char* name) {
    const uint64_t task = make("task_struct");
    if (of.leader == 0)
      of.leader = task;
    set(task, OW_F_task_struct_pid, static_cast<uint64_t>(tid));
    set(task, OW_F_task_struct_tgid, static_cast<uint64_t>(of.pid));
    set(task, OW_F_task_struct_group_leader, of.leader);
    set(task, OW_F_task_struct_signal, of.signal);
    set(task, OW_F_task_struct_real_cred, of.cred);
    set(task, OW_F_task_struct_mm, of.mm);
    set(task, OW_F_task_struct_files, of.files);
    set(task, OW_F_task_struct_fs, of.fs);
    set(task, OW_F_task_struct_nsproxy, namespaces_);
    std::strncpy(
        reinterpret_cast<char*>(mem.at(phys(at(task, OW_F_task_struct_comm)))),
        name, 15);
    list_add(at(of.signal, OW_F_signal_struct_thread_head),
             at(task, OW_F_task_struct_thread_node));
    set(of.signal, OW_F_signal_struct_nr_threads,
        get(of.signal, OW_F_signal_struct_nr_threads) + 1);
    return task;
  }

  uint64_t vma(Process& of, uint64_t start, uint64_t end, uint64_t flags,
               uint64_t file = 0) {
    const uint64_t made = make("vm_area_struct");
    set(made, OW_F_vm_area_struct_vm_start, start);
    set(made, OW_F_vm_area_struct_vm_end, end);
    set(made, OW_F_vm_area_struct_vm_flags, flags);
    set(made, OW_F_vm_area_struct_vm_mm, of.mm);
    set(made, OW_F_vm_area_struct_vm_file, file);
    of.vmas.push_back(made);
    return made;
  }

  // A leaf with up to seven VMAs, in order; returns the entry that leads to it.
  uint64_t leaf(const std::vector<uint64_t>& vmas, uint64_t last = ~0ULL) {
    const uint64_t node = make("maple_node", 256);
    unsigned slot = 0;
    uint64_t next = 0;
    for (const uint64_t vma : vmas) {
      const uint64_t start = get(vma, OW_F_vm_area_struct_vm_start);
      const uint64_t end = get(vma, OW_F_vm_area_struct_vm_end);
      if (start > next)
        put(at(node, OW_F_maple_node_r64_pivot) + 8ULL * slot++, start - 1);
      put(at(node, OW_F_maple_node_r64_pivot) + 8ULL * slot, end - 1);
      put(at(node, OW_F_maple_node_r64_slot) + 8ULL * slot++, vma);
      next = end;
    }
    put(at(node, OW_F_maple_node_r64_pivot) + 8ULL * slot, last);
    return node | constant(OW_C_maple_leaf_64) << 3 | 2;
  }
  // A node above others, each with the last index below it.
  uint64_t branch(const std::vector<std::pair<uint64_t, uint64_t>>& children) {
    const uint64_t node = make("maple_node", 256);
    for (size_t i = 0; i < children.size(); i++) {
      put(at(node, OW_F_maple_node_a64_slot) + 8 * i, children[i].first);
      put(at(node, OW_F_maple_node_a64_pivot) + 8 * i, children[i].second);
    }
    return node | constant(OW_C_maple_arange_64) << 3 | 2;
  }
  void finish_maps(Process& of) {
    set(of.mm, OW_F_mm_struct_mt_root, leaf(of.vmas));
  }

  // Where the page table entry for a user address stands, physically.
  uint64_t user_slot(const Process& of, uint64_t virt, unsigned level = 1) {
    const uint64_t kernel_root = std::exchange(root, of.user_root);
    const uint64_t where = slot(virt, level);
    for (unsigned l = level; l < 4; l++)
      mark_table(slot(virt, l) / 4096);
    root = kernel_root;
    return where;
  }
  void user_page(const Process& of, uint64_t virt, uint64_t pfn) {
    mem.put<uint64_t>(user_slot(of, virt), pfn << 12 | kPresent | kWritable);
  }
  void mark_table(uint64_t pfn) {
    set(page_struct(pfn), OW_F_page_page_type, constant(OW_C_PGTY_table) << 24);
  }
  [[nodiscard]] uint64_t page_struct(uint64_t pfn) const {
    return constant(OW_C_OW_VMEMMAP) + pfn * layout.size_of("page");
  }

  uint64_t inode(uint64_t mode, const char* file_system) {
    const uint64_t made = make("inode");
    const uint64_t super = make("super_block");
    const uint64_t type = make("file_system_type");
    set(type, OW_F_file_system_type_name, string(file_system));
    set(super, OW_F_super_block_s_type, type);
    set(made, OW_F_inode_i_sb, super);
    set(made, OW_F_inode_i_mode, mode);
    set(made, OW_F_inode_i_ino, 1000 + ++inodes_);
    return made;
  }
  // Without a parent it is its own, as roots and pipes have it.
  uint64_t dentry(std::string_view name, uint64_t parent, uint64_t inode) {
    const uint64_t made = make("dentry");
    set(made, OW_F_dentry_d_parent, parent ? parent : made);
    set(made, OW_F_dentry_name, string(name));
    set(made, OW_F_dentry_name_len, name.size());
    set(made, OW_F_dentry_d_inode, inode);
    set(made, OW_F_dentry_hash_pprev, parent ? 1 : 0);
    return made;
  }
  // Of `root`, on `mountpoint` of `parent`; 0 for the root of all.
  uint64_t mount(uint64_t parent, uint64_t mountpoint, uint64_t root_of,
                 const char* source) {
    const uint64_t made = make("mount");
    set(made, OW_F_mount_mnt_parent, parent ? parent : made);
    set(made, OW_F_mount_mnt_mountpoint, mountpoint ? mountpoint : root_of);
    set(made, OW_F_mount_mnt_root, root_of);
    set(made, OW_F_mount_mnt_sb,
        get(get(root_of, OW_F_dentry_d_inode), OW_F_inode_i_sb));
    set(made, OW_F_mount_mnt_devname, string(source));
    list_init(at(made, OW_F_mount_mnt_mounts));
    if (parent) {
      set(made, OW_F_mount_mnt_ns, get(parent, OW_F_mount_mnt_ns));
      list_add(at(parent, OW_F_mount_mnt_mounts),
               at(made, OW_F_mount_mnt_child));
    }
    return made;
  }
  uint64_t file(uint64_t mount, uint64_t dentry, uint64_t position = 0) {
    const uint64_t made = make("file");
    set(made, OW_F_file_mnt, mount ? at(mount, OW_F_mount_mnt) : 0);
    set(made, OW_F_file_dentry, dentry);
    set(made, OW_F_file_f_inode, get(dentry, OW_F_dentry_d_inode));
    set(made, OW_F_file_f_pos, position);
    return made;
  }
  void open(const Process& of, unsigned fd, uint64_t file,
            bool close_on_exec = false) {
    put(get(of.fdtable, OW_F_fdtable_fd) + fd * 8ULL, file);
    const auto mark = [&](ow_fact map) {
      const uint64_t where = get(of.fdtable, map) + fd / 64 * 8ULL;
      put(where, word(where) | 1ULL << fd % 64);
    };
    mark(OW_F_fdtable_open_fds);
    if (close_on_exec)
      mark(OW_F_fdtable_close_on_exec);
  }

  Layout layout;
  uint64_t idle = 0, root_mount = 0, root_dentry = 0;
  uint64_t first_frame = 0;

 private:
  uint64_t namespaces_ = 0;
  uint64_t inodes_ = 0;
};

// Init and two children, one of them with a second thread, memory, files of
// several kinds, and a second mount.
inline void populate(Machine& machine) {
  const uint64_t rw =
      machine.constant(OW_C_VM_READ) | machine.constant(OW_C_VM_WRITE);
  Process init = machine.process(1, 0, "init");
  Process shell = machine.process(20, init.leader, "shell");
  Process other = machine.process(30, init.leader, "other");
  machine.thread(other, 31, "worker");

  const uint64_t etc = machine.dentry("etc", machine.root_dentry,
                                      machine.inode(kDirectoryMode, "ext4"));
  const uint64_t name =
      machine.dentry("passwd", etc, machine.inode(kFileMode, "ext4"));
  const uint64_t file = machine.file(machine.root_mount, name, 42);
  const uint64_t tmp = machine.dentry("tmp", machine.root_dentry,
                                      machine.inode(kDirectoryMode, "ext4"));
  const uint64_t tmpfs =
      machine.dentry("/", 0, machine.inode(kDirectoryMode, "tmpfs"));
  const uint64_t mounted =
      machine.mount(machine.root_mount, tmp, tmpfs, "tmpfs");
  const uint64_t scratch =
      machine.dentry("scratch", tmpfs, machine.inode(kFileMode, "tmpfs"));
  const uint64_t pipe =
      machine.dentry("", 0, machine.inode(kPipeMode, "pipefs"));
  const uint64_t pipes = machine.mount(0, 0, pipe, "pipefs");
  machine.open(shell, 0, file);
  machine.open(shell, 3, machine.file(mounted, scratch), true);
  machine.open(shell, 4, machine.file(pipes, pipe));

  const uint64_t anonymous = machine.vma(shell, 0x400000, 0x404000, rw);
  const uint64_t family = machine.make("anon_vma");
  machine.set(family, OW_F_anon_vma_root, family);
  machine.set(anonymous, OW_F_vm_area_struct_anon_vma, family);
  machine.vma(shell, 0x500000, 0x501000, rw, file);
  machine.finish_maps(shell);
  for (uint64_t i = 0; i < 3; i++) {
    machine.user_page(shell, 0x400000 + i * 0x1000, machine.first_frame + i);
    const uint64_t page = machine.page_struct(machine.first_frame + i);
    machine.set(page, OW_F_page_mapping, family | 1);
    machine.set(page, OW_F_page_index, 0x400 + i);
  }
  machine.mem.put<uint64_t>(machine.user_slot(shell, 0x403000),
                            0x0ffffffffff80000);
}

}  // namespace mock
