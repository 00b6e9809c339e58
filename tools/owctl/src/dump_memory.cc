// SPDX-License-Identifier: GPL-2.0
// The memory maps of a DumpModel.
#include <algorithm>
#include <map>

#include "dump_reader.h"

namespace owctl {
namespace {

constexpr u64 kPageSize = 4096;

struct FlagName {
  enum ow_fact fact;
  const char* name;
};

// What /proc/PID/maps does not show.
constexpr FlagName kFlagNames[] = {
    {OW_C_VM_GROWSDOWN, "growsdown"},
    {OW_C_VM_LOCKED, "locked"},
    {OW_C_VM_LOCKONFAULT, "lockonfault"},
    {OW_C_VM_IO, "io"},
    {OW_C_VM_PFNMAP, "pfnmap"},
    {OW_C_VM_MIXEDMAP, "mixedmap"},
    {OW_C_VM_SEQ_READ, "sequential"},
    {OW_C_VM_RAND_READ, "random"},
    {OW_C_VM_DONTCOPY, "dontfork"},
    {OW_C_VM_DONTEXPAND, "dontexpand"},
    {OW_C_VM_DONTDUMP, "dontdump"},
    {OW_C_VM_WIPEONFORK, "wipeonfork"},
    {OW_C_VM_NORESERVE, "noreserve"},
    {OW_C_VM_HUGETLB, "hugetlb"},
    {OW_C_VM_HUGEPAGE, "hugepage"},
    {OW_C_VM_NOHUGEPAGE, "nohugepage"},
    {OW_C_VM_MERGEABLE, "mergeable"},
    {OW_C_VM_UFFD_MISSING, "uffd-missing"},
    {OW_C_VM_UFFD_WP, "uffd-wp"},
    {OW_C_VM_UFFD_MINOR, "uffd-minor"},
    {OW_C_VM_SHADOW_STACK, "shadow-stack"},
    {OW_C_VM_DROPPABLE, "droppable"},
    {OW_C_VM_SEALED, "sealed"},
};

std::string range_name(const ow_vma& vma) {
  return fmt::format("memory {:x}-{:x}", vma.start, vma.end);
}

// What has no file may still be known by where it lies.
std::string name_by_place(const ow_mm& mm, const ow_vma& vma) {
  if (vma.special && mm.vdso >= vma.start && mm.vdso < vma.end)
    return "[vdso]";
  if (vma.special)
    return mm.vdso == vma.end ? "[vvar]" : "[special]";
  if (vma.start <= mm.brk && vma.end > mm.start_brk)
    return "[heap]";
  if (vma.start <= mm.start_stack && vma.end > mm.start_stack)
    return "[stack]";
  return {};
}

}  // namespace

struct DumpReader::PageWalk {
  struct Lost {
    u64 first = 0;
    u64 count = 0;
  };
  void add(const char* reason, u64 address, u64 count) {
    Lost& entry = lost[reason];
    if (entry.count == 0)
      entry.first = address;
    entry.count += count;
  }

