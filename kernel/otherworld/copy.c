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
 * has no name. Memory that is shared with others is the copy's own, so that not
 * even its death is felt by them. Whatever is opened by its name has to be the
 * very same object, since the caller may open more than the original.
 *
 * There is no gate that opens for all: when its last thread has arrived, the
 * copy is stopped by SIGSTOP before it has executed one instruction, and
 * whoever made it does with it what they want.
 */

#include <linux/bitmap.h>
#include <linux/fdtable.h>
#include <linux/mm.h>
#include <linux/pagewalk.h>
#include <linux/pid_namespace.h>
#include <linux/ptrace.h>
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

/* --- Whose copy ---------------------------------------------------------------- */

/* Of the copy that is being made. */
static struct task_struct *ow_origin;
static unsigned long ow_origin_switches;

/*
 * Until somebody wakes it, which is not prevented; then what was read of it was
 * torn, or is somebody else's by now. How often its threads had the CPU tells
 * that none had it since. 0 if one runs.
 */
static unsigned long ow_switches_at_rest(struct task_struct *process)
{
	const unsigned int still = __TASK_STOPPED | __TASK_TRACED | TASK_FROZEN;
	struct task_struct *thread;
	unsigned long sum = 0;

	rcu_read_lock();
	for_each_thread(process, thread) {
		if (READ_ONCE(thread->exit_state))
			continue;
		if (!(READ_ONCE(thread->__state) & still) ||
		    READ_ONCE(thread->on_cpu)) {
			sum = 0;
			break;
		}
		sum += 1 + thread->nvcsw + thread->nivcsw;
	}
	rcu_read_unlock();
	return sum;
}

bool ow_copy_is_whole(void)
{
	return ow_switches_at_rest(ow_origin) == ow_origin_switches;
}

/* The last thread has arrived, or there will be none. */
void ow_copy_done(void)
{
	ow_objects_drop();
	if (ow_origin)
		put_task_struct(ow_origin);
	ow_origin = NULL;
	atomic_set_release(&ow_copying, 0);
}

/* The process that has the number that the caller has in its own namespace. */
static struct task_struct *ow_find_origin(void)
{
	struct task_struct *origin;

	if (task_active_pid_ns(current)->parent != &init_pid_ns)
		return NULL;
	rcu_read_lock();
	origin = find_task_by_pid_ns(task_pid_vnr(current), &init_pid_ns);
	if (origin && thread_group_leader(origin))
		get_task_struct(origin);
	else
		origin = NULL;
	rcu_read_unlock();
	return origin;
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

/* Somebody else than its threads could change them while they are read. */
static bool ow_is_shared(struct task_struct *origin, struct mm_struct *mm)
{
	int threads = get_nr_threads(origin);
	struct task_struct *thread;
	bool shared;

	/* One more is ours. */
	shared = atomic_read(&mm->mm_users) > threads + 1;
	rcu_read_lock();
	for_each_thread(origin, thread) {
		task_lock(thread);
		if (thread->files &&
		    atomic_read(&thread->files->count) > threads)
			shared = true;
		task_unlock(thread);
	}
	rcu_read_unlock();
	return shared;
}

static int ow_copy_origin(void)
{
	struct mm_struct *mm;
	int ret;

	if (!ptrace_may_access(ow_origin, PTRACE_MODE_ATTACH_REALCREDS))
		return -EPERM;
	ow_origin_switches = ow_switches_at_rest(ow_origin);
	if (!ow_origin_switches)
		return -EAGAIN;
	mm = ow_memory_of(ow_origin);
	if (!mm)
		return -ESRCH;
	if (ow_is_shared(ow_origin, mm))
		ret = -EAGAIN;
	else
		ret = ow_become_copy(ow_live_kernel, (unsigned long)ow_origin,
				     mm);
	mmput(mm);
	return ret;
}

int ow_copy(void)
{
	int ret;

	if (ow_successor && !ow_released())
		return -EBUSY;
	if (atomic_cmpxchg_acquire(&ow_copying, 0, 1))
		return -EBUSY;
	ret = ow_live_kernel_open();
	if (!ret) {
		ow_origin = ow_find_origin();
		ret = ow_origin ? ow_copy_origin() : -ESRCH;
	}
	/* Else its last thread does so. */
	if (ret)
		ow_copy_done();
	return ret;
}

/* --- Its memory ------------------------------------------------------------------ */

/* What is looked at before it is copied: one huge page. */
#define OW_COPY_WINDOW	PMD_SIZE
#define OW_COPY_CHUNK	(16 * PAGE_SIZE)

struct ow_copy_pass {
	struct ow_rebuild *rebuild;
	void *chunk;
	/* Which pages of the window are the process's own. */
	unsigned long window;
	DECLARE_BITMAP(own, PTRS_PER_PTE);
	unsigned long refused;
};

static void ow_note_own(struct ow_copy_pass *pass, unsigned long at,
			unsigned long end)
{
	bitmap_set(pass->own, (at - pass->window) >> PAGE_SHIFT,
		   (end - at) >> PAGE_SHIFT);
}

static int ow_look_at_pmd(pmd_t *pmd, unsigned long at, unsigned long end,
			  struct mm_walk *walk)
{
	pmd_t entry = pmdp_get_lockless(pmd);

