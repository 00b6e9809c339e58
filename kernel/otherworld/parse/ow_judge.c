// SPDX-License-Identifier: GPL-2.0
/*
 * What a resurrection makes of processes, memory and files.
 */
#include "ow_judge.h"

/* S_IFMT and what it may hold, in both kernels' user interface. */
#define OW_IFMT		0170000
#define OW_IFIFO	0010000
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
				     const struct ow_task *task, bool has_body)
{
	if (ow_task_is_32bit(c, task))
		return ow_lost("32-bit processes are not supported");
	if (!has_body && !ow_task_is_zombie(c, task))
		return ow_lost("it was exiting");
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

struct ow_judgement ow_judge_file(const struct ow_file *file, const char *path)
{
	u32 type = file->inode.mode & OW_IFMT;

	if (type == OW_IFIFO || type == OW_IFSOCK)
		return ow_lost("pipes and sockets are not supported yet");
	if (file->unlinked)
		return ow_lost("it was deleted");
	if (!path)
		return ow_lost("its name cannot be read");
	if (*path != '/')
		return ow_lost("files of this type are not supported yet");
	return ow_exact();
}
