// SPDX-License-Identifier: GPL-2.0
/*
 * Signals that had not been delivered, and timers.
 */
#include "ow_pending.h"

/* list_head and hlist_node: the pointer back lies behind the one ahead. */
#define OW_BACK		8

/* Of signal 14, as of any in a set. */
#define OW_SIGALRM_BIT	BIT_ULL(13)

void ow_pending_of_task(struct ow_cursor *c, const struct ow_task *task,
			struct ow_pending *pending)
{
	pending->list = ow_field_at(c, task->at,
				    OW_F_task_struct_pending_list);
	pending->set = ow_get(c, task->at, OW_F_task_struct_pending_signal);
}

void ow_pending_of_process(struct ow_cursor *c, struct ow_virt signal,
			   struct ow_pending *pending)
{
	pending->list = ow_field_at(c, signal, OW_F_signal_struct_shared_list);
	pending->set = ow_get(c, signal, OW_F_signal_struct_shared_signal);
}

static bool ow_siginfo_read(struct ow_cursor *c, struct ow_virt sigqueue,
			    struct ow_siginfo *info)
{
	ow_get_bytes(c, sigqueue, OW_F_sigqueue_info, info, sizeof(*info));
	if (!ow_cursor_ok(c))
		return false;
	if (info->signo < 1 || info->signo > OW_NSIG)
		return ow_cursor_fail(c, OW_BAD_DATA, sigqueue,
				      "the number of a pending signal");
	return true;
}

int ow_pending_walk(struct ow_cursor *c, const struct ow_pending *pending,
		    int (*each)(void *priv, const struct ow_siginfo *info),
		    void *priv)
{
	struct ow_virt at = pending->list, next;
	struct ow_siginfo info;
	unsigned int n;
	int ret;

	for (n = 0; n < OW_PENDING_MAX; n++) {
		next = ow_virt_at(ow_get_word(c, at));
		if (ow_get_word(c, ow_virt_add(next, OW_BACK)) != at.a)
			ow_cursor_fail(c, OW_BAD_DATA, next,
				       "a link of the pending signals");
		if (!ow_cursor_ok(c) || next.a == pending->list.a)
			return OW_GO_ON;
		if (!ow_siginfo_read(c, ow_object_of(c, next,
						     OW_F_sigqueue_list),
				     &info))
			return OW_GO_ON;
		ret = each(priv, &info);
		if (ret != OW_GO_ON)
			return ret;
		at = next;
	}
	ow_cursor_fail(c, OW_BAD_DATA, pending->list,
		       "pending signals without end");
	return OW_GO_ON;
}

bool ow_itimers_read(struct ow_cursor *c, struct ow_virt signal,
		     struct ow_itimers *timers)
{
	struct ow_virt real = ow_field_at(c, signal,
					  OW_F_signal_struct_real_timer);
	struct ow_pending pending;

	memset(timers, 0, sizeof(*timers));
	timers->real_active = ow_get(c, real, OW_F_hrtimer_state);
	timers->real_expires = ow_get(c, real, OW_F_hrtimer_expires);
	timers->real_interval = ow_get(c, signal,
				       OW_F_signal_struct_it_real_incr);
	ow_pending_of_process(c, signal, &pending);
	/* Neither counts nor waits for its signal to be taken: in between. */
	if (timers->real_interval && !(pending.set & OW_SIGALRM_BIT))
		timers->real_active = true;
	ow_get_bytes(c, signal, OW_F_signal_struct_it, timers->cpu,
		     sizeof(timers->cpu));
	return ow_cursor_ok(c);
}

/* Clocks below 0 count CPU time; their bits say whose. */
#define OW_CLOCK_IS_CPU(clock)	((clock) < 0)
/* sigevent(3type) has it, and no kernel can change it. */
#define OW_SIGEV_NONE	1

static s32 ow_pid_number(struct ow_cursor *c, struct ow_virt pid)
{
	return pid.a ? ow_get(c, pid, OW_F_pid_nr) : 0;
}

