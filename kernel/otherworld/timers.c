// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: timers of a process that send signals.
 *
 * Each expires when it would have. POSIX timers are made before the gate opens
 * and get their old numbers; what counts down is started by the first thread
 * that passes it, before it goes on.
 */

#include <linux/hrtimer.h>
#include <linux/mman.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/posix-timers.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/time64.h>
#include <linux/uaccess.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include "../time/posix-timers.h"
#include "parse/ow_pending.h"
#include "rebuild.h"

/* --- POSIX timers ------------------------------------------------------------------- */

struct ow_armed_timer {
	struct list_head list;
	struct k_itimer *timer;
	struct ow_timer dead;
};

struct ow_timers_pass {
	pid_t pid;
	unsigned long page;	/* user memory, for arguments */
	struct list_head *armed;
};

/* What timer_create() takes and gives. */
struct ow_timer_arguments {
	struct sigevent event;
	timer_t id;
};

/* A thread's CPU time, said in a way that does not depend on who asks. */
static clockid_t ow_timer_clock(const struct ow_timer *dead)
{
	if (dead->clock >= 0 || !CPUCLOCK_PERTHREAD(dead->clock))
		return dead->clock;
	return make_thread_cpuclock(dead->cpu_pid, CPUCLOCK_WHICH(dead->clock));
}

static long ow_timer_create(const struct ow_timers_pass *pass,
			    const struct ow_timer *dead)
{
	struct ow_timer_arguments __user *user = (void __user *)pass->page;
	struct ow_timer_arguments arguments = {
		.event = {
			.sigev_notify = dead->notify,
			.sigev_signo = dead->info.signo,
		},
	};
	struct pt_regs regs = {
		.di = ow_timer_clock(dead),
		.si = (unsigned long)&user->event,
		.dx = (unsigned long)&user->id,
		.orig_ax = __NR_timer_create,
	};

	/* si_tid, si_overrun, si_value. */
	memcpy(&arguments.event.sigev_value, dead->info.rest + 8,
	       sizeof(arguments.event.sigev_value));
	if (dead->notify & SIGEV_THREAD_ID)
		arguments.event.sigev_notify_thread_id = dead->target;
	if (copy_to_user(user, &arguments, sizeof(arguments)))
		return -EFAULT;
	current->signal->next_posix_timer_id = dead->id;
	return x64_sys_call(&regs, __NR_timer_create);
}

static struct k_itimer *ow_newest_timer(void)
{
	return hlist_entry_safe(current->signal->posix_timers.first,
				struct k_itimer, list);
}

static int ow_each_timer(void *priv, const struct ow_timer *dead)
{
	struct ow_timers_pass *pass = priv;
	struct ow_armed_timer *armed;
	struct k_itimer *timer;
	long ret;

	if (dead->clock == CLOCK_REALTIME_ALARM ||
	    dead->clock == CLOCK_BOOTTIME_ALARM) {
		ow_verdict(pass->pid, OTHERWORLD_LOST, 0, "timer",
			   "%d is one that wakes the machine", dead->id);
		return OW_GO_ON;
	}
	armed = kzalloc(sizeof(*armed), GFP_KERNEL);
	ret = armed ? ow_timer_create(pass, dead) : -ENOMEM;
	timer = ow_newest_timer();
	if (!ret && (!timer || timer->it_id != dead->id))
		ret = -EBUSY;
	if (ret) {
		ow_verdict(pass->pid, OTHERWORLD_LOST, 0, "timer",
			   "%d cannot be had: error %ld", dead->id, ret);
		kfree(armed);
		return OW_GO_ON;
	}
	memcpy(&timer->sigq->info, &dead->info, sizeof(dead->info));
	armed->timer = timer;
	armed->dead = *dead;
	list_add(&armed->list, pass->armed);
	return OW_GO_ON;
}

static s64 ow_clock_now(clockid_t clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
		return ktime_get_real();
	case CLOCK_BOOTTIME:
		return ktime_get_boottime();
	case CLOCK_TAI:
		return ktime_get_clocktai();
	default:
		return ktime_get();
	}
}

/*
 * Fired, and not rearmed before its signal is taken: everything but the start,
 * which is the signal's to make.
 */
static void ow_ready_timer(struct k_itimer *timer, const struct ow_timer *dead)
{
	if (dead->clock < 0) {
		cpu_timer_setexpires(&timer->it.cpu, dead->expires);
	} else {
		/* That chooses the clock. The time may be past, and has to stay so. */
		timer->kclock->timer_arm(timer, 0, dead->base == dead->clock,
					 true);
		hrtimer_set_expires(&timer->it.real.timer, dead->expires);
	}
	timer->it_interval = dead->interval;
}

