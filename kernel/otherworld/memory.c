// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: the memory of a dead process, around a living one.
 */

/**
 * DOC: Memory
 *
 * Three passes over the dead address space. The first opens the files that it
 * maps, since that may wait for much. The second makes the VMAs. The third
 * walks the dead page tables and adopts what is found there, VMA by VMA.
 *
 * Before a frame is adopted, its dead struct page has to agree: it must be
 * anonymous, of the same family of VMAs, and at that index. Page tables and
 * struct pages would have to be damaged in the same way for a process to be
 * given what is not its own; and a frame that belongs to one process only is
 * never given to a second.
 */

#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pgtable.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <asm/vdso.h>

#include "rebuild.h"

/* --- Flags: what the dead kernel called them, and what they are called here --- */

#define OW_VM_FLAG(name) { OW_C_##name, name }
static const struct {
	enum ow_fact dead;
	unsigned long live;
} ow_vm_flags[] = {
	OW_VM_FLAG(VM_READ), OW_VM_FLAG(VM_WRITE), OW_VM_FLAG(VM_EXEC),
	OW_VM_FLAG(VM_SHARED), OW_VM_FLAG(VM_MAYREAD),
	OW_VM_FLAG(VM_MAYWRITE), OW_VM_FLAG(VM_MAYEXEC),
	OW_VM_FLAG(VM_MAYSHARE), OW_VM_FLAG(VM_GROWSDOWN),
	OW_VM_FLAG(VM_LOCKED), OW_VM_FLAG(VM_SEQ_READ),
	OW_VM_FLAG(VM_RAND_READ), OW_VM_FLAG(VM_DONTCOPY),
	OW_VM_FLAG(VM_DONTEXPAND), OW_VM_FLAG(VM_LOCKONFAULT),
	OW_VM_FLAG(VM_ACCOUNT), OW_VM_FLAG(VM_NORESERVE),
	OW_VM_FLAG(VM_SYNC), OW_VM_FLAG(VM_WIPEONFORK),
	OW_VM_FLAG(VM_DONTDUMP), OW_VM_FLAG(VM_SOFTDIRTY),
	OW_VM_FLAG(VM_HUGEPAGE), OW_VM_FLAG(VM_NOHUGEPAGE),
	OW_VM_FLAG(VM_MERGEABLE), OW_VM_FLAG(VM_PKEY_BIT0),
	OW_VM_FLAG(VM_PKEY_BIT1), OW_VM_FLAG(VM_PKEY_BIT2),
	OW_VM_FLAG(VM_PKEY_BIT3), OW_VM_FLAG(VM_DROPPABLE),
	OW_VM_FLAG(VM_SEALED),
};

static unsigned long ow_live_vm_flags(struct ow_cursor *c, u64 dead)
{
	unsigned long live = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ow_vm_flags); i++)
		/* Another build may not have had them all. */
		if (ow_layout_has(&c->kernel->layout, ow_vm_flags[i].dead) &&
		    dead & ow_const(c, ow_vm_flags[i].dead))
			live |= ow_vm_flags[i].live;
	return live;
}

/* --- VMAs ------------------------------------------------------------------- */

/* More entries than this do not change at once. */
#define OW_CHANGES_MAX	64

struct ow_memory_pass {
	struct ow_rebuild *rebuild;
	struct ow_cursor cursor;
	struct ow_user_tables *tables;
	struct ow_in_change changes[OW_CHANGES_MAX];
	unsigned int change_count;
	/* Of the adoption of one VMA. */
	struct ow_adopter adopter;
	struct vm_area_struct *vma;
	struct ow_virt family;
	struct ow_virt known_anon_vma;	/* the last that was of the family */
	/* Frames that follow each other mostly have struct pages that do. */
	struct ow_window window;
	struct ow_page page;
	unsigned long refused;
	u64 refused_at;
	const char *refused_why;
};

static void ow_vma_verdict(struct ow_memory_pass *pass,
			   enum otherworld_verdict_grade grade,
			   const struct ow_vma *vma, const char *reason)
{
	char name[64];

	snprintf(name, sizeof(name), "memory %llx-%llx", vma->start, vma->end);
	ow_verdict(pass->rebuild->task.pid, grade, vma->at.a, name, "%s",
		   reason);
}

static struct file *ow_vma_file(struct ow_memory_pass *pass,
				const struct ow_vma *vma)
{
	return ow_live_file(pass->rebuild->kernel, pass->rebuild->task.pid,
			    vma->file);
}

