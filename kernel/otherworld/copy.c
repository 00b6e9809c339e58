// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: a copy of a process that lives.
 */

/**
 * DOC: Copies
 *
 * A process that stands still can be rebuilt beside itself, by all that
 * rebuilds a dead one: whether a process would survive can be tried, without a
 * crash. The dead kernel is this kernel then. What differs:
 *
 * Frames are in use and are copied, not adopted. What only one process can have
 * stays where it is: kinship, locks, the terminal, memory that is shared and
 * has no name. There is no gate that opens for all: when its last thread has
 * arrived, the copy is stopped by SIGSTOP before it has executed one
 * instruction, and whoever made it does with it what they want.
 */

#include <linux/mm.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmcore_info.h>

#include "rebuild.h"
#include "parse/ow_vmcoreinfo.h"

/* --- This kernel, as if it were dead -------------------------------------------- */

static enum ow_status ow_read_live(void *priv, struct ow_phys at, void *dst,
				   size_t len, struct ow_phys *bad)
{
	if (at.a + len <= PFN_PHYS(max_pfn) &&
	    !copy_from_kernel_nofault(dst, __va(at.a), len))
		return OW_OK;
	*bad = at;
	return OW_BAD_ADDRESS;
}

static const struct ow_memory_ops ow_live_memory_ops = {
	.read = ow_read_live,
};

static const struct ow_memory ow_live_memory = {
	.ops = &ow_live_memory_ops,
};

/* There is one copy at a time, and the first makes this. */
static struct ow_kernel *ow_live_kernel;
static atomic_t ow_copying;

static int ow_live_kernel_open(void)
{
	struct ow_fault_info why;
	struct ow_kernel *kernel;
	struct ow_vmcoreinfo vi;

	if (ow_live_kernel)
		return 0;
	kernel = ow_alloc(sizeof(*kernel));
	if (!kernel)
		return -ENOMEM;
	if (ow_vmcoreinfo_init(&vi, (const char *)vmcoreinfo_data,
			       vmcoreinfo_size, &why) != OW_OK ||
	    ow_kernel_init(kernel, &ow_live_memory, &vi, ow_layout,
			   OW_FACT_COUNT, &why) != OW_OK) {
		ow_free(kernel);
		return -EIO;
	}
	WRITE_ONCE(ow_live_kernel, kernel);
	return 0;
}

bool ow_kernel_lives(const struct ow_kernel *kernel)
{
	return kernel == READ_ONCE(ow_live_kernel);
}

/* The last thread has arrived, or there will be none. */
void ow_copy_done(void)
{
	ow_objects_drop();
	atomic_set_release(&ow_copying, 0);
}

/* --- Whose copy ---------------------------------------------------------------- */

/* Until somebody wakes it, which is not prevented: then the copy is torn. */
static bool ow_stands_still(struct task_struct *process)
{
	const unsigned int still = __TASK_STOPPED | __TASK_TRACED | TASK_FROZEN;
	struct task_struct *thread;

	for_each_thread(process, thread)
		if (!READ_ONCE(thread->exit_state) &&
		    (!(READ_ONCE(thread->__state) & still) ||
		     READ_ONCE(thread->on_cpu)))
			return false;
	return true;
}

/* The first thread may have exited: the others have its memory still. */
static struct mm_struct *ow_memory_of(struct task_struct *process)
{
	struct mm_struct *mm = NULL;
	struct task_struct *thread;

	rcu_read_lock();
	for_each_thread(process, thread) {
		mm = get_task_mm(thread);
		if (mm)
			break;
	}
	rcu_read_unlock();
	return mm;
}

/* The process that has the number that the caller has in its own namespace. */
static struct task_struct *ow_find_origin(void)
{
	struct task_struct *origin;

	rcu_read_lock();
	origin = find_task_by_pid_ns(task_pid_vnr(current), &init_pid_ns);
	if (!origin || origin == current || !thread_group_leader(origin))
		origin = ERR_PTR(-ESRCH);
	else if (!ow_stands_still(origin))
		origin = ERR_PTR(-EAGAIN);
	else
		get_task_struct(origin);
	rcu_read_unlock();
	return origin;
}

