// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: a signal that had been taken from its queue, and was on its way to
 * the handler or to who waited for it.
 *
 * It is nowhere then but on the thread's kernel stack. Put back, as the first
 * one of the queue, it is delivered as if it had not been taken. Where the
 * frames of that stack cannot be told it is lost, and so it is within the few
 * instructions in which the queue lets go of it.
 */

#include <linux/entry-common.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/uaccess.h>
#include <asm/unistd.h>

#include "trace.h"

/* What get_signal() gave, before anything was done about it. */
static bool ow_is_ksignal(const struct ksignal *ksig)
{
	const struct sigaction *sa = &ksig->ka.sa, *now;

	if (ksig->sig < 1 || ksig->sig > _NSIG ||
	    ksig->info.si_signo != ksig->sig || sa->sa_handler == SIG_DFL ||
	    sa->sa_handler == SIG_IGN)
		return false;
	now = &ow_current_sighand()->action[ksig->sig - 1].sa;
	return now->sa_flags == sa->sa_flags &&
	       (now->sa_handler == sa->sa_handler ||
		(sa->sa_flags & SA_RESETHAND && now->sa_handler == SIG_DFL));
}

static bool ow_find_ksignal(struct ow_cursor *c, const struct ow_stack_frame *frame,
			    struct ksignal *ksig)
{
	u64 at;

	for (at = frame->start; at + sizeof(*ksig) <= frame->end;
	     at += sizeof(u64))
		if (ow_get_memory(c, ow_virt_at(at), ksig, sizeof(*ksig)) &&
		    ow_is_ksignal(ksig))
			return true;
	return false;
}

/* The rest of what is done when a handler begins. */
static void ow_block_for_handler(const struct ksignal *ksig)
{
	spin_lock_irq(&ow_current_sighand()->siglock);
	sigorsets(&current->blocked, &current->blocked, &ksig->ka.sa.sa_mask);
	if (!(ksig->ka.sa.sa_flags & SA_NODEFER))
		sigaddset(&current->blocked, ksig->sig);
	recalc_sigpending();
	spin_unlock_irq(&ow_current_sighand()->siglock);
}

static bool ow_on_way_to_handler(struct ow_cursor *c,
				 const struct ow_trace *trace,
				 struct ow_siginfo *info)
{
	int frame = ow_trace_find(trace, arch_do_signal_or_restart);
	struct k_sigaction *action;
	struct ksignal ksig;

	/* Until get_signal() returns what it shall give may be an old one. */
	if (frame < 0 || (frame && ow_trace_is(trace, frame - 1, get_signal)) ||
	    !ow_find_ksignal(c, trace->frames + frame, &ksig))
		return false;
	if (current_pt_regs()->ip == (unsigned long)ksig.ka.sa.sa_handler) {
		ow_block_for_handler(&ksig);
		return false;
	}
	action = &ow_current_sighand()->action[ksig.sig - 1];
	spin_lock_irq(&ow_current_sighand()->siglock);
	action->sa.sa_handler = ksig.ka.sa.sa_handler;
	spin_unlock_irq(&ow_current_sighand()->siglock);
	memcpy(info, &ksig.info, sizeof(*info));
	return true;
}

/* sigtimedwait() copies it from its own frame. */
static bool ow_on_way_to_waiter(struct ow_cursor *c,
				const struct ow_trace *trace,
				struct ow_siginfo *info)
{
	const struct pt_regs *regs = current_pt_regs();
	int copy = ow_trace_find(trace, copy_siginfo_to_user);
	const struct ow_stack_frame *frame;
	sigset_t these;
	u64 at;

	if (copy < 0 || copy + 1 >= trace->count ||
	    regs->orig_ax != __NR_rt_sigtimedwait ||
	    copy_from_user(&these, (void __user *)regs->di, sizeof(these)))
		return false;
	frame = trace->frames + copy + 1;
	for (at = frame->start; at + sizeof(*info) <= frame->end;
	     at += sizeof(u64))
		if (ow_get_memory(c, ow_virt_at(at), info, sizeof(*info)) &&
		    info->signo >= 1 && info->signo <= _NSIG &&
		    sigismember(&these, info->signo))
			return true;
	return false;
}

bool ow_undelivered_signal(const struct ow_kernel *kernel,
			   const struct ow_trace *trace,
			   struct ow_siginfo *info)
{
	struct ow_cursor c;

	ow_cursor_init(&c, kernel);
	return trace && (ow_on_way_to_handler(&c, trace, info) ||
			 ow_on_way_to_waiter(&c, trace, info));
}
