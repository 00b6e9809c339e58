// SPDX-License-Identifier: GPL-2.0
// The memory maps of a DumpModel.
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

void DumpReader::read_memory(const ow_task& body, DumpProcess& process) {
  ow_cursor c = cursor();
  ow_mm mm = {};
  if (!::ow_mm_read(&c, body.mm, &mm)) {
    process.verdicts.push_back(fault_verdict("memory", c.fault));
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
    const ow_mm& mm;
    ow_user_tables* tables;
    DumpProcess& process;
  } walk = {*this, mm, tables.get(), process};
  ow_fault_info why = {};
  ::ow_vmas_walk(
      kernel_.get(), &mm,
      [](void* priv, const ow_vma* vma) {
        auto* const each = static_cast<Walk*>(priv);
        each->reader.read_mapping(each->mm, *vma, each->tables, each->process);
        return OW_GO_ON;
      },
      &walk, &why);
  if (why.status != OW_OK)
    process.verdicts.push_back(fault_verdict("memory", why));
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

  struct Walk {
    DumpReader& reader;
    DumpMapping& mapping;
  } walk = {*this, mapping};
  ow_fault_info why = {};
  ::ow_user_walk(
      tables, vma.start, vma.end,
      [](void* priv, const ow_pte* pte) {
        auto* const each = static_cast<Walk*>(priv);
        each->reader.count_page(*pte, each->mapping);
        return 0;
      },
      &walk, &why);
  if (why.status != OW_OK)
    process.verdicts.push_back(fault_verdict("a page table", why));
  process.mappings.push_back(std::move(mapping));
}

void DumpReader::count_page(const ow_pte& pte, DumpMapping& mapping) {
  ow_cursor c = cursor();
  DumpPages& pages = mapping.pages;
  // A huge page may reach beyond a mapping at either end.
  const u64 start = std::max<u64>(pte.address, mapping.start);
  const u64 end = std::min<u64>(pte.address + pte.size, mapping.end);
  const u64 count = end > start ? (end - start) / kPageSize : 0;
  if (pte.kind == OW_PTE_SWAP) {
    pages.swapped += count;
    return;
  }
  pages.resident += count;
  if (pte.size > kPageSize)
    pages.huge += count;
  ow_page page = {};
  if ((pte.entry & OW_PTE_SPECIAL) != 0 ||
      !::ow_page_read(&c, pte.pfn, &page) ||
      (page.mapping & OW_MAPPING_ANON) == 0)
    return;
  pages.anonymous += count;
  if (!::ow_page_flag(&c, page.flags, OW_C_PG_anon_exclusive))
    pages.shared += count;
}

}  // namespace owctl
