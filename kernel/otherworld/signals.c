// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: handlers, masks and signals that had not been delivered.
 */

#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/signal.h>

#include "rebuild.h"

/* Flags that say something of the action, as sigaction(2) has them. */
#define OW_SA_FLAGS	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | \
			 SA_RESTART | SA_NODEFER | SA_RESETHAND | SA_RESTORER | \
			 SA_EXPOSE_TAGBITS)

static int ow_fill_sighand(struct ow_rebuild *rebuild,
			   struct sighand_struct *sighand)
{
	struct ow_sigaction dead;
	struct ow_cursor c;
	int sig;

	ow_cursor_init(&c, rebuild->kernel);
	for (sig = 1; sig <= min(_NSIG, OW_NSIG); sig++) {
		struct k_sigaction *action = &sighand->action[sig - 1];

		if (!ow_sigaction_read(&c, rebuild->body.sighand, sig, &dead)) {
			ow_verdict_fault(rebuild->task.pid, OTHERWORLD_LOST,
					 "signal handlers", &c.fault);
			return -EIO;
		}
		spin_lock_irq(&sighand->siglock);
		action->sa.sa_handler = (__sighandler_t)dead.handler;
		action->sa.sa_flags = dead.flags & OW_SA_FLAGS;
		action->sa.sa_restorer = (__sigrestore_t)dead.restorer;
		action->sa.sa_mask.sig[0] = dead.mask;
		spin_unlock_irq(&sighand->siglock);
	}
	return 0;
}

/* Handlers are shared beyond a process by CLONE_SIGHAND without CLONE_THREAD. */
static void ow_join_sighand(struct sighand_struct *shared)
{
	struct sighand_struct *old = ow_current_sighand();

	refcount_inc(&shared->count);
	write_lock_irq(&tasklist_lock);
	spin_lock(&old->siglock);
	rcu_assign_pointer(current->sighand, shared);
	spin_unlock(&old->siglock);
	write_unlock_irq(&tasklist_lock);
	__cleanup_sighand(old);
}

int ow_rebuild_signals(struct ow_rebuild *rebuild)
{
	struct ow_virt dead = rebuild->body.sighand;
	struct sighand_struct *shared, *live;
	int ret = 0;

	ow_objects_lock();
	shared = ow_object_get(OW_OBJECT_SIGHAND, dead);
	if (shared) {
		ow_join_sighand(shared);
	} else {
		live = ow_current_sighand();
		refcount_inc(&live->count);
		ret = ow_object_put(OW_OBJECT_SIGHAND, dead, live);
		if (ret)
			__cleanup_sighand(live);
	}
	ow_objects_unlock();
	if (ret || shared)
		return ret;
	return ow_fill_sighand(rebuild, live);
}

/*
 * sigtimedwait() is begun again, and lets in again what it waits for. Masks for
 * the time of a call stay in force: a signal may be pending that they let in.
 */
void ow_rebuild_thread_signals(const struct ow_task *task,
			       const struct ow_resume *resume)
{
	sigset_t mask = { .sig = { task->real_blocked ?: task->blocked } };

	set_current_blocked(&mask);
	current->saved_sigmask.sig[0] = task->saved_sigmask;
	current->restore_sigmask = task->restore_sigmask || resume->suspends;
	current->sas_ss_sp = task->sas_ss_sp;
	current->sas_ss_size = task->sas_ss_size;
	current->sas_ss_flags = task->sas_ss_flags;
}
