// SPDX-License-Identifier: GPL-2.0
// A small dead machine with damage in it: every process, thread, credential,
// mapping, page table, page, file and mount is walked. Each walk ends, whatever
// it meets.
//
// The machine is made by code, the input is the damage: a byte that says
// whether the layout table is read from the memory too, then stores of one word
// each.
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "../unit/parse_mock_pact.h"
#include "input.h"
#include "ow_files.h"
#include "ow_judge.h"
#include "ow_ldt.h"
#include "ow_mounts.h"
#include "ow_pact.h"
#include "ow_sysctl.h"
#include "ow_task.h"
#include "ow_ties.h"
#include "ow_user.h"

namespace {

// How a store makes its word; the seeds use the numbers.
enum Store : uint8_t { kWord, kPointer, kCopy, kFlip, kStores };

class Mock {
 public:
  Mock() : machine_(fuzz::kMachineSize, fuzz::kMemoryStart) {
    mock::populate(machine_);
    mock::populate_pact(machine_, 40);
    machine_.announce();
    info_ = machine_.vmcoreinfo();
    const auto& run = machine_.mem.segments()[0];
    const auto* const bytes = static_cast<const char*>(run.bytes);
    whole_.assign(bytes, bytes + run.len);
    damaged_ = whole_;
    segment_ = {run.start, damaged_.size(), damaged_.data()};
    ow_memory_from_segments(&memory_, &segments_);
    if (ow_vmcoreinfo_init(&vmcoreinfo_, info_.data(), info_.size(), nullptr) !=
            OW_OK ||
        ow_kernel_init(&known_, &memory_, &vmcoreinfo_,
                       machine_.layout.table.data(),
                       machine_.layout.table.size(), nullptr) != OW_OK)
      std::abort();
  }
  Mock(const Mock&) = delete;
  Mock& operator=(const Mock&) = delete;

  void damage(fuzz::Input& in) {
    damaged_ = whole_;
    while (!in.empty()) {
      const auto how = static_cast<Store>(in.take<uint8_t>() % kStores);
      const size_t where = offset(in.take<uint16_t>());
      uint64_t word = 0;
      std::memcpy(&word, damaged_.data() + where, sizeof(word));
      switch (how) {
        case kWord:
          word = in.take<uint64_t>();
          break;
        case kPointer:
          word = mock::Machine::direct(fuzz::kMemoryStart) +
                 offset(in.take<uint16_t>()) + in.take<uint8_t>();
          break;
        case kCopy:
          std::memcpy(&word, damaged_.data() + offset(in.take<uint16_t>()),
                      sizeof(word));
          break;
        case kFlip:
        case kStores:
          word ^= 1ULL << in.take<uint8_t>() % 64;
          break;
      }
      std::memcpy(damaged_.data() + where, &word, sizeof(word));
    }
  }

  [[nodiscard]] const ow_kernel* known() const { return &known_; }
  // By the table in the damaged memory; null if that is refused.
  const ow_kernel* announced() {
    ow_fault_info why;
    return ow_kernel_open(&announced_, &memory_, &vmcoreinfo_, &why) == OW_OK
               ? &announced_
               : nullptr;
  }

 private:
  // Words, as everything that matters is one.
  [[nodiscard]] size_t offset(uint16_t word) const {
    return word * size_t{8} % (damaged_.size() - 8);
  }

  mock::Machine machine_;
  std::string info_;
  std::vector<char> whole_, damaged_;
  ow_segment segment_ = {};
  ow_segments segments_ = {&segment_, 1};
  ow_memory memory_ = {};
  ow_vmcoreinfo vmcoreinfo_ = {};
  ow_kernel known_ = {}, announced_ = {};
};

// A walk may be long where damage looks like plenty; this much is enough.
constexpr unsigned kSteps = 4096;
// Four processes of five threads, three mappings with five entries, one of them
// with a pact, three descriptors, two mounts.
constexpr unsigned kStepsOfWholeMachine = 4 + 5 + 3 + 5 + 1 + 3 + 2;

struct Walker {
  const ow_kernel* kernel = nullptr;
  ow_user_tables* tables = nullptr;
  const ow_task* body = nullptr;
  const ow_mm* mm = nullptr;
  unsigned steps = 0;
  std::array<char, OW_PATH_MAX> path = {};
  ow_window window = {};