static int ow_open_vma_file(void *priv, const struct ow_vma *vma)
{
	struct ow_memory_pass *pass = priv;
	struct file *file;

	if (!vma->file.a)
		return OW_GO_ON;
	file = ow_vma_file(pass, vma);
	if (!IS_ERR(file))
		fput(file);
	return OW_GO_ON;
}

static struct mm_struct *ow_holders;

static struct ow_family *ow_live_family(struct ow_memory_pass *pass,
					struct ow_virt anon_vma)
{
	struct ow_virt root = ow_anon_root(&pass->cursor, anon_vma);
	struct ow_family *family;

	if (!ow_cursor_ok(&pass->cursor))
		return NULL;
	ow_objects_lock();
	family = ow_object_get(OW_OBJECT_FAMILY, root);
	if (!family) {
		if (!ow_holders)
			ow_holders = mm_alloc();
		family = ow_holders ? ow_family_new(ow_holders) : NULL;
		if (family && ow_object_put(OW_OBJECT_FAMILY, root, family)) {
			ow_family_free(family);
			family = NULL;
		}
	}
	ow_objects_unlock();
	return family;
}

static int ow_make_vma(void *priv, const struct ow_vma *dead)
{
	struct ow_memory_pass *pass = priv;
	struct ow_cursor *c = &pass->cursor;
	struct vm_area_struct *vma;
	struct ow_vma_plan plan = {
		.start = dead->start,
		.end = dead->end,
		.pgoff = dead->pgoff,
		.flags = ow_live_vm_flags(c, dead->flags),
		.name = dead->name,
	};
	struct ow_judgement fate;

	fate = ow_judge_vma(c, &pass->rebuild->mm, dead);
	if (fate.reason)
		ow_vma_verdict(pass, fate.grade, dead, fate.reason);
	/* The vdso is in place already. */
	if (fate.grade == OTHERWORLD_LOST || dead->special)
		return OW_GO_ON;

	/* It writes to nobody's memory but its own. */
	if (pass->rebuild->origin && plan.flags & VM_SHARED) {
		plan.flags &= ~(VM_SHARED | VM_MAYSHARE);
		ow_vma_verdict(pass, OTHERWORLD_DEGRADED, dead,
			       "shared: the copy has its own");
	}
	if (dead->file.a) {
		plan.file = ow_vma_file(pass, dead);
		if (IS_ERR(plan.file)) {
			ow_vma_verdict(pass, OTHERWORLD_LOST, dead,
				       "its file cannot be opened");
			return OW_GO_ON;
		}
	}
	if (dead->anon_vma.a && !pass->rebuild->origin) {
		plan.family = ow_live_family(pass, dead->anon_vma);
		if (!plan.family)
			ow_vma_verdict(pass, OTHERWORLD_LOST, dead,
				       "its anonymous pages have no owner");
		ow_cursor_renew(c);
	}

	vma = ow_vma_add(current->mm, &plan);
	if (plan.file)
		fput(plan.file);
	if (IS_ERR(vma)) {
		ow_vma_verdict(pass, OTHERWORLD_LOST, dead,
			       "it cannot be mapped again");
		return PTR_ERR(vma) == -ENOMEM ? -ENOMEM : OW_GO_ON;
	}
	if (!ow_rebuild_vma_policy(pass->rebuild->kernel, vma, dead->policy))
		ow_vma_verdict(pass, OTHERWORLD_DEGRADED, dead,
			       "its memory policy cannot be had");
	return OW_GO_ON;
}

/* --- Frames ------------------------------------------------------------------- */

static void ow_refuse_frame(struct ow_memory_pass *pass, u64 address,
			    const char *why)
{
	if (!pass->refused++) {
		pass->refused_at = address;
		pass->refused_why = why;
	}
}

/* A frame of the dead kernel that no other rule has to be asked about. */
bool ow_frame_is_dead_ram(u64 pfn, u64 count)
{
	u64 start = PFN_PHYS(pfn), end = PFN_PHYS(pfn + count) - 1;
	unsigned int i;

	for (i = 0; i < ow_dead_ram_count; i++)
		if (start >= ow_dead_ram[i].start && end <= ow_dead_ram[i].end)
			return true;
	return false;
}

