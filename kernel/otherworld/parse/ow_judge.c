// SPDX-License-Identifier: GPL-2.0
/*
 * What a resurrection makes of processes, memory and files.
 */
#include "ow_judge.h"

#include "ow_namespace.h"
#include "ow_shmem.h"

/* S_IFMT and what it may hold, in both kernels' user interface. */
#define OW_IFMT		0170000
#define OW_IFIFO	0010000
#define OW_IFREG	0100000
#define OW_IFSOCK	0140000

static struct ow_judgement ow_exact(void)
{
	struct ow_judgement exact = { OTHERWORLD_EXACT, NULL };

	return exact;
}

static struct ow_judgement ow_degraded(const char *reason)
{
	struct ow_judgement degraded = { OTHERWORLD_DEGRADED, reason };

	return degraded;
}

static struct ow_judgement ow_lost(const char *reason)
{
	struct ow_judgement lost = { OTHERWORLD_LOST, reason };

	return lost;
}

struct ow_judgement ow_judge_process(struct ow_cursor *c,
				     const struct ow_task *task,
				     const struct ow_task *body)
{
	struct ow_judgement fate;
	enum ow_namespace which;
	u32 others;

	if (ow_task_is_32bit(c, body ? body : task))
		return ow_lost("32-bit processes are not supported");
	if (!body)
		return ow_task_is_gone(c, task) ?
		       ow_exact() : ow_lost("none of its threads can go on");
	if (!ow_namespaces_read(c, body, &others))
		return ow_lost("its namespaces cannot be read");
	for (which = 0; which < OW_NAMESPACES; which++) {
		fate = ow_judge_namespace(which);
		if (others & BIT(which) && fate.grade == OTHERWORLD_LOST)
			return fate;
	}
	return ow_exact();
}

/* A flag that the dead kernel had no name for is one it did not set. */
static bool ow_vma_is(struct ow_cursor *c, const struct ow_vma *vma,
		      enum ow_fact flag)
{
	return ow_layout_has(&c->kernel->layout, flag) &&
	       vma->flags & ow_const(c, flag);
}

/* The vdso, with the data pages before it, which comes back in its place. */
static bool ow_vma_is_vdso(struct ow_cursor *c, const struct ow_mm *mm,
			   const struct ow_vma *vma)
{
	u64 vvar = ow_const(c, OW_C_OW_VVAR_SIZE);

	return mm->vdso && vma->start >= mm->vdso - vvar &&
	       vma->start < mm->vdso + ow_const(c, OW_C_OW_VDSO_SIZE);
}

struct ow_judgement ow_judge_vma(struct ow_cursor *c, const struct ow_mm *mm,
				 const struct ow_vma *vma)
{
	if (vma->special)
		return ow_vma_is_vdso(c, mm, vma) ?
		       ow_exact() : ow_lost("a mapping of the kernel's own");
	if (ow_vma_is(c, vma, OW_C_VM_HUGETLB))
		return ow_lost("hugetlb memory is not supported yet");
	if (ow_vma_is(c, vma, OW_C_VM_SHADOW_STACK))
		return ow_lost("a shadow stack is not supported yet");
	if (ow_vma_is(c, vma, OW_C_VM_PFNMAP) || ow_vma_is(c, vma, OW_C_VM_IO))
		return ow_lost("it maps a device");
	if (ow_vma_is(c, vma, OW_C_VM_UFFD_MISSING) ||
	    ow_vma_is(c, vma, OW_C_VM_UFFD_WP) ||
	    ow_vma_is(c, vma, OW_C_VM_UFFD_MINOR))
		return ow_degraded("no longer watched by userfaultfd");
	return ow_exact();
}

struct ow_judgement ow_judge_swap(struct ow_cursor *c,
				  const struct ow_pte *pte)
{
	/* Without swap, there are no other types. */
	if (!ow_layout_has(&c->kernel->layout, OW_C_MAX_SWAPFILES) ||
	    ow_swap_type(pte) >= ow_const(c, OW_C_MAX_SWAPFILES))
		return ow_lost("in motion, not supported yet");
	return ow_exact();
}

struct ow_judgement ow_judge_page(struct ow_cursor *c,
				  const struct ow_page *page, bool belongs)
{
	/* Of a file, which has it still. */
	if (!(page->mapping & OW_MAPPING_ANON))
		return ow_exact();
	if (ow_page_flag(c, page->flags, OW_C_OW_PG_HWPOISON))
		return ow_lost("poisoned memory");
	/* Merged by KSM: its own again, until it is merged again. */
	if ((page->mapping & OW_MAPPING_FLAGS) != OW_MAPPING_ANON)
		return ow_exact();
	if (!belongs)
		return ow_lost("page table and struct page disagree");
	return ow_exact();
}

struct ow_judgement ow_judge_file(const struct ow_file *file, const char *path)
{
	u32 type = file->inode.mode & OW_IFMT;

	if (type == OW_IFIFO || type == OW_IFSOCK)
		return ow_lost("pipes and sockets are not supported yet");
	/* Its pages are there, whether it has a name or not. */
	if (type == OW_IFREG && ow_is_shmem(&file->inode))
		return path && !strncmp(path, "SYSV", 4) ?
		       ow_degraded("a System V segment without its number") :
		       ow_exact();
	if (file->unlinked)
		return ow_lost("it was deleted");
	if (!path)
		return ow_lost("its name cannot be read");
	if (*path != '/')
		return ow_lost("files of this type are not supported yet");
	return ow_exact();
}
