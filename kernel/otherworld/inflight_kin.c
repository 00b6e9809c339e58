// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: system calls whose progress shows in other tasks: a child that
 * was made, a signal that was sent.
 */

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/signal.h>
#include <linux/uaccess.h>
#include <asm/unistd.h>

#include "../exit.h"
#include "inflight.h"
#include "parse/ow_pending.h"

/* --- Children ------------------------------------------------------------------------- */

/*
 * A thread that runs comes back from making a task within microseconds. This is
 * far more than that, and far less than between two that matter.
 */
#define OW_FORK_RECENT	(10 * NSEC_PER_MSEC)

struct ow_child_search {
	struct ow_call *call;
	bool vforked;		/* the one that it waits for */
	bool unborn;		/* one that has never run */
	u64 since;		/* one that is younger */
	pid_t pid;		/* found */
};

static bool ow_is_the_child(struct ow_cursor *c,
			    const struct ow_child_search *search,
			    const struct ow_task *task)
{
	const struct ow_task *parent = search->call->task;
	u64 stack = parent->stack.a;

	if (search->vforked)
		return task->vfork_done.a >= stack &&
		       task->vfork_done.a < stack +
					    ow_const(c, OW_C_THREAD_SIZE);
	if (task->real_parent.a != parent->at.a &&
	    task->tgid != parent->tgid)
		return false;
	if (search->unborn)
		return task->state & ow_const(c, OW_C_TASK_NEW);
	return task->start_time > search->since;
}

static int ow_each_child(void *priv, struct ow_virt at)
{
	struct ow_child_search *search = priv;
	struct ow_cursor c;
	struct ow_task task;

	ow_cursor_init(&c, search->call->kernel);
	if (at.a == search->call->task->at.a || !ow_task_read(&c, at, &task))
		return OW_GO_ON;
	if (ow_is_the_child(&c, search, &task)) {
		search->pid = task.pid;
		search->since = task.start_time;
	}
	return OW_GO_ON;
}

static bool ow_find_child(struct ow_child_search *search)
{
	struct ow_call *call = search->call;

	if (call->number == __NR_clone && call->regs->di & CLONE_THREAD)
		ow_threads_walk(call->kernel, call->task->signal,
				ow_each_child, search, NULL);
	else
		ow_processes_walk(call->kernel, ow_each_child, search, NULL);
	return search->pid;
}

void ow_settle_fork(struct ow_call *call)
{
	struct ow_child_search search = { .call = call, .vforked = true };

	if (ow_find_child(&search)) {
		/* Until it is over its registers say that it is in the call. */
		call->resume->vfork_child = search.pid;
		return;
	}
	search.vforked = false;
	if (call->task->on_cpu && !ow_kernel_lives(call->kernel))
		search.since = ow_dead_fault->mono_ns - OW_FORK_RECENT;
	/* Else it sleeps within copy_process(), or has slept behind it. */
	search.unborn = ow_call_within(call, OW_A_copy_process,
				       OW_C_OW_COPY_PROCESS_END);
	if (ow_find_child(&search))
		ow_call_return(call, search.pid);
	else
		ow_call_restart(call, -ERESTARTNOINTR);
}

static LIST_HEAD(ow_vforks);
static DEFINE_MUTEX(ow_vforks_lock);

void ow_vfork_wait_begin(struct ow_resume *resume)
{
	init_completion(&resume->vfork_done);
	mutex_lock(&ow_vforks_lock);
	list_add(&resume->vforks, &ow_vforks);
	mutex_unlock(&ow_vforks_lock);
}

/* All processes are there, and none of them moves. */
void ow_link_vforks(void)
{
	struct ow_resume *resume, *next;
	struct task_struct *child;

	mutex_lock(&ow_vforks_lock);
	list_for_each_entry_safe(resume, next, &ow_vforks, vforks) {
		rcu_read_lock();
		child = find_task_by_pid_ns(resume->vfork_child, &init_pid_ns);
		if (child && thread_group_leader(child))
			get_task_struct(child);
		else
			child = NULL;
		rcu_read_unlock();
		list_del_init(&resume->vforks);
		if (!child) {
			complete(&resume->vfork_done);
			continue;
		}
		task_lock(child);
		child->vfork_done = &resume->vfork_done;
		task_unlock(child);
		resume->vfork_task = child;
	}
	mutex_unlock(&ow_vforks_lock);
}

void ow_vfork_forget(struct ow_resume *resume)
{
	struct task_struct *child;

	mutex_lock(&ow_vforks_lock);
	list_del_init(&resume->vforks);
	child = resume->vfork_task;
	resume->vfork_task = NULL;
	mutex_unlock(&ow_vforks_lock);
	if (!child)
		return;
	task_lock(child);
	if (child->vfork_done == &resume->vfork_done)
		child->vfork_done = NULL;
	task_unlock(child);
	put_task_struct(child);
}

/* As wait_for_vfork_done() does. */
void ow_vfork_wait(struct ow_resume *resume)
{
	if (resume->vfork_task)
		wait_for_completion_killable(&resume->vfork_done);
	ow_vfork_forget(resume);
	current_pt_regs()->ax = resume->vfork_child;
	current_pt_regs()->orig_ax = -1;
}

/* --- Children that are dead --------------------------------------------------------- */

static int ow_each_listed(void *priv, struct ow_virt at)
{
	const struct ow_task *child = priv;

	return at.a == child->at.a;
}