static void ow_adopt_one(struct ow_memory_pass *pass, struct ow_frame *frame,
			 const struct ow_page *page)
{
	u64 index = linear_page_index(pass->vma, frame->address);
	struct ow_cursor *c = &pass->cursor;
	struct ow_judgement fate;

	if (!(page->mapping & OW_MAPPING_ANON))
		return;		/* of the file, which has it still */
	fate = ow_judge_page(c, page,
			     ow_page_belongs(c, page, pass->family, index,
					     &pass->known_anon_vma));
	if (fate.reason) {
		ow_refuse_frame(pass, frame->address, fate.reason);
		return;
	}
	if ((page->mapping & OW_MAPPING_FLAGS) != OW_MAPPING_ANON) {
		if (frame->huge || ow_adopt_copy(&pass->adopter, frame))
			ow_refuse_frame(pass, frame->address,
					"a merged page cannot be copied");
		return;
	}
	if (frame->huge && ow_adopt_frame(&pass->adopter, frame) == 0)
		return;
	if (frame->huge) {
		struct ow_frame small = *frame;
		unsigned int i;

		small.huge = false;
		for (i = 0; i < HPAGE_PMD_NR; i++) {
			small.address = frame->address + i * PAGE_SIZE;
			small.pfn = frame->pfn + i;
			if (small.address < pass->vma->vm_start ||
			    small.address >= pass->vma->vm_end)
				continue;
			if (ow_adopt_frame(&pass->adopter, &small))
				ow_refuse_frame(pass, small.address,
						"somebody else's frame");
		}
		return;
	}
	switch (ow_adopt_frame(&pass->adopter, frame)) {
	case 0:
		break;
	case -ENOMEM:
		ow_refuse_frame(pass, frame->address, "no memory");
		break;
	default:
		ow_refuse_frame(pass, frame->address, "somebody else's frame");
	}
}

static void ow_adopt_swapped(struct ow_memory_pass *pass,
			     struct ow_frame *frame, const struct ow_pte *pte)
{
	const char *why = ow_judge_swap(&pass->cursor, pte).reason;
	struct ow_swapped swapped;
	int ret;

	frame->exclusive = pte->entry & OW_PTE_SWP_EXCLUSIVE;
	frame->soft_dirty = pte->entry & OW_PTE_SWP_SOFT_DIRTY;
	frame->dirty = true;
	if (!why && !pass->vma->anon_vma)
		why = "swapped out, of nobody";
	if (!why)
		why = ow_swap_find(ow_swap_type(pte), ow_swap_offset(pte),
				   frame->exclusive, &swapped);
	if (why) {
		ow_refuse_frame(pass, pte->address, why);
		return;
	}
	frame->pfn = swapped.pfn;
	if (swapped.pfn)
		ret = ow_adopt_cached(&pass->adopter, frame);
	else
		ret = ow_adopt_swap(&pass->adopter, frame, swapped.entry);
	if (ret)
		ow_refuse_frame(pass, pte->address,
				ret == -ENOMEM ? "no memory" :
				"somebody else's frame");
}

static int ow_adopt_pte(void *priv, const struct ow_pte *pte)
{
	struct ow_memory_pass *pass = priv;
	struct ow_cursor *c = &pass->cursor;
	struct ow_frame frame = {
		.address = pte->address,
		.pfn = pte->pfn,
		.huge = pte->size == HPAGE_PMD_SIZE,
	};

	if (pte->kind == OW_PTE_SWAP) {
		ow_adopt_swapped(pass, &frame, pte);
		if (!ow_cursor_ok(c))
			ow_cursor_renew(c);
		return OW_GO_ON;
	}
	frame.writable = pte->entry & OW_PTE_RW;
	frame.dirty = pte->entry & (OW_PTE_DIRTY | OW_PTE_SAVED_DIRTY);
	frame.young = pte->entry & OW_PTE_ACCESSED;
	frame.soft_dirty = pte->entry & OW_PTE_SOFT_DIRTY;
	if (pte->pfn == ow_const(c, OW_C_OW_ZERO_PFN)) {
		ow_adopt_zero(&pass->adopter, pte->address);
		return OW_GO_ON;
	}
	/* The huge zero page is not mapped again: it comes with a fault. */
	if (pte->entry & OW_PTE_SPECIAL || pte->size > HPAGE_PMD_SIZE)
		return OW_GO_ON;
	if (!ow_frame_is_dead_ram(pte->pfn, pte->size >> PAGE_SHIFT)) {
		ow_refuse_frame(pass, pte->address, "not in dead memory");
		return OW_GO_ON;
	}
	if (ow_page_read(c, pte->pfn, &pass->page)) {
		frame.exclusive = ow_pte_is_exclusive(c, pte, &pass->page);
		ow_adopt_one(pass, &frame, &pass->page);
	} else {
		ow_refuse_frame(pass, pte->address,
				"its struct page cannot be read");
	}
	if (!ow_cursor_ok(c))
		ow_cursor_renew(c);
	return OW_GO_ON;
}

