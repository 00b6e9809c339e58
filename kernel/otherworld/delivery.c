// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: a signal that had been taken from its queue, and was on its way to
 * the handler or to who waited for it.
 *
 * It is nowhere then but on the thread's kernel stack. Put back, as the first
 * one of the queue, it is delivered as if it had not been taken. Where the
 * frames of that stack cannot be told it is lost.
 *
 * Who takes it has interrupts disabled. The one that ends the CPU's work comes
 * in as soon as they are on again, so that is where a thread is found most often:
 * the signal's number is in a register, and not yet where it belongs. Where the
 * lock is still held, which takes a CPU that had to be stopped by an NMI, it is
 * lost as well.
 */

#include <linux/entry-common.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/uaccess.h>
#include <asm/unistd.h>

#include "trace.h"

/* What get_signal() gives, before anything was done about it. */
static bool ow_is_ksignal(const struct ksignal *ksig)
{
	const struct sigaction *sa = &ksig->ka.sa, *now;
	int signo = ksig->info.si_signo;

	if (signo < 1 || signo > _NSIG || sa->sa_handler == SIG_DFL ||
	    sa->sa_handler == SIG_IGN)
		return false;
	now = &ow_current_sighand()->action[signo - 1].sa;
	return now->sa_flags == sa->sa_flags &&
	       (now->sa_handler == sa->sa_handler ||
		(sa->sa_flags & SA_RESETHAND && now->sa_handler == SIG_DFL));
}

/* What lies at @at, which goes on by a word; false behind the last place. */
static bool ow_frame_next(struct ow_cursor *c,
			  const struct ow_stack_frame *frame, u64 *at, void *to,
			  size_t size)
{
	if (*at + size > frame->end ||
	    !ow_get_memory(c, ow_virt_at(*at), to, size))
		return false;
	*at += sizeof(u64);
	return true;
}

/* @given: get_signal() has returned, and its number is there as well. */
static bool ow_find_ksignal(struct ow_cursor *c,
			    const struct ow_stack_frame *frame, bool given,
			    struct ksignal *ksig)
{
	u64 at = frame->start;

	while (ow_frame_next(c, frame, &at, ksig, sizeof(*ksig)))
		if (ow_is_ksignal(ksig) &&
		    (!given || ksig->sig == ksig->info.si_signo))
			return true;
	return false;
}

/* The rest of what is done when a handler begins. */
static void ow_block_for_handler(const struct ksignal *ksig)
{
	spin_lock_irq(&ow_current_sighand()->siglock);
	sigorsets(&current->blocked, &current->blocked, &ksig->ka.sa.sa_mask);
	if (!(ksig->ka.sa.sa_flags & SA_NODEFER))
		sigaddset(&current->blocked, ksig->info.si_signo);
	recalc_sigpending();
	spin_unlock_irq(&ow_current_sighand()->siglock);
}

static bool ow_on_way_to_handler(struct ow_cursor *c,
				 const struct ow_trace *trace,
				 struct ow_siginfo *info)
{
	int frame = ow_trace_find(trace, arch_do_signal_or_restart);
	int own = trace->own;
	struct k_sigaction *action;
	struct ksignal ksig;
	bool given;

	if (frame < own)
		return false;
	/* Until get_signal() returns what it shall give may be an old one. */
	given = frame == own || !ow_trace_is(trace, frame - 1, get_signal);
	if (!ow_find_ksignal(c, trace->frames + frame, given, &ksig))
		return false;
	if (!given && (frame != own + 1 ||
		       !ow_trace_holds(trace, ksig.info.si_signo)))
		return false;
	if (given && current_pt_regs()->ip == (unsigned long)ksig.ka.sa.sa_handler) {
		ow_block_for_handler(&ksig);
		return false;
	}
	action = &ow_current_sighand()->action[ksig.info.si_signo - 1];
	spin_lock_irq(&ow_current_sighand()->siglock);
	action->sa.sa_handler = ksig.ka.sa.sa_handler;
	spin_unlock_irq(&ow_current_sighand()->siglock);
	memcpy(info, &ksig.info, sizeof(*info));
	return true;
}

/*
 * The frame from which sigtimedwait() copies it, or would have. Before it has
 * waited, or while it does, there may be the last one's; it is told from a new one
 * by the number that is on its way to be returned.
 */
static int ow_waiters_frame(const struct ow_trace *trace,
			    const struct ow_task *task, bool *copying)
{
	int frame = ow_trace_find(trace, __x64_sys_rt_sigtimedwait);
	int own = trace->own;

	*copying = frame > 0 &&
		   ow_trace_is(trace, frame - 1, copy_siginfo_to_user);
	/* Itself, or what took the signal for it. */
	if (*copying || (frame <= own + 1 && !task->real_blocked))
		return frame;
	return -1;
}

/* What the call was given is in the same frame: see ow_is_argument(). */
struct ow_waiter {
	sigset_t these;
	struct timespec64 time;
	bool timed;
};

static bool ow_waiter_read(struct ow_waiter *waiter)
{
	const struct pt_regs *regs = current_pt_regs();

	waiter->timed = regs->dx;
	if (waiter->timed &&
	    get_timespec64(&waiter->time, (void __user *)regs->dx))
		return false;
	return !copy_from_user(&waiter->these, (void __user *)regs->di,
			       sizeof(waiter->these));
}

/*
 * A set of one of the first two signals looks like the begin of a siginfo for that
 * signal, and so does a time in seconds with the set behind it.
 */
static bool ow_is_argument(const struct ow_waiter *waiter,
			   const struct ow_siginfo *info)
{
	const void *behind = (const void *)info + sizeof(waiter->time);

	if (!memcmp(info, &waiter->these, sizeof(waiter->these)))
		return info->code > 0 && info->code != SI_KERNEL;
	return waiter->timed &&
	       !memcmp(info, &waiter->time, sizeof(waiter->time)) &&
	       !memcmp(behind, &waiter->these, sizeof(waiter->these));
}

static bool ow_is_waited_for(struct ow_waiter *waiter,
			     const struct ow_siginfo *info)
{
	return info->signo >= 1 && info->signo <= _NSIG &&
	       sigismember(&waiter->these, info->signo) &&
	       !ow_is_argument(waiter, info);
}

static bool ow_on_way_to_waiter(struct ow_cursor *c,
				const struct ow_trace *trace,
				const struct ow_task *task,
				struct ow_siginfo *info)
{
	const struct ow_stack_frame *frame;
	struct ow_waiter waiter;
	bool copying;
	int index;
	u64 at;

	index = ow_waiters_frame(trace, task, &copying);
	if (index < 0 || !ow_waiter_read(&waiter))
		return false;
	frame = trace->frames + index;
	at = frame->start;
	while (ow_frame_next(c, frame, &at, info, sizeof(*info)))
		if (ow_is_waited_for(&waiter, info) &&
		    (copying || ow_trace_holds(trace, info->signo)))
			return true;
	return false;
}

bool ow_undelivered_signal(const struct ow_kernel *kernel,
			   const struct ow_trace *trace,
			   const struct ow_task *task, struct ow_siginfo *info)
{
	struct ow_cursor c;

	ow_cursor_init(&c, kernel);
	return trace && (ow_on_way_to_handler(&c, trace, info) ||
			 ow_on_way_to_waiter(&c, trace, task, info));
}
