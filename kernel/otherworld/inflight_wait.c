// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: system calls that waited, some of them for a limited time.
 *
 * CLOCK_MONOTONIC has gone on over the outage, so the time at which a timer was
 * to expire still says when the call ends. It is found on the dead stack, also
 * if the timer had fired and the thread had not come to run.
 */

#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/futex.h>
#include <linux/personality.h>
#include <linux/poll.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/time64.h>
#include <linux/uaccess.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include "../futex/futex.h"
#include "inflight.h"

/* When it would have ended. If that cannot be told it is run again as it was. */
static bool ow_deadline(struct ow_call *call, struct ow_sleeper *sleeper)
{
	if (call->has_stack &&
	    ow_stack_sleeper(&call->c, &call->stack, sleeper))
		return true;
	ow_call_restart(call, -ERESTARTNOHAND);
	ow_verdict(call->task->pid, OTHERWORLD_DEGRADED, call->task->at.a,
		   "system call", "%s: its time begins anew",
		   ow_call_name(call->number));
	return false;
}

static void ow_restart_by(struct ow_call *call,
			  long (*fn)(struct restart_block *))
{
	set_restart_fn(&current->restart_block, fn);
	ow_call_restart(call, -ERESTART_RESTARTBLOCK);
}

void ow_settle_sleep(struct ow_call *call)
{
	struct restart_block *restart = &current->restart_block;
	const struct pt_regs *regs = call->regs;
	struct ow_sleeper sleeper;
	unsigned long rmtp = regs->si;

	if (call->number == __NR_clock_nanosleep) {
		if (regs->si & TIMER_ABSTIME) {
			ow_call_restart(call, -ERESTARTNOHAND);
			return;
		}
		rmtp = regs->r10;
	}
	if (!ow_deadline(call, &sleeper))
		return;
	restart->nanosleep.clockid = sleeper.clock;
	restart->nanosleep.type = rmtp ? TT_NATIVE : TT_NONE;
	restart->nanosleep.rmtp = (struct __kernel_timespec __user *)rmtp;
	restart->nanosleep.expires = sleeper.expires;
	ow_restart_by(call, hrtimer_nanosleep_restart);
	call->resume->sleeper = sleeper;
	call->resume->sleeps = true;
}

void ow_settle_poll(struct ow_call *call)
{
	struct restart_block *restart = &current->restart_block;
	const struct pt_regs *regs = call->regs;
	struct ow_sleeper sleeper;
	struct timespec64 end;

	if ((int)regs->dx <= 0) {
		ow_call_restart(call, -ERESTARTNOHAND);
		return;
	}
	if (!ow_deadline(call, &sleeper))
		return;
	end = ktime_to_timespec64(sleeper.expires);
	restart->poll.ufds = (struct pollfd __user *)regs->di;
	restart->poll.nfds = regs->si;
	restart->poll.has_timeout = 1;
	restart->poll.tv_sec = end.tv_sec;
	restart->poll.tv_nsec = end.tv_nsec;
	ow_restart_by(call, do_restart_poll);
}

/* No time-out, or one of no time. */
static bool ow_is_endless_or_none(unsigned long timeout)
{
	u64 time[2];

	return !timeout ||
	       copy_from_user(time, (void __user *)timeout, sizeof(time)) ||
	       (!time[0] && !time[1]);
}

/*
 * These write back the time that remains when they return, so that they can be
 * run again with it.
 */
void ow_settle_select(struct ow_call *call)
{
	unsigned long timeout = call->number == __NR_ppoll ? call->regs->dx :
							     call->regs->r8;
	struct ow_sleeper sleeper;

	if (ow_is_endless_or_none(timeout)) {
		ow_call_restart(call, -ERESTARTNOHAND);
		return;
	}
	if (!ow_deadline(call, &sleeper))
		return;
	call->resume->sleeper = sleeper;
	call->resume->timeout = timeout;
	call->resume->timeval = call->number == __NR_select;
	ow_call_restart(call, -ERESTARTNOHAND);
}

static void ow_restart_wait_until(struct ow_call *call)
{
	struct restart_block *restart = &current->restart_block;
	struct ow_sleeper sleeper;

	if (!ow_deadline(call, &sleeper))
		return;
	restart->futex.val = call->number;
	restart->futex.time = sleeper.expires;
	ow_restart_by(call, ow_restart_wait);
}