	if (pmd_none(entry) || (pmd_present(entry) && !pmd_trans_huge(entry)))
		return 0;
	/* A huge one, maybe on its way elsewhere: there is no table below. */
	walk->action = ACTION_CONTINUE;
	if (vma_is_anonymous(walk->vma))
		ow_note_own(walk->private, at, end);
	return 0;
}

static int ow_look_at_pte(pte_t *pte, unsigned long at, unsigned long end,
			  struct mm_walk *walk)
{
	pte_t entry = ptep_get(pte);
	struct page *page = NULL;

	if (pte_none(entry))
		return 0;
	if (pte_present(entry))
		page = vm_normal_page(walk->vma, at, entry);
	/* What is not there is in motion, or swapped out: also its own. */
	if (!pte_present(entry) || (page && PageAnon(page)))
		ow_note_own(walk->private, at, end);
	return 0;
}

static const struct mm_walk_ops ow_look_ops = {
	.pmd_entry = ow_look_at_pmd,
	.pte_entry = ow_look_at_pte,
	.walk_lock = PGWALK_RDLOCK,
};

/* By address: whatever becomes of a page meanwhile, its content stays. */
static void ow_copy_run(struct ow_copy_pass *pass, unsigned long at,
			unsigned long end)
{
	int len;

	for (; at < end && !fatal_signal_pending(current); at += len) {
		len = min(end - at, OW_COPY_CHUNK);
		if (access_remote_vm(pass->rebuild->origin, at, pass->chunk,
				     len, FOLL_FORCE) != len ||
		    access_remote_vm(current->mm, at, pass->chunk, len,
				     FOLL_FORCE | FOLL_WRITE) != len)
			pass->refused++;
		cond_resched();
	}
}

static void ow_copy_window(struct ow_copy_pass *pass, unsigned long start,
			   unsigned long end)
{
	struct mm_struct *origin = pass->rebuild->origin;
	unsigned long first, last;

	pass->window = round_down(start, OW_COPY_WINDOW);
	bitmap_zero(pass->own, PTRS_PER_PTE);
	mmap_read_lock(origin);
	walk_page_range(origin, start, end, &ow_look_ops, pass);
	mmap_read_unlock(origin);
	for_each_set_bitrange(first, last, pass->own, PTRS_PER_PTE)
		ow_copy_run(pass, pass->window + first * PAGE_SIZE,
			    pass->window + last * PAGE_SIZE);
}

static int ow_copy_vma(void *priv, const struct ow_vma *vma)
{
	struct ow_copy_pass *pass = priv;
	unsigned long at = vma->start, end;

	if (vma->special || !vma->anon_vma.a)
		return OW_GO_ON;
	pass->refused = 0;
	for (; at < vma->end && !fatal_signal_pending(current); at = end) {
		end = min_t(u64, round_down(at, OW_COPY_WINDOW) +
			    OW_COPY_WINDOW, vma->end);
		ow_copy_window(pass, at, end);
	}
	if (pass->refused)
		ow_verdict(pass->rebuild->task.pid, OTHERWORLD_LOST,
			   vma->at.a, "memory",
			   "%lu pieces from %llx on cannot be copied",
			   pass->refused, vma->start);
	return fatal_signal_pending(current) ? -EINTR : OW_GO_ON;
}

int ow_copy_memory(struct ow_rebuild *rebuild)
{
	struct ow_copy_pass *pass = kzalloc(sizeof(*pass), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!pass)
		return -ENOMEM;
	pass->rebuild = rebuild;
	pass->chunk = kmalloc(OW_COPY_CHUNK, GFP_KERNEL);
	if (pass->chunk)
		ret = ow_vmas_walk(rebuild->kernel, &rebuild->mm, ow_copy_vma,
				   pass, NULL);
	kfree(pass->chunk);
	kfree(pass);
	return ret;
}