/*
 * One that neither counts nor waits for its signal to be taken was between the
 * two when the kernel died, or is at rest.
 */
static void ow_timer_judge(struct ow_timer *timer, bool sent)
{
	bool rests = !timer->interval &&
		     !(OW_CLOCK_IS_CPU(timer->clock) ? timer->expires :
						       timer->active);

	timer->between = !timer->queued && !sent && !rests &&
			 timer->notify != OW_SIGEV_NONE;
}

static bool ow_timer_read(struct ow_cursor *c, struct ow_virt at,
			  struct ow_timer *timer)
{
	struct ow_virt hrtimer, base, sigq, list;

	memset(timer, 0, sizeof(*timer));
	timer->clock = ow_get(c, at, OW_F_k_itimer_it_clock);
	timer->id = ow_get(c, at, OW_F_k_itimer_it_id);
	timer->notify = ow_get(c, at, OW_F_k_itimer_it_sigev_notify);
	timer->active = ow_get(c, at, OW_F_k_itimer_it_active);
	timer->overrun = ow_get(c, at, OW_F_k_itimer_it_overrun);
	timer->overrun_last = ow_get(c, at, OW_F_k_itimer_it_overrun_last);
	timer->requeue_pending =
		ow_get(c, at, OW_F_k_itimer_it_requeue_pending);
	timer->interval = ow_get(c, at, OW_F_k_itimer_it_interval);
	timer->target = ow_pid_number(c, ow_get_ptr(c, at,
						    OW_F_k_itimer_it_pid));
	if (OW_CLOCK_IS_CPU(timer->clock)) {
		timer->expires = ow_get(c, at, OW_F_k_itimer_cpu_expires);
		timer->queued = ow_get(c, at, OW_F_k_itimer_cpu_head);
		timer->cpu_pid = ow_pid_number(c, ow_get_ptr(c, at,
							     OW_F_k_itimer_cpu_pid));
		timer->base = timer->clock;
	} else {
		hrtimer = ow_field_at(c, at, OW_F_k_itimer_timer);
		timer->expires = ow_get(c, hrtimer, OW_F_hrtimer_expires);
		timer->queued = ow_get(c, hrtimer, OW_F_hrtimer_state);
		base = ow_get_ptr(c, hrtimer, OW_F_hrtimer_base);
		timer->base = ow_get(c, base, OW_F_hrtimer_clock_base_clockid);
	}
	/* Of SIGEV_NONE it may be empty. */
	sigq = ow_get_ptr(c, at, OW_F_k_itimer_sigq);
	ow_get_bytes(c, sigq, OW_F_sigqueue_info, &timer->info,
		     sizeof(timer->info));
	list = ow_field_at(c, sigq, OW_F_sigqueue_list);
	ow_timer_judge(timer, ow_get_word(c, list) != list.a);
	return ow_cursor_ok(c);
}

int ow_timers_walk(struct ow_cursor *c, struct ow_virt signal,
		   int (*each)(void *priv, const struct ow_timer *timer),
		   void *priv)
{
	struct ow_virt link = ow_field_at(c, signal,
					  OW_F_signal_struct_posix_timers);
	struct ow_timer timer;
	struct ow_virt at;
	unsigned int n;
	int ret;

	for (n = 0; n < OW_TIMERS_MAX; n++) {
		at = ow_virt_at(ow_get_word(c, link));
		if (!ow_cursor_ok(c) || !at.a)
			return OW_GO_ON;
		if (ow_get_word(c, ow_virt_add(at, OW_BACK)) != link.a)
			ow_cursor_fail(c, OW_BAD_DATA, at,
				       "a link of the timers");
		if (!ow_timer_read(c, ow_object_of(c, at, OW_F_k_itimer_list),
				   &timer))
			return OW_GO_ON;
		ret = each(priv, &timer);
		if (ret != OW_GO_ON)
			return ret;
		link = at;
	}
	ow_cursor_fail(c, OW_BAD_DATA, link, "timers without end");
	return OW_GO_ON;
}
