// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: signals that had not been delivered, and processes that were
 * stopped.
 *
 * Both are put back at the gate, before anything can send another signal. What
 * kills, though, kills when all are there to see it.
 */

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/signal.h>
#include <linux/slab.h>

#include "parse/ow_pending.h"
#include "rebuild.h"

struct ow_pending_pass {
	pid_t pid;
	struct sigpending *pending;
	int count;
};

static_assert(sizeof(struct ow_siginfo) == sizeof(struct kernel_siginfo));

/* A timer has its place in the queue for itself. */
static struct sigqueue *ow_timer_sigqueue(const struct ow_siginfo *info)
{
	struct k_itimer *timer;
	s32 id;

	if (info->code != SI_TIMER)
		return NULL;
	memcpy(&id, info->rest, sizeof(id));
	hlist_for_each_entry(timer, &current->signal->posix_timers, list)
		if (timer->it_id == id && list_empty(&timer->sigq->list))
			return timer->sigq;
	return NULL;
}

static int ow_queue_one(void *priv, const struct ow_siginfo *info)
{
	struct ow_pending_pass *pass = priv;
	struct sigqueue *q = ow_timer_sigqueue(info);

	if (!q) {
		q = sigqueue_alloc();
		if (!q)
			return -ENOMEM;
		/* What sigqueue_alloc() is for otherwise. */
		q->flags &= ~SIGQUEUE_PREALLOC;
	}
	memcpy(&q->info, info, sizeof(*info));
	spin_lock_irq(&ow_current_sighand()->siglock);
	list_add_tail(&q->list, &pass->pending->list);
	sigaddset(&pass->pending->signal, info->signo);
	spin_unlock_irq(&ow_current_sighand()->siglock);
	return OW_GO_ON;
}

static void ow_restore_pending(pid_t pid, struct ow_cursor *c,
			       const struct ow_pending *dead,
			       struct sigpending *pending)
{
	struct ow_pending_pass pass = { .pid = pid, .pending = pending };
	/* Some are pending without a place in the queue. */
	sigset_t set = { .sig = { dead->set } };
	int ret = ow_pending_walk(c, dead, ow_queue_one, &pass);

	if (ret)
		ow_verdict(pid, OTHERWORLD_DEGRADED, dead->list.a,
			   "pending signals", "some are lost: error %d", ret);
	if (!ow_cursor_ok(c)) {
		ow_verdict_fault(pid, OTHERWORLD_DEGRADED, "pending signals",
				 &c->fault);
		return;
	}
	sigdelset(&set, SIGKILL);
	spin_lock_irq(&ow_current_sighand()->siglock);
	sigorsets(&pending->signal, &pending->signal, &set);
	spin_unlock_irq(&ow_current_sighand()->siglock);
}

void ow_rebuild_pending(const struct ow_kernel *kernel,
			const struct ow_task *task, struct ow_resume *resume)
{
	struct ow_pending_pass first = { .pending = &current->pending };
	struct ow_pending pending;
	struct ow_siginfo info;
	struct ow_cursor c;

	if (ow_undelivered_signal(kernel, resume->trace, task, &info) &&
	    ow_queue_one(&first, &info))
		ow_verdict(task->pid, OTHERWORLD_DEGRADED, task->at.a,
			   "pending signals", "%d is lost: no memory",
			   info.signo);
	ow_cursor_init(&c, kernel);
	ow_pending_of_task(&c, task, &pending);
	resume->killed = pending.set & sigmask(SIGKILL);
	ow_restore_pending(task->pid, &c, &pending, &current->pending);
}

void ow_rebuild_shared_pending(const struct ow_kernel *kernel, pid_t pid,
			       struct ow_virt signal)
{
	struct ow_pending pending;
	struct ow_cursor c;

	ow_cursor_init(&c, kernel);
	ow_pending_of_process(&c, signal, &pending);
	ow_restore_pending(pid, &c, &pending, &current->signal->shared_pending);
}

/* --- Stopped --------------------------------------------------------------------- */

static unsigned long ow_translate(struct ow_cursor *c, u64 dead,
				  enum ow_fact flag, unsigned long live)
{
	return dead & ow_const(c, flag) ? live : 0;
}

