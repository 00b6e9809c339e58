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
 * be rebuilt is killed before it has executed one instruction, its parent finds
 * it so, and a verdict says why. PID 1 must not die; it runs the machine's init
 * afresh instead.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/binfmts.h>
#include <linux/capability.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/resource.h>
#include <linux/pid.h>
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
	struct ow_judgement fate;
	bool has_body = false;
	struct ow_cursor c;

	ow_cursor_init(&c, rebuild->kernel);
	if (ow_task_read(&c, ow_virt_at(at), task) &&
	    ow_signal_read(&c, task->signal, &rebuild->signal)) {
		has_body = ow_process_body(rebuild->kernel, task,
					   &rebuild->body);
		rebuild->zombie = !has_body && ow_task_is_gone(&c, task);
	}
	if (has_body)
		ow_mm_read(&c, rebuild->body.mm, &rebuild->mm);
	if (!ow_cursor_ok(&c)) {
		ow_verdict_fault(task_pid_vnr(current), OTHERWORLD_LOST, "process",
				 &c.fault);
		return -EIO;
	}
	if (task->pid != task->tgid || task->pid != task_pid_vnr(current) ||
	    ow_task_is_kernel(&c, task)) {
		ow_verdict(task_pid_vnr(current), OTHERWORLD_LOST, at, "process",
			   "its task says that it is somebody else's");
		return -EINVAL;
	}
	if (ow_fault_point(OW_POINT_READ, task->comm))
		return -EIO;
	fate = ow_judge_process(&c, task, has_body ? &rebuild->body : NULL);
	if (fate.reason) {
		ow_verdict(task->pid, fate.grade, at, "process", "%s",
			   fate.reason);
		return -EOPNOTSUPP;
	}
	return 0;
}

/* --- Its address space ------------------------------------------------------------ */

void ow_live_mm_put(struct ow_live_mm *live)
{
	if (!refcount_dec_and_test(&live->users))
		return;
	mmput(live->mm);
	kfree(live);
}

static struct ow_live_mm *ow_new_live_mm(struct ow_virt dead)
{
	struct ow_live_mm *live = kzalloc(sizeof(*live), GFP_KERNEL);

	if (!live)
		return NULL;
	live->mm = mm_alloc();
	if (!live->mm)
		goto err_free;
	refcount_set(&live->users, 1);
	live->mm->context.flags = MM_CONTEXT_HAS_VSYSCALL;
	if (ow_object_put(OW_OBJECT_MM, dead, live))
		goto err_mm;
	return live;

err_mm:
	mmput(live->mm);
err_free:
	kfree(live);
	return NULL;
}

/*
 * Into the new address space: an empty one, or the one of a process that this
 * one shared it with. @joined says which.
 */
static int ow_enter_address_space(struct ow_rebuild *rebuild, bool *joined)
{
	struct ow_live_mm *live;
	int ret;

	ow_objects_lock();
	live = ow_object_get(OW_OBJECT_MM, rebuild->body.mm);
	*joined = live;
	if (!live)
		live = ow_new_live_mm(rebuild->body.mm);
	if (live)
		mmget(live->mm);
	ow_objects_unlock();
	if (!live)
		return -ENOMEM;

	rebuild->live_mm = live;
	ret = ow_fault_point(OW_POINT_ADDRESS_SPACE, rebuild->task.comm);
	if (ret) {
		mmput(live->mm);
		return ret;
	}
	/* It is about to be added, and is there already. */
	if (*joined)
		lru_gen_del_mm(live->mm);
	ret = exec_mmap(live->mm);
	if (ret) {
		mmput(live->mm);
		return ret;
	}
	up_write(&current->signal->exec_update_lock);
	return 0;
}

static void ow_raise_file_limit(void)
{
	struct rlimit *limit = current->signal->rlim + RLIMIT_NOFILE;

	/* Numbers that were given out under a limit since lowered. */
	limit->rlim_cur = sysctl_nr_open;
	limit->rlim_max = sysctl_nr_open;
}