void ow_settle_epoll(struct ow_call *call)
{
	unsigned long timeout = call->regs->r10;

	if (call->number == __NR_epoll_pwait2 ?
	    ow_is_endless_or_none(timeout) : (int)timeout <= 0)
		ow_call_restart(call, -ERESTARTNOHAND);
	else
		ow_restart_wait_until(call);
}

void ow_settle_sigwait(struct ow_call *call)
{
	if (ow_is_endless_or_none(call->regs->dx))
		ow_call_restart(call, -ERESTARTNOHAND);
	else
		ow_restart_wait_until(call);
}

static long ow_sigwait(const struct pt_regs *regs, s64 remaining)
{
	struct timespec64 time = ns_to_timespec64(remaining);
	kernel_siginfo_t info;
	sigset_t these;
	long ret;

	if (copy_from_user(&these, (void __user *)regs->di, sizeof(these)))
		return -EFAULT;
	ret = otherworld_sigtimedwait(&these, &info, &time);
	if (ret > 0 && regs->si &&
	    copy_siginfo_to_user((siginfo_t __user *)regs->si, &info))
		ret = -EFAULT;
	return ret;
}

/*
 * What restart_syscall(2) does for calls that the kernel never restarts. Its
 * registers are those of the call, but for the number.
 */
long ow_restart_wait(struct restart_block *restart)
{
	struct pt_regs regs = *current_pt_regs();
	unsigned int number = restart->futex.val;
	s64 remaining = restart->futex.time - ktime_get();

	remaining = max(remaining, 0LL);
	if (number == __NR_rt_sigtimedwait)
		return ow_sigwait(&regs, remaining);
	/* Rounded up: never too early. */
	regs.r10 = min_t(u64, DIV_ROUND_UP_ULL(remaining, NSEC_PER_MSEC),
			 INT_MAX);
	if (number == __NR_epoll_pwait2)
		number = __NR_epoll_pwait;
	regs.orig_ax = number;
	return x64_sys_call(&regs, number);
}

/* --- Futexes --------------------------------------------------------------------- */

static enum ow_futex_wait ow_futex_wait_of(struct ow_call *call)
{
	return call->has_stack ?
	       ow_stack_futex(&call->c, call->task, &call->stack) :
	       OW_FUTEX_NONE;
}

static bool ow_owns_pi_futex(const struct ow_call *call)
{
	u32 word;

	return !get_user(word, (u32 __user *)call->regs->di) &&
	       (word & FUTEX_TID_MASK) == call->task->pid;
}

static void ow_settle_futex_wait(struct ow_call *call, bool relative)
{
	struct restart_block *restart = &current->restart_block;
	const struct pt_regs *regs = call->regs;
	struct ow_sleeper sleeper;

	if (ow_futex_wait_of(call) == OW_FUTEX_WOKEN) {
		ow_call_return(call, 0);
		return;
	}
	if (!relative || ow_is_endless_or_none(regs->r10)) {
		ow_call_restart(call, -ERESTARTSYS);
		return;
	}
	if (!ow_deadline(call, &sleeper))
		return;
	restart->futex.uaddr = (u32 __user *)regs->di;
	restart->futex.val = regs->dx;
	restart->futex.time = sleeper.expires;
	restart->futex.bitset = FUTEX_BITSET_MATCH_ANY;
	restart->futex.flags = futex_to_flags(regs->si) | FLAGS_HAS_TIMEOUT;
	ow_restart_by(call, futex_wait_restart);
}

void ow_settle_futex(struct ow_call *call)
{
	switch (call->regs->si & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
		ow_settle_futex_wait(call, true);
		break;
	case FUTEX_WAIT_BITSET:
		ow_settle_futex_wait(call, false);
		break;
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
	case FUTEX_TRYLOCK_PI:
		/* It was handed over. */
		if (ow_owns_pi_futex(call)) {
			ow_call_return(call, 0);
			break;
		}
		fallthrough;
	default:
		ow_call_restart(call, -ERESTARTNOINTR);
	}
}

/* --- What had been restarted ------------------------------------------------------ */

#define OW_BLOCK(field)	ow_get(&call->c, call->task->at, \
			       OW_F_task_struct_##field)

static void ow_carry_sleep(struct ow_call *call, struct restart_block *restart)
{
	restart->nanosleep.clockid = OW_BLOCK(sleep_clockid);
	restart->nanosleep.type = OW_BLOCK(sleep_type) ? TT_NATIVE : TT_NONE;
	restart->nanosleep.rmtp = (void __user *)OW_BLOCK(sleep_rmtp);
	restart->nanosleep.expires = OW_BLOCK(sleep_expires);
	call->resume->sleeper.expires = restart->nanosleep.expires;
	call->resume->sleeper.clock = restart->nanosleep.clockid;
	call->resume->sleeps = true;
}

