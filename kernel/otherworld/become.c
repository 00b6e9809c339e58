// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: a living process becomes a dead one.
 */

/**
 * DOC: BECOME
 *
 * The caller is a stub: forked for this, with the dead process's PID, and with
 * nothing of its own that matters. What can be checked is checked while it
 * still is itself. Then it gives up its address space for an empty one, and
 * all that follows is built in its own context, as current.
 *
 * There is no way back from there, and none is needed: a process that cannot
 * be rebuilt is killed before it has executed one instruction, and a verdict
 * says why. PID 1 must not die; it runs the machine's init afresh instead.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/binfmts.h>
#include <linux/capability.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <asm/mmu.h>

#include "rebuild.h"

/* --- How many have got how far ------------------------------------------------- */

static DEFINE_SPINLOCK(ow_settled_lock);
static DECLARE_WAIT_QUEUE_HEAD(ow_settled_wait);
static u32 ow_arrived, ow_failed;

void ow_settle(bool arrived)
{
	spin_lock(&ow_settled_lock);
	if (arrived)
		ow_arrived++;
	else
		ow_failed++;
	spin_unlock(&ow_settled_lock);
	wake_up_all(&ow_settled_wait);
}

static u32 ow_settled_count(void)
{
	return READ_ONCE(ow_arrived) + READ_ONCE(ow_failed);
}

int ow_settled(struct otherworld_settled *settled)
{
	long timeout = msecs_to_jiffies(settled->timeout_ms);
	u32 seen = settled->seen;

	timeout = wait_event_interruptible_timeout(ow_settled_wait,
						   ow_settled_count() != seen,
						   timeout);
	if (timeout < 0)
		return timeout;
	spin_lock(&ow_settled_lock);
	settled->arrived = ow_arrived;
	settled->failed = ow_failed;
	spin_unlock(&ow_settled_lock);
	return 0;
}

/* --- One process ----------------------------------------------------------------- */

static int ow_read_process(struct ow_rebuild *rebuild, u64 at)
{
	struct ow_task *task = &rebuild->task;
	const char *reason = NULL;
	struct ow_cursor c;

	ow_cursor_init(&c, rebuild->kernel);
	if (!ow_task_read(&c, ow_virt_at(at), task) ||
	    !ow_signal_read(&c, task->signal, &rebuild->signal) ||
	    (task->mm.a && !ow_mm_read(&c, task->mm, &rebuild->mm))) {
		ow_verdict_fault(current->pid, OTHERWORLD_LOST, "process",
				 &c.fault);
		return -EIO;
	}
	if (task->pid != task->tgid || task->pid != current->pid)
		return -EINVAL;
	if (ow_task_is_kernel(&c, task))
		return -EINVAL;
	if (ow_task_is_32bit(&c, task))
		reason = "32-bit processes are not supported";
	else if (!task->mm.a || task->exit_state ||
		 task->flags & ow_const(&c, OW_C_PF_EXITING))
		reason = "it was exiting";
	if (reason) {
		ow_verdict(task->pid, OTHERWORLD_LOST, at, "process", "%s",
			   reason);
		return -EOPNOTSUPP;
	}
	return 0;
}

static int ow_new_address_space(void)
{
	struct mm_struct *mm = mm_alloc();
	int ret;

	if (!mm)
		return -ENOMEM;
	mm->context.flags = MM_CONTEXT_HAS_VSYSCALL;
	ret = exec_mmap(mm);
	if (ret) {
		mmput(mm);
		return ret;
	}
	up_write(&current->signal->exec_update_lock);
	return 0;
}

static int ow_rebuild_process(struct ow_rebuild *rebuild)
{
	int ret;

	ret = ow_rebuild_memory(rebuild);
	if (ret)
		return ret;
	ret = ow_rebuild_files(rebuild);
	if (ret)
		return ret;
	ret = ow_rebuild_fs(rebuild);
	if (ret)
		return ret;
	ret = ow_rebuild_signals(rebuild);
	if (ret)
		return ret;
	ret = ow_note_kin(rebuild);
	if (ret)
		return ret;
	ret = ow_rebuild_threads(rebuild);
	if (ret)
		return ret;
	/* Its limits must not stand in the way of its own resurrection. */
	ow_rebuild_identity(rebuild);
	return 0;
}

static void ow_give_up(struct ow_rebuild *rebuild, int error)
{
	ow_verdict(rebuild->task.pid, OTHERWORLD_LOST, rebuild->task.at.a,
		   "process", "given up: error %d", error);
	ow_settle(false);
	if (is_global_init(current)) {
		static const char * const argv[] = { "/sbin/init", NULL };
		static const char * const envp[] = { "HOME=/", NULL };

		pr_crit("PID 1 is lost: its program starts afresh\n");
		kernel_execve(argv[0], argv, envp);
		return;
	}
	force_sig(SIGKILL);
}

int ow_become(u64 task)
{
	struct ow_rebuild *rebuild;
	int ret;

	if (!thread_group_empty(current))
		return -EINVAL;
	rebuild = kzalloc(sizeof(*rebuild), GFP_KERNEL);
	if (!rebuild)
		return -ENOMEM;
	ret = -ENODEV;
	rebuild->kernel = ow_dead_kernel();
	if (!rebuild->kernel)
		goto out;
	ret = ow_read_process(rebuild, task);
	if (ret)
		goto out;
	ret = ow_new_address_space();
	if (ret)
		goto out;

	ret = ow_rebuild_process(rebuild);
	if (ret) {
		ow_give_up(rebuild, ret);
		ret = 0;
	}
out:
	kfree(rebuild);
	return ret;
}