int ow_copy(void)
{
	struct task_struct *origin;
	struct mm_struct *mm;
	int ret;

	if (ow_successor && !ow_released())
		return -EBUSY;
	if (atomic_cmpxchg_acquire(&ow_copying, 0, 1))
		return -EBUSY;
	ret = ow_live_kernel_open();
	if (ret)
		goto out;
	origin = ow_find_origin();
	if (IS_ERR(origin)) {
		ret = PTR_ERR(origin);
		goto out;
	}
	mm = ow_memory_of(origin);
	ret = -ESRCH;
	if (mm) {
		ret = ow_become_copy(ow_live_kernel, (unsigned long)origin, mm);
		mmput(mm);
	}
	put_task_struct(origin);
out:
	/* Else its last thread does so. */
	if (ret)
		ow_copy_done();
	return ret;
}

/* --- Its memory ------------------------------------------------------------------ */

#define OW_COPY_CHUNK	(16 * PAGE_SIZE)

struct ow_copy_pass {
	struct ow_rebuild *rebuild;
	struct ow_cursor cursor;
	struct ow_user_tables *tables;
	void *chunk;
	u64 start, end;		/* of the VMA */
	unsigned long refused;
};

static bool ow_is_anonymous(struct ow_copy_pass *pass, const struct ow_pte *pte)
{
	struct ow_cursor *c = &pass->cursor;
	struct ow_page page;
	bool read;

	if (pte->kind == OW_PTE_SWAP)
		return true;
	if (pte->entry & OW_PTE_SPECIAL)
		return false;
	read = ow_page_read(c, pte->pfn, &page);
	if (!read)
		ow_cursor_init(c, pass->rebuild->kernel);
	return read && page.mapping & OW_MAPPING_ANON;
}

static int ow_copy_pte(void *priv, const struct ow_pte *pte)
{
	struct ow_copy_pass *pass = priv;
	u64 at = max(pte->address, pass->start);
	u64 end = min(pte->address + pte->size, pass->end);
	int len;

	if (!ow_is_anonymous(pass, pte))
		return OW_GO_ON;	/* of the file, which is mapped again */
	for (; at < end; at += len) {
		len = min_t(u64, end - at, OW_COPY_CHUNK);
		if (access_remote_vm(pass->rebuild->origin, at, pass->chunk,
				     len, FOLL_FORCE) != len ||
		    access_remote_vm(current->mm, at, pass->chunk, len,
				     FOLL_FORCE | FOLL_WRITE) != len)
			pass->refused++;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return OW_GO_ON;
}

static int ow_copy_vma(void *priv, const struct ow_vma *vma)
{
	struct ow_copy_pass *pass = priv;
	struct ow_fault_info why;
	int ret;

	if (vma->special || !vma->anon_vma.a)
		return OW_GO_ON;
	pass->start = vma->start;
	pass->end = vma->end;
	pass->refused = 0;
	ret = ow_user_walk(pass->tables, vma->start, vma->end, ow_copy_pte,
			   pass, &why);
	if (why.status != OW_OK)
		ow_verdict_fault(pass->rebuild->task.pid, OTHERWORLD_LOST,
				 "a page table", &why);
	if (pass->refused)
		ow_verdict(pass->rebuild->task.pid, OTHERWORLD_LOST,
			   vma->at.a, "memory",
			   "%lu pieces from %llx on cannot be copied",
			   pass->refused, vma->start);
	return ret;
}

int ow_copy_memory(struct ow_rebuild *rebuild)
{
	struct ow_copy_pass *pass = kzalloc(sizeof(*pass), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!pass)
		return -ENOMEM;
	pass->rebuild = rebuild;
	ow_cursor_init(&pass->cursor, rebuild->kernel);
	pass->tables = ow_user_tables_new(rebuild->kernel, rebuild->mm.pgd);
	pass->chunk = kmalloc(OW_COPY_CHUNK, GFP_KERNEL);
	if (pass->tables && pass->chunk)
		ret = ow_vmas_walk(rebuild->kernel, &rebuild->mm, ow_copy_vma,
				   pass, NULL);
	kfree(pass->chunk);
	if (pass->tables)
		ow_user_tables_free(pass->tables);
	kfree(pass);
	return ret;
}