static void ow_carry_poll(struct ow_call *call, struct restart_block *restart)
{
	restart->poll.ufds = (void __user *)OW_BLOCK(poll_ufds);
	restart->poll.nfds = OW_BLOCK(poll_nfds);
	restart->poll.has_timeout = OW_BLOCK(poll_has_timeout);
	restart->poll.tv_sec = OW_BLOCK(poll_sec);
	restart->poll.tv_nsec = OW_BLOCK(poll_nsec);
}

static void ow_carry_futex(struct ow_call *call, struct restart_block *restart)
{
	restart->futex.uaddr = (void __user *)OW_BLOCK(futex_uaddr);
	restart->futex.val = OW_BLOCK(futex_val);
	restart->futex.flags = OW_BLOCK(futex_flags);
	restart->futex.bitset = OW_BLOCK(futex_bitset);
	restart->futex.time = OW_BLOCK(futex_time);
}

static bool ow_clock_can_sleep(clockid_t clock)
{
	return clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME ||
	       clock == CLOCK_BOOTTIME || clock == CLOCK_TAI;
}

void ow_settle_restart(struct ow_call *call)
{
	struct restart_block *restart = &current->restart_block;
	enum ow_futex_wait waits = ow_futex_wait_of(call);
	long (*live)(struct restart_block *) = NULL;
	u64 fn = OW_BLOCK(restart_fn);
	struct ow_cursor *c = &call->c;

	if (waits == OW_FUTEX_WOKEN) {
		ow_call_return(call, 0);
		return;
	}
	if (fn == ow_const(c, OW_A_hrtimer_nanosleep_restart)) {
		ow_carry_sleep(call, restart);
		if (ow_clock_can_sleep(restart->nanosleep.clockid))
			live = hrtimer_nanosleep_restart;
	} else if (fn == ow_const(c, OW_A_do_restart_poll)) {
		ow_carry_poll(call, restart);
		live = do_restart_poll;
	} else if (fn == ow_const(c, OW_A_futex_wait_restart) ||
		   waits == OW_FUTEX_WAITS) {
		/* It takes its name out of the block while it waits. */
		ow_carry_futex(call, restart);
		live = futex_wait_restart;
	} else if (fn == ow_const(c, OW_A_ow_restart_wait)) {
		ow_carry_futex(call, restart);
		live = ow_restart_wait;
	}
	if (live && ow_cursor_ok(c))
		ow_restart_by(call, live);
	else
		ow_call_doubt(call, "how it goes on is not known");
}

/* --- When the gate is open ----------------------------------------------------------- */

static s64 ow_remaining(const struct ow_sleeper *sleeper)
{
	ktime_t expires = sleeper->expires, now = ktime_get();

	if (sleeper->clock == CLOCK_REALTIME)
		now = ktime_get_real();
	else if (sleeper->clock == CLOCK_BOOTTIME)
		now = ktime_get_boottime();
	else if (sleeper->clock == CLOCK_TAI)
		now = ktime_get_clocktai();
	return max(ktime_sub(expires, now), 0LL);
}

void ow_resume_wait(const struct ow_resume *resume)
{
	s64 remaining = ow_remaining(&resume->sleeper);
	struct timespec64 time = ns_to_timespec64(remaining);
	struct __kernel_old_timeval tv;

	/* A signal ends it: what remained is told, as it would have been. */
	if (resume->sleeps && signal_pending(current) && remaining &&
	    current->restart_block.nanosleep.type != TT_NONE)
		nanosleep_copyout(&current->restart_block, &time);
	if (!resume->timeout || current->personality & STICKY_TIMEOUTS)
		return;
	if (!resume->timeval) {
		put_timespec64(&time, (void __user *)resume->timeout);
		return;
	}
	tv.tv_sec = time.tv_sec;
	tv.tv_usec = DIV_ROUND_UP(time.tv_nsec, NSEC_PER_USEC);
	if (tv.tv_usec == USEC_PER_SEC) {
		tv.tv_sec++;
		tv.tv_usec = 0;
	}
	/* Read-only memory is its owner's choice. */
	if (copy_to_user((void __user *)resume->timeout, &tv, sizeof(tv)))
		return;
}
