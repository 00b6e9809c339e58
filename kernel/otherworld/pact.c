// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: what a process asks for, in a page of its own.
 */

/**
 * DOC: The pact
 *
 * The page is private anonymous memory that happens to be a mapping of the
 * device: so it costs nothing to keep, is swapped out like any other, comes
 * back like any other, and can be told from all others. What is in it is read
 * when the process has been rebuilt, through its own page tables, and
 * distrusted: parse/ow_pact.c judges it. Whatever it says concerns that process
 * alone, and is done with that process's rights.
 */

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "pact.h"

static_assert(sizeof(struct otherworld_pact) <= PAGE_SIZE);

int ow_pact_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_SHARED || vma->vm_pgoff || vma_pages(vma) != 1)
		return -EINVAL;
	vma_set_anonymous(vma);
	/* What one process asks for is not what its child does. */
	vm_flags_set(vma, VM_WIPEONFORK | VM_DONTEXPAND);
	return 0;
}

/* The address of the page, 0 if there is none. */
static unsigned long ow_pact_find(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	unsigned long at = 0;

	VMA_ITERATOR(vmi, mm, 0);

	mmap_read_lock(mm);
	for_each_vma(vmi, vma) {
		if (!vma->vm_file || vma->vm_file->f_op->mmap != ow_pact_mmap)
			continue;
		at = vma->vm_start;
		break;
	}
	mmap_read_unlock(mm);
	return at;
}

enum otherworld_pact_state ow_pact_read(struct task_struct *task,
					struct ow_pact *pact)
{
	struct otherworld_pact page;
	struct mm_struct *mm;
	pid_t pid;
	int size;

	mm = get_task_mm(task);
	if (!mm)
		return OTHERWORLD_PACT_NONE;
	pact->at = ow_pact_find(mm);
	size = pact->at ? access_remote_vm(mm, pact->at, &page, sizeof(page),
					   FOLL_FORCE) : 0;
	mmput(mm);
	if (size != sizeof(page))
		return OTHERWORLD_PACT_NONE;
	pid = task_tgid_nr_ns(task, task_active_pid_ns(task));
	return ow_pact_judge(&page, pid, pact);
}

int ow_pact_note(const struct ow_pact *pact,
		 const struct otherworld_running *running)
{
	struct otherworld_pact __user *page = u64_to_user_ptr(pact->at);

	return copy_to_user(&page->running, running, sizeof(*running)) ?
	       -EFAULT : 0;
}

int ow_pact_of(struct otherworld_pact_of *of)
{
	struct task_struct *task = find_get_task_by_vpid(of->pid);
	struct ow_pact pact = {};

	if (!task)
		return -ESRCH;
	of->state = ow_pact_read(task, &pact);
	of->has_procedure = !!pact.copy.procedure;
	of->action = pact.copy.action;
	of->limit_ms = pact.copy.limit_ms;
	of->running = !!pact.running.tid;
	of->reserved = 0;
	of->uid = from_kuid_munged(&init_user_ns, task_euid(task));
	memcpy(of->group, pact.copy.group, sizeof(of->group));
	put_task_struct(task);
	return 0;
}