/* Whether anybody maps it, as the dead kernel knew. */
static bool ow_is_mapped(struct ow_memory_pass *pass, u64 pfn)
{
	struct ow_cursor *c = &pass->cursor;
	struct ow_virt map = ow_virt_at(ow_const(c, OW_C_OW_VMEMMAP));
	struct ow_virt at = ow_virt_add(map, pfn * ow_const(c, OW_S_page));
	s32 mapcount = ow_get(c, at, OW_F_page__mapcount);
	bool ok = ow_cursor_ok(c);

	ow_cursor_renew(c);
	return ok && mapcount >= 0;
}

/* What the walk did not find, though it was there. */
static void ow_adopt_in_change(struct ow_memory_pass *pass, struct ow_virt vma)
{
	unsigned int i;

	for (i = 0; i < pass->change_count; i++) {
		const struct ow_in_change *page = pass->changes + i;
		struct ow_pte pte = {
			.address = page->address,
			.size = PAGE_SIZE,
			.kind = OW_PTE_PAGE,
			.pfn = pte_pfn(__pte(page->entry)),
			.entry = page->entry,
		};
		pte_t *live;

		if (page->vma.a != vma.a || !ow_is_mapped(pass, pte.pfn))
			continue;
		live = ow_adopt_entry(&pass->adopter, page->address);
		if (live && pte_none(ptep_get(live)))
			ow_adopt_pte(pass, &pte);
	}
}

static int ow_adopt_vma(void *priv, const struct ow_vma *dead)
{
	struct ow_memory_pass *pass = priv;
	struct ow_fault_info why;

	if (dead->special)
		return OW_GO_ON;
	pass->vma = vma_lookup(current->mm, dead->start);
	if (!pass->vma || pass->vma->vm_start != dead->start ||
	    pass->vma->vm_end != dead->end)
		return OW_GO_ON;	/* lost before, and said */

	pass->family = dead->anon_vma.a ?
		ow_anon_root(&pass->cursor, dead->anon_vma) : ow_virt_at(0);
	ow_cursor_renew(&pass->cursor);
	pass->known_anon_vma = ow_virt_at(0);
	pass->refused = 0;

	ow_adopt_begin(&pass->adopter, pass->vma);
	ow_user_walk(pass->tables, dead->start, dead->end, ow_adopt_pte, pass,
		     &why);
	ow_adopt_in_change(pass, dead->at);
	ow_adopt_end(&pass->adopter);
	if (why.status != OW_OK)
		ow_verdict_fault(pass->rebuild->task.pid, OTHERWORLD_LOST,
				 "a page table", &why);
	if (pass->refused) {
		char name[64];

		snprintf(name, sizeof(name), "%lu pages from %llx on",
			 pass->refused, pass->refused_at);
		ow_verdict(pass->rebuild->task.pid, OTHERWORLD_LOST,
			   dead->at.a, name, "%s", pass->refused_why);
	}
	return OW_GO_ON;
}

/* --- The address space as a whole ---------------------------------------------- */

/* In an address space that is still empty, so that no address is taken. */
static int ow_rebuild_vdso(struct ow_rebuild *rebuild)
{
	unsigned long vvar = -vdso_image_64.sym_vvar_start;
	struct ow_cursor c;

	if (!rebuild->mm.vdso)
		return 0;
	ow_cursor_init(&c, rebuild->kernel);
	if (ow_const(&c, OW_C_OW_VDSO_SIZE) != vdso_image_64.size ||
	    ow_const(&c, OW_C_OW_VVAR_SIZE) != vvar) {
		ow_verdict(rebuild->task.pid, OTHERWORLD_DEGRADED,
			   rebuild->mm.vdso, "vdso",
			   "this kernel's has another size");
		return 0;
	}
	return map_vdso_once(&vdso_image_64, rebuild->mm.vdso - vvar);
}