static int ow_rebuild_process(struct ow_rebuild *rebuild, bool joined)
{
	const char *comm = rebuild->task.comm;
	int ret;

	ret = ow_rebuild_namespaces(rebuild);
	if (ret) {
		if (!joined)
			WRITE_ONCE(rebuild->live_mm->failed, true);
		return ret;
	}
	if (!joined) {
		ret = ow_rebuild_memory(rebuild);
		ret = ret ?: ow_fault_point(OW_POINT_MEMORY, comm);
		if (ret) {
			WRITE_ONCE(rebuild->live_mm->failed, true);
			return ret;
		}
	}
	ow_raise_file_limit();
	ret = ow_rebuild_files(rebuild->kernel, &rebuild->body);
	ret = ret ?: ow_fault_point(OW_POINT_FILES, comm);
	if (ret)
		return ret;
	ret = ow_rebuild_fs(rebuild->kernel, &rebuild->body);
	ret = ret ?: ow_fault_point(OW_POINT_FS, comm);
	if (ret)
		return ret;
	ret = ow_rebuild_signals(rebuild);
	ret = ret ?: ow_fault_point(OW_POINT_SIGNALS, comm);
	if (ret)
		return ret;
	if (!rebuild->origin)
		ret = ow_note_kin(rebuild);
	ret = ret ?: ow_fault_point(OW_POINT_KIN, comm);
	if (ret)
		return ret;
	ow_judge_process_ties(rebuild);
	ret = ow_rebuild_threads(rebuild);
	if (ret)
		return ret;
	/* Its limits must not stand in the way of its own resurrection. */
	ow_rebuild_identity(rebuild);
	return 0;
}

static int ow_rebuild_living(struct ow_rebuild *rebuild)
{
	bool joined;
	int ret;

	ret = ow_enter_address_space(rebuild, &joined);
	if (ret)
		return ret;
	rebuild->begun = true;
	return ow_rebuild_process(rebuild, joined);
}

/* The caller stands for it until its parent can be told. */
static void ow_stand_in(const struct ow_kernel *kernel, u64 task)
{
	ow_note_lost(kernel, ow_virt_at(task), current->pid);
	ow_settle(false);
	ow_await_death();
}

void ow_start_init(void)
{
	static const char * const programs[] = { "/sbin/init", "/etc/init",
						 "/bin/init", "/bin/sh" };
	static const char * const envp[] = { "HOME=/", NULL };
	unsigned int i;

	pr_crit("PID 1 is lost: its program starts afresh\n");
	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		const char *const argv[] = { programs[i], NULL };

		if (!kernel_execve(programs[i], argv, envp))
			return;
	}
	panic("PID 1 is lost, and there is no program to start in its place");
}

static int ow_give_up(const struct ow_rebuild *rebuild, u64 task, int error)
{
	if (!is_global_init(current)) {
		ow_stand_in(rebuild->kernel, task);
		return 0;
	}
	if (!rebuild->begun)
		return error;
	ow_settle(false);
	ow_start_init();
	return 0;
}

static struct ow_rebuild *ow_new_rebuild(const struct ow_kernel *kernel)
{
	struct ow_rebuild *rebuild;

	if (!thread_group_empty(current))
		return ERR_PTR(-EINVAL);
	if (!kernel)
		return ERR_PTR(-ENODEV);
	rebuild = kzalloc(sizeof(*rebuild), GFP_KERNEL);
	if (!rebuild)
		return ERR_PTR(-ENOMEM);
	rebuild->kernel = kernel;
	return rebuild;
}

int ow_become(u64 task)
{
	struct ow_rebuild *rebuild = ow_new_rebuild(ow_dead_kernel());
	int ret;

	if (IS_ERR(rebuild))
		return PTR_ERR(rebuild);
	ret = ow_read_process(rebuild, task);
	if (!ret) {
		ret = rebuild->zombie ? ow_rebuild_zombie(rebuild) :
					ow_rebuild_living(rebuild);
		if (ret)
			ow_verdict(task_pid_vnr(current), OTHERWORLD_LOST, task,
				   "process", "given up: error %d", ret);
	}
	if (ret)
		ret = ow_give_up(rebuild, task, ret);
	kfree(rebuild);
	return ret;
}

/* Of a process that lives; nobody is told if it fails but the caller. */
int ow_become_copy(const struct ow_kernel *kernel, u64 task,
		   struct mm_struct *origin)
{
	struct ow_rebuild *rebuild = ow_new_rebuild(kernel);
	int ret;

	if (IS_ERR(rebuild))
		return PTR_ERR(rebuild);
	rebuild->origin = origin;
	ret = ow_read_process(rebuild, task);
	if (!ret && rebuild->zombie)
		ret = -ESRCH;
	ret = ret ?: ow_refuse_namespaces(rebuild);
	ret = ret ?: ow_rebuild_living(rebuild);
	if (ret && rebuild->begun)
		force_sig(SIGKILL);
	kfree(rebuild);
	return ret;
}

int ow_lose(u64 task)
{
	const struct ow_kernel *kernel = ow_dead_kernel();

	if (!kernel)
		return -ENODEV;
	if (!thread_group_empty(current) || is_global_init(current))
		return -EINVAL;
	ow_stand_in(kernel, task);
	return 0;
}