  int step() { return ++steps < kSteps ? OW_GO_ON : 1; }
  [[nodiscard]] ow_cursor cursor() const {
    ow_cursor c;
    ow_cursor_init(&c, kernel);
    return c;
  }
};

Walker* self(void* priv) {
  return static_cast<Walker*>(priv);
}

// A path is a string inside its buffer.
void check_path(const Walker& walker, const char* path) {
  if (path &&
      (path < walker.path.data() ||
       path + std::strlen(path) + 1 != walker.path.data() + walker.path.size()))
    std::abort();
}

void check_judgement(const ow_judgement& judgement) {
  if ((judgement.grade == OTHERWORLD_EXACT) != (judgement.reason == nullptr))
    std::abort();
}

void look_at_file(Walker& walker, ow_virt at) {
  ow_cursor c = walker.cursor();
  ow_file file;
  if (!ow_file_read(&c, at, &file))
    return;
  const char* const path =
      ow_path_build(&c, file.mnt, file.dentry, walker.path.data());
  check_path(walker, path);
  check_judgement(ow_judge_file(&file, path));
  c = walker.cursor();
  check_path(walker, ow_dentry_path(&c, file.dentry, walker.path.data()));
}

// By a window, it is what it is without.
void look_at_struct_page(Walker& walker, u64 pfn) {
  ow_cursor c = walker.cursor();
  ow_cursor by_window = c;
  by_window.window = &walker.window;
  ow_page page;
  ow_page seen;
  if (ow_page_read(&c, pfn, &page) != ow_page_read(&by_window, pfn, &seen) ||
      page.flags != seen.flags || page.head_flags != seen.head_flags ||
      page.head_pfn != seen.head_pfn || page.mapping != seen.mapping ||
      page.index != seen.index || page.refcount != seen.refcount ||
      page.compound != seen.compound)
    std::abort();
}

int each_page(void* priv, const ow_pte* pte) {
  Walker& walker = *self(priv);
  (void)ow_swap_type(pte);
  (void)ow_swap_offset(pte);
  if (pte->kind == OW_PTE_PAGE)
    look_at_struct_page(walker, pte->pfn);
  return walker.step();
}

void look_at_pact(Walker& walker, const ow_vma& vma) {
  ow_cursor c = walker.cursor();
  ow_dead_pact dead;
  if (!ow_vma_is_pact(&c, &vma) ||
      !ow_dead_pact_read(&c, walker.tables, walker.body, vma.start, &dead) ||
      dead.swapped_out || dead.state != OTHERWORLD_PACT_VALID)
    return;
  const otherworld_pact_copy& copy = dead.pact.copy;
  if (copy.action >= OTHERWORLD_ACTION_COUNT ||
      strnlen(copy.group, sizeof(copy.group)) == sizeof(copy.group))
    std::abort();
  walker.steps++;
}

int each_vma(void* priv, const ow_vma* vma) {
  Walker& walker = *self(priv);
  ow_cursor c = walker.cursor();
  ow_fault_info why;
  if (vma->start >= vma->end)
    std::abort();
  check_judgement(ow_judge_vma(&c, walker.mm, vma));
  if (vma->file.a != 0)
    look_at_file(walker, vma->file);
  look_at_pact(walker, *vma);
  c = walker.cursor();
  if (vma->anon_vma.a != 0)
    (void)ow_anon_root(&c, vma->anon_vma);
  return ow_user_walk(walker.tables, vma->start, vma->end, each_page, &walker,
                      &why) != 0
             ? 1
             : walker.step();
}

int each_fd(void* priv, unsigned /*fd*/, ow_virt file, bool /*cloexec*/) {
  look_at_file(*self(priv), file);
  return self(priv)->step();
}

void look_at_ldt(Walker& walker, ow_virt at) {
  ow_cursor c = walker.cursor();
  ow_ldt ldt;
  ow_descriptor descriptor;
  if (at.a == 0 || !ow_ldt_read(&c, at, &ldt))
    return;
  for (u32 i = 0; i < ldt.count && ow_cursor_ok(&c); i++)
    (void)ow_descriptor_decode(ow_ldt_entry(&c, &ldt, i), &descriptor);
}

void look_at_sysctls(Walker& walker) {
  for (const char* name : {"kernel.hostname", "vm.swappiness", "net.a.b"}) {
    ow_cursor c = walker.cursor();
    ow_sysctl found;
    if (ow_sysctl_find(&c, name, &found) &&
        (found.size == 0 || found.size > OW_SYSCTL_SIZE))
      std::abort();
  }
}

void look_at_body(Walker& walker, const ow_task& task) {
  ow_cursor c = walker.cursor();
  ow_fault_info why;
  ow_mm mm;
  ow_fs fs;
  if (ow_mm_read(&c, task.mm, &mm)) {
    walker.body = &task;
    walker.mm = &mm;
    walker.tables = ow_user_tables_new(walker.kernel, mm.pgd);
    if (walker.tables)
      (void)ow_vmas_walk(walker.kernel, &mm, each_vma, &walker, &why);
    ow_user_tables_free(walker.tables);
    look_at_ldt(walker, mm.ldt);
  }
  c = walker.cursor();
  if (ow_fs_read(&c, task.fs, &fs))
    check_path(walker, ow_path_build(&c, fs.pwd_mnt, fs.pwd_dentry,
                                     walker.path.data()));
  (void)ow_fds_walk(walker.kernel, task.files, each_fd, &walker, &why);
}

int each_thread(void* priv, ow_virt at) {
  Walker& walker = *self(priv);
  ow_cursor c = walker.cursor();
  std::array<u64, OW_REG_COUNT> regs;
  ow_sigaction action;
  ow_task task;
  if (ow_task_read(&c, at, &task)) {
    (void)ow_user_regs_read(&c, &task, regs.data());
    c = walker.cursor();
    (void)ow_sigaction_read(&c, task.sighand, 64, &action);
  }
  return walker.step();
}

int each_process(void* priv, ow_virt at) {
  Walker& walker = *self(priv);
  ow_cursor c = walker.cursor();
  ow_fault_info why;
  ow_signal signal;
  ow_cred cred;
  u32 ties = 0;
  ow_task task, body;
  if (!ow_task_read(&c, at, &task))
    return walker.step();
  const bool has_body = ow_process_body(walker.kernel, &task, &body);
  check_judgement(ow_judge_process(&c, &task, has_body ? &body : nullptr));
  (void)ow_signal_read(&c, task.signal, &signal);
  c = walker.cursor();
  (void)ow_ties_read(&c, &task, &ties);
  c = walker.cursor();
  if (ow_cred_read(&c, task.cred, &cred))
    for (u32 i = 0; i < cred.ngroups && ow_cursor_ok(&c); i++)
      (void)ow_cred_group(&c, &cred, i);
  (void)ow_threads_walk(walker.kernel, task.signal, each_thread, &walker, &why);
  if (has_body)
    look_at_body(walker, body);
  return walker.step();
}

int each_mount(void* priv, ow_virt at) {
  Walker& walker = *self(priv);
  ow_cursor c = walker.cursor();
  ow_mount mount;
  if (ow_mount_read(&c, at, &mount))
    check_path(walker, ow_path_build(&c, mount.parent_mnt, mount.mountpoint,
                                     walker.path.data()));
  return walker.step();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Mock mock;
  fuzz::Input in(data, size);
  const bool by_its_table = (in.take<uint8_t>() & 1) != 0;
  mock.damage(in);
  Walker walker;
  walker.kernel = by_its_table ? mock.announced() : mock.known();
  if (!walker.kernel)
    return 0;
  ow_fault_info why;
  (void)ow_processes_walk(walker.kernel, each_process, &walker, &why);
  (void)ow_mounts_walk(walker.kernel, each_mount, &walker, &why);
  look_at_sysctls(walker);
  // What it was made for: without damage, all of it is found.
  if (size <= 1 && walker.steps != kStepsOfWholeMachine)
    std::abort();
  return 0;
}