static void ow_set_mm_fields(struct mm_struct *mm, const struct ow_mm *dead)
{
	size_t auxv = min(sizeof(mm->saved_auxv), sizeof(dead->auxv));

	mm->mmap_base = dead->mmap_base;
	mm->mmap_legacy_base = dead->mmap_legacy_base;
	mm->mmap_compat_base = dead->mmap_compat_base;
	mm->mmap_compat_legacy_base = dead->mmap_compat_legacy_base;
	mm->task_size = min_t(u64, dead->task_size, TASK_SIZE_MAX);
	mm->def_flags = dead->def_flags & (VM_LOCKED | VM_LOCKONFAULT);
	/* Set only when pages go. Not all that were mapped are so again. */
	mm->hiwater_rss = max(dead->hiwater_rss, dead->rss);
	mm->hiwater_vm = dead->hiwater_vm;
	mm->start_code = dead->start_code;
	mm->end_code = dead->end_code;
	mm->start_data = dead->start_data;
	mm->end_data = dead->end_data;
	mm->start_brk = dead->start_brk;
	mm->brk = dead->brk;
	mm->start_stack = dead->start_stack;
	mm->arg_start = dead->arg_start;
	mm->arg_end = dead->arg_end;
	mm->env_start = dead->env_start;
	mm->env_end = dead->env_end;
	memcpy(mm->saved_auxv, dead->auxv, auxv);
	mm->flags = dead->flags & (MMF_INIT_MASK | MMF_TOPDOWN_MASK);
	mm->context.pkey_allocation_map = dead->pkeys;
	atomic_set(&mm->membarrier_state, dead->membarrier_state);
}

static int ow_rebuild_exe(struct ow_rebuild *rebuild)
{
	struct file *file;
	int ret;

	if (!rebuild->mm.exe_file.a)
		return 0;
	file = ow_live_file(rebuild->kernel, rebuild->task.pid,
			    rebuild->mm.exe_file);
	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = set_mm_exe_file(current->mm, file);
	fput(file);
	return ret;
}

static int ow_rebuild_vmas(struct ow_rebuild *rebuild)
{
	struct ow_memory_pass *pass = kzalloc(sizeof(*pass), GFP_KERNEL);
	struct mm_struct *mm = current->mm;
	struct ow_fault_info why;
	int ret = -ENOMEM;

	if (!pass)
		return -ENOMEM;
	pass->rebuild = rebuild;
	ow_cursor_init(&pass->cursor, rebuild->kernel);
	if (!ow_kernel_lives(rebuild->kernel))
		pass->cursor.window = &pass->window;
	pass->tables = ow_user_tables_new(rebuild->kernel, rebuild->mm.pgd);
	if (!pass->tables)
		goto out;
	pass->change_count = ow_pages_in_change(rebuild->kernel, rebuild->mm.at,
						pass->changes, OW_CHANGES_MAX);

	ow_vmas_walk(rebuild->kernel, &rebuild->mm, ow_open_vma_file, pass,
		     &why);
	if (why.status != OW_OK)
		ow_verdict_fault(rebuild->task.pid, OTHERWORLD_LOST, "memory",
				 &why);
	mmap_write_lock(mm);
	ret = ow_vmas_walk(rebuild->kernel, &rebuild->mm, ow_make_vma, pass,
			   NULL);
	if (!ret && !rebuild->origin)
		ow_vmas_walk(rebuild->kernel, &rebuild->mm, ow_adopt_vma, pass,
			     NULL);
	mmap_write_unlock(mm);
	if (!ret)
		ow_lock_shmem(mm);
	ow_user_tables_free(pass->tables);
out:
	kfree(pass);
	return ret;
}

int ow_rebuild_memory(struct ow_rebuild *rebuild)
{
	int ret;

	ow_set_mm_fields(current->mm, &rebuild->mm);
	ow_rebuild_ldt(rebuild);
	ret = ow_rebuild_vdso(rebuild);
	if (ret)
		return ret;
	ret = ow_rebuild_vmas(rebuild);
	if (!ret && rebuild->origin)
		ret = ow_copy_memory(rebuild);
	if (ret)
		return ret;
	ret = ow_rebuild_exe(rebuild);
	if (ret)
		ow_verdict(rebuild->task.pid, OTHERWORLD_DEGRADED, 0,
			   "executable", "it cannot be opened: error %d", ret);
	return 0;
}