static void ow_start_timer(struct k_itimer *timer, const struct ow_timer *dead)
{
	bool absolute = dead->base == dead->clock;
	struct itimerspec64 value = {
		.it_interval = ktime_to_timespec64(dead->interval),
	};
	s64 expires = dead->expires;

	if (!absolute)
		expires -= ow_clock_now(dead->base);
	/* 0 would disarm it. */
	value.it_value = ktime_to_timespec64(max(expires, 1LL));
	timer->kclock->timer_set(timer, absolute ? TIMER_ABSTIME : 0, &value,
				 NULL);
}

static void ow_arm_timer(struct ow_armed_timer *armed)
{
	const struct ow_timer *dead = &armed->dead;
	bool starts = dead->queued || dead->between;
	struct k_itimer *timer = armed->timer;

	spin_lock_irq(&timer->it_lock);
	if (starts)
		ow_start_timer(timer, dead);
	else
		ow_ready_timer(timer, dead);
	timer->it_clock = dead->clock;
	timer->it_overrun = dead->overrun;
	timer->it_overrun_last = dead->overrun_last;
	if (!starts)
		timer->it_active = dead->active;
	/* A timer of CPU time may have fired, and counts that here. */
	if (!starts || dead->clock >= 0)
		timer->it_requeue_pending = dead->requeue_pending;
	spin_unlock_irq(&timer->it_lock);
}

void ow_rebuild_timers(const struct ow_kernel *kernel, pid_t pid,
		       struct ow_virt signal, struct list_head *armed)
{
	struct ow_timers_pass pass = { .pid = pid, .armed = armed };
	struct ow_cursor c;

	ow_cursor_init(&c, kernel);
	if (!ow_get(&c, signal, OW_F_signal_struct_posix_timers))
		goto out;
	pass.page = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(pass.page)) {
		ow_verdict(pid, OTHERWORLD_LOST, signal.a, "timers",
			   "no memory for them: error %ld", (long)pass.page);
		return;
	}
	ow_timers_walk(&c, signal, ow_each_timer, &pass);
	vm_munmap(pass.page, PAGE_SIZE);
out:
	current->signal->next_posix_timer_id =
		ow_get(&c, signal, OW_F_signal_struct_next_posix_timer_id);
	if (!ow_cursor_ok(&c))
		ow_verdict_fault(pid, OTHERWORLD_LOST, "timers", &c.fault);
}

/* --- Interval timers ------------------------------------------------------------------ */

static void ow_start_cpu_itimer(unsigned int clock, u64 expires, u64 interval)
{
	struct cpu_itimer *it = &current->signal->it[clock];

	/* It counts CPU time, which goes on from where it was. */
	it->expires = expires;
	it->incr = interval;
	if (expires)
		set_process_cpu_timer(current, clock, &it->expires, NULL);
}

static void ow_start_itimers(const struct ow_itimers *dead)
{
	struct signal_struct *signal = current->signal;
	struct hrtimer *real = &signal->real_timer;
	unsigned long limit;

	spin_lock_irq(&ow_current_sighand()->siglock);
	signal->it_real_incr = dead->real_interval;
	/* Not active but repeating: the signal that is pending starts it. */
	hrtimer_set_expires(real, dead->real_expires);
	if (dead->real_active)
		hrtimer_start_expires(real, HRTIMER_MODE_ABS);
	ow_start_cpu_itimer(CPUCLOCK_PROF, dead->cpu[CPUCLOCK_PROF].expires,
			    dead->cpu[CPUCLOCK_PROF].interval);
	ow_start_cpu_itimer(CPUCLOCK_VIRT, dead->cpu[CPUCLOCK_VIRT].expires,
			    dead->cpu[CPUCLOCK_VIRT].interval);
	spin_unlock_irq(&ow_current_sighand()->siglock);

	limit = rlimit(RLIMIT_CPU);
	if (limit != RLIM_INFINITY)
		update_rlimit_cpu(current, limit);
}

void ow_start_timers(const struct ow_itimers *itimers, struct list_head *armed)
{
	struct ow_armed_timer *timer, *next;

	ow_start_itimers(itimers);
	list_for_each_entry_safe(timer, next, armed, list) {
		ow_arm_timer(timer);
		list_del(&timer->list);
		kfree(timer);
	}
}

void ow_forget_timers(struct list_head *armed)
{
	struct ow_armed_timer *timer, *next;

	list_for_each_entry_safe(timer, next, armed, list) {
		list_del(&timer->list);
		kfree(timer);
	}
}