  DumpReader& reader;
  const ow_vma& vma;
  DumpMapping& mapping;
  ow_virt root;   // of the family that the mapping belongs to
  ow_virt known;  // an anon_vma of that family
  std::map<std::string, Lost> lost;
};

void DumpReader::read_memory(const ow_task& body, DumpProcess& process) {
  ow_cursor c = cursor();
  ow_mm mm = {};
  if (!::ow_mm_read(&c, body.mm, &mm)) {
    process.verdicts.push_back(fault_verdict("memory", c.fault));
    doubt_pact(process.pact, c.fault);
    return;
  }
  if (mm.exe_file.a != 0)
    process.executable = file_path(mm.exe_file);
  const Tables tables(::ow_user_tables_new(kernel_.get(), mm.pgd),
                      ::ow_user_tables_free);
  if (!tables) {
    process.verdicts.push_back(
        {grade_name(OTHERWORLD_LOST), "memory", "no memory to read it", 0});
    return;
  }
  struct Walk {
    DumpReader& reader;
    const ow_task& body;
    const ow_mm& mm;
    ow_user_tables* tables;
    DumpProcess& process;
  } walk = {*this, body, mm, tables.get(), process};
  ow_fault_info why = {};
  ::ow_vmas_walk(
      kernel_.get(), &mm,
      [](void* priv, const ow_vma* vma) {
        auto* const each = static_cast<Walk*>(priv);
        each->reader.read_mapping(each->mm, *vma, each->tables, each->process);
        each->reader.read_pact(each->body, *vma, each->tables,
                               each->process.pact);
        return OW_GO_ON;
      },
      &walk, &why);
  if (why.status != OW_OK) {
    process.verdicts.push_back(fault_verdict("memory", why));
    doubt_pact(process.pact, why);
  }
}

void DumpReader::read_mapping(const ow_mm& mm, const ow_vma& vma,
                              ow_user_tables* tables, DumpProcess& process) {
  ow_cursor c = cursor();
  const auto is = [&](enum ow_fact fact) {
    return ::ow_layout_has(&kernel_->layout, fact) &&
           (vma.flags & ::ow_const(&c, fact)) != 0;
  };
  DumpMapping mapping;
  mapping.start = vma.start;
  mapping.end = vma.end;
  mapping.address = vma.at.a;
  mapping.access = {is(OW_C_VM_READ) ? 'r' : '-', is(OW_C_VM_WRITE) ? 'w' : '-',
                    is(OW_C_VM_EXEC) ? 'x' : '-',
                    is(OW_C_VM_SHARED) ? 's' : 'p'};
  for (const auto& flag : kFlagNames)
    if (is(flag.fact))
      mapping.flags.emplace_back(flag.name);
  if (vma.file.a != 0) {
    mapping.name = file_path(vma.file);
    mapping.offset = vma.pgoff * kPageSize;
  } else if (vma.name[0] != '\0') {
    mapping.name = fmt::format("[anon:{}]", vma.name);
  } else {
    mapping.name = name_by_place(mm, vma);
  }

  mapping.fate = fate_of(::ow_judge_vma(&c, &mm, &vma));
  if (!mapping.fate.reason.empty())
    process.verdicts.push_back(
        verdict_of(range_name(vma), mapping.fate, vma.at.a));

  PageWalk walk = {*this, vma, mapping, {}, {}, {}};
  c = cursor();
  if (vma.anon_vma.a != 0)
    walk.root = ::ow_anon_root(&c, vma.anon_vma);
  ow_fault_info why = {};
  ::ow_user_walk(
      tables, vma.start, vma.end,
      [](void* priv, const ow_pte* pte) {
        auto* const each = static_cast<PageWalk*>(priv);
        each->reader.read_page(*pte, *each);
        return 0;
      },
      &walk, &why);
  if (why.status != OW_OK)
    process.verdicts.push_back(fault_verdict("a page table", why));
  for (const auto& [reason, lost] : walk.lost)
    process.verdicts.push_back(
        {grade_name(OTHERWORLD_LOST),
         fmt::format("{} pages from {:x} on", lost.count, lost.first), reason,
         vma.at.a, true});
  process.mappings.push_back(std::move(mapping));
}

void DumpReader::read_page(const ow_pte& pte, PageWalk& walk) {
  ow_cursor c = cursor();
  DumpPages& pages = walk.mapping.pages;
  // A huge page may reach beyond a mapping at either end.
  const u64 start = std::max<u64>(pte.address, walk.vma.start);
  const u64 end = std::min<u64>(pte.address + pte.size, walk.vma.end);
  const u64 count = end > start ? (end - start) / kPageSize : 0;
  const auto judge = [&](const ow_judgement& judgement) {
    if (judgement.reason && !walk.vma.special)
      walk.add(judgement.reason, pte.address, count);
  };
  if (pte.kind == OW_PTE_SWAP) {
    pages.swapped += count;
    judge(::ow_judge_swap(&c, &pte));
    return;
  }
  pages.resident += count;
  if (pte.size > kPageSize)
    pages.huge += count;
  ow_page page = {};
  if ((pte.entry & OW_PTE_SPECIAL) != 0 ||
      pte.pfn == ::ow_const(&c, OW_C_OW_ZERO_PFN))
    return;
  if (!::ow_page_read(&c, pte.pfn, &page)) {
    judge({OTHERWORLD_LOST, "its struct page cannot be read"});
    return;
  }
  if ((page.mapping & OW_MAPPING_ANON) == 0)
    return;
  pages.anonymous += count;
  if (!::ow_pte_is_exclusive(&c, &pte, &page))
    pages.shared += count;
  const u64 index = walk.vma.pgoff + (pte.address - walk.vma.start) / kPageSize;
  judge(::ow_judge_page(
      &c, &page, ::ow_page_belongs(&c, &page, walk.root, index, &walk.known)));
}

}  // namespace owctl