/*
 * A child that this process is releasing, and that is on no list any more. One
 * that is comes back, exits again, and can be found once more. The last that is
 * done is to let go of it: then it is still there, for a while.
 */
static bool ow_is_reaped(struct ow_call *call, struct ow_virt at, void *priv)
{
	bool releasing = ow_trace_find(call->resume->trace, release_task) >= 0;
	struct ow_task *child = priv;
	struct ow_cursor c;
	s32 parent;

	ow_cursor_init(&c, call->kernel);
	if (ow_get(&c, at, OW_F_task_struct_exit_state) !=
	    ow_const(&c, OW_C_EXIT_DEAD) ||
	    (!releasing && !ow_get(&c, at, OW_F_task_struct_rcu_users)) ||
	    !ow_task_read(&c, at, child) || child->pid != child->tgid)
		return false;
	parent = ow_get(&c, child->real_parent, OW_F_task_struct_tgid);
	return ow_cursor_ok(&c) && parent == call->task->tgid &&
	       !ow_processes_walk(call->kernel, ow_each_listed, child, NULL);
}

/* As waitid() fills it in, by the status that wait4() gives. */
static long ow_tell_waitid(const struct pt_regs *regs,
			   const struct ow_task *child, u32 uid, int status)
{
	struct kernel_siginfo info = {
		.si_signo = SIGCHLD,
		.si_pid = child->pid,
		.si_uid = uid,
	};

	if (!(status & 0x7f)) {
		info.si_code = CLD_EXITED;
		info.si_status = status >> 8;
	} else {
		info.si_code = status & 0x80 ? CLD_DUMPED : CLD_KILLED;
		info.si_status = status & 0x7f;
	}
	if (regs->dx &&
	    copy_siginfo_to_user((siginfo_t __user *)regs->dx, &info))
		return -EFAULT;
	return 0;
}

/* It was found dead, and nobody else can have it any more. */
static void ow_return_reaped(struct ow_call *call, const struct ow_task *child)
{
	bool wait4 = call->number == __NR_wait4;
	const struct pt_regs *regs = call->regs;
	struct ow_signal signal;
	struct ow_cred cred;
	long ret = child->pid;
	int status;

	if (!ow_signal_read(&call->c, child->signal, &signal) ||
	    !ow_cred_read(&call->c, child->cred, &cred)) {
		ow_call_doubt(call, "the child that it had found is lost");
		return;
	}
	status = signal.flags & ow_const(&call->c, OW_C_SIGNAL_GROUP_EXIT) ?
		 signal.group_exit_code : child->exit_code;
	if (!wait4)
		ret = ow_tell_waitid(regs, child, cred.uid, status);
	else if (regs->si && put_user(status, (int __user *)regs->si))
		ret = -EFAULT;
	if (wait4 ? regs->r10 : regs->r8)
		ow_verdict(call->task->pid, OTHERWORLD_DEGRADED, child->at.a,
			   "system call", "%s: the child's usage is not told",
			   ow_call_name(call->number));
	ow_call_return(call, ret);
}

void ow_settle_reap(struct ow_call *call)
{
	struct ow_task child;

	ow_call_restart(call, -ERESTARTSYS);
	if (call->resume->trace &&
	    ow_trace_find(call->resume->trace, __do_wait) >= 0 &&
	    ow_call_search(call, ow_is_reaped, &child))
		ow_return_reaped(call, &child);
}

/* --- Signals -------------------------------------------------------------------------- */

struct ow_signal_search {
	struct ow_call *call;
	pid_t target;
	int signo;
	bool found;
};

static int ow_each_pending(void *priv, const struct ow_siginfo *info)
{
	struct ow_signal_search *search = priv;
	s32 sender;

	/* si_pid is what follows si_code for all of these calls. */
	memcpy(&sender, info->rest, sizeof(sender));
	search->found = info->signo == search->signo && info->code <= 0 &&
			sender == search->call->task->tgid;
	return search->found;
}

static int ow_each_target(void *priv, struct ow_virt at)
{
	struct ow_signal_search *search = priv;
	struct ow_pending pending;
	struct ow_task task;
	struct ow_cursor c;

	ow_cursor_init(&c, search->call->kernel);
	if (!ow_task_read(&c, at, &task) || task.pid != search->target)
		return OW_GO_ON;
	ow_pending_of_task(&c, &task, &pending);
	ow_pending_walk(&c, &pending, ow_each_pending, search);
	if (!search->found) {
		ow_pending_of_process(&c, task.signal, &pending);
		ow_pending_walk(&c, &pending, ow_each_pending, search);
	}
	return search->found;
}

/* They do not wait: the thread was running. */
void ow_settle_signal(struct ow_call *call)
{
	bool group = call->number == __NR_tgkill ||
		     call->number == __NR_rt_tgsigqueueinfo;
	const struct pt_regs *regs = call->regs;
	struct ow_signal_search search = {
		.call = call,
		.target = group ? regs->si : regs->di,
		.signo = group ? regs->dx : regs->si,
	};

	ow_call_restart(call, -ERESTARTNOINTR);
	if (!call->begun)
		return;
	if (call->number == __NR_pidfd_send_signal ||
	    (call->number == __NR_kill && search.target <= 0)) {
		ow_call_doubt(call, "it may have been sent");
		return;
	}
	ow_processes_walk(call->kernel, ow_each_target, &search, NULL);
	if (!search.found)
		ow_threads_walk(call->kernel, call->task->signal,
				ow_each_target, &search, NULL);
	if (search.found)
		ow_call_return(call, 0);
}