void ow_rebuild_stop(const struct ow_kernel *kernel, const struct ow_task *task)
{
	unsigned long jobctl;
	struct ow_cursor c;

	ow_cursor_init(&c, kernel);
	jobctl = task->jobctl & ow_const(&c, OW_C_JOBCTL_STOP_SIGMASK) &
		 JOBCTL_STOP_SIGMASK;
	jobctl |= ow_translate(&c, task->jobctl, OW_C_JOBCTL_STOP_DEQUEUED,
			       JOBCTL_STOP_DEQUEUED) |
		  ow_translate(&c, task->jobctl, OW_C_JOBCTL_STOP_PENDING,
			       JOBCTL_STOP_PENDING) |
		  ow_translate(&c, task->jobctl, OW_C_JOBCTL_STOP_CONSUME,
			       JOBCTL_STOP_CONSUME) |
		  ow_translate(&c, task->jobctl, OW_C_JOBCTL_STOPPED,
			       JOBCTL_STOPPED);
	if (!ow_cursor_ok(&c))
		return;
	spin_lock_irq(&ow_current_sighand()->siglock);
	current->jobctl |= jobctl;
	spin_unlock_irq(&ow_current_sighand()->siglock);
}

void ow_rebuild_group_stop(const struct ow_kernel *kernel,
			   const struct ow_signal *dead)
{
	struct signal_struct *signal = current->signal;
	unsigned int flags;
	struct ow_cursor c;

	ow_cursor_init(&c, kernel);
	flags = ow_translate(&c, dead->flags, OW_C_SIGNAL_STOP_STOPPED,
			     SIGNAL_STOP_STOPPED) |
		ow_translate(&c, dead->flags, OW_C_SIGNAL_STOP_CONTINUED,
			     SIGNAL_STOP_CONTINUED) |
		ow_translate(&c, dead->flags, OW_C_SIGNAL_CLD_STOPPED,
			     SIGNAL_CLD_STOPPED) |
		ow_translate(&c, dead->flags, OW_C_SIGNAL_CLD_CONTINUED,
			     SIGNAL_CLD_CONTINUED);
	if (!ow_cursor_ok(&c))
		return;
	spin_lock_irq(&ow_current_sighand()->siglock);
	signal->flags |= flags;
	signal->group_stop_count = clamp(dead->group_stop_count, 0,
					 signal->nr_threads);
	/* It is the signal's number; wait() takes it away. */
	signal->group_exit_code = dead->group_exit_code;
	spin_unlock_irq(&ow_current_sighand()->siglock);
}

/*
 * Where do_signal_stop() would be: the parent was told of the stop, and a
 * SIGCONT may have come since the gate opened.
 */
static void ow_stay_stopped(void)
{
	spin_lock_irq(&ow_current_sighand()->siglock);
	while (current->jobctl & JOBCTL_STOPPED) {
		set_special_state(TASK_STOPPED);
		spin_unlock_irq(&ow_current_sighand()->siglock);
		schedule();
		spin_lock_irq(&ow_current_sighand()->siglock);
	}
	spin_unlock_irq(&ow_current_sighand()->siglock);
}

void ow_resume_signals(struct ow_resume *resume)
{
	struct signal_struct *signal = current->signal;

	if (resume->group_exit) {
		spin_lock_irq(&ow_current_sighand()->siglock);
		signal->flags = SIGNAL_GROUP_EXIT;
		signal->group_exit_code = resume->group_exit_code;
		sigaddset(&current->pending.signal, SIGKILL);
		spin_unlock_irq(&ow_current_sighand()->siglock);
	} else if (resume->killed) {
		/* Another thread was about to exec(), and waited for this. */
		ow_vfork_forget(resume);
		do_exit(SIGKILL);
	}
	if (READ_ONCE(current->jobctl) & JOBCTL_STOPPED)
		ow_stay_stopped();
	/*
	 * Signals, a call to be begun again, a mask to be put back, a parent
	 * to be told: all of this is done where signals are delivered.
	 */
	set_thread_flag(TIF_SIGPENDING);
}
