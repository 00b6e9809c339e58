/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signals that had not been delivered, and timers that will send some.
 */
#ifndef _OW_PENDING_H
#define _OW_PENDING_H

#include "ow_stack.h"

#ifdef __cplusplus
extern "C" {
#endif

/* struct kernel_siginfo: what every kernel copies to user memory. */
#define OW_SIGINFO_SIZE	48
/* More than this in one queue is damage. */
#define OW_PENDING_MAX	(1024 * 1024)
#define OW_TIMERS_MAX	65536

struct ow_siginfo {
	s32 signo, error, code, pad;
	u8 rest[OW_SIGINFO_SIZE - 16];
};

/* A queue: @list is the field that holds it. */
struct ow_pending {
	struct ow_virt list;
	u64 set;
};

void ow_pending_of_task(struct ow_cursor *c, const struct ow_task *task,
			struct ow_pending *pending);
void ow_pending_of_process(struct ow_cursor *c, struct ow_virt signal,
			   struct ow_pending *pending);

/**
 * ow_pending_walk() - each queued signal, the oldest first
 * @c: latches what goes wrong
 * @pending: the queue
 * @each: other than OW_GO_ON ends the walk
 * @priv: for @each
 */
int ow_pending_walk(struct ow_cursor *c, const struct ow_pending *pending,
		    int (*each)(void *priv, const struct ow_siginfo *info),
		    void *priv);

/* As setitimer(2) has them; ITIMER_REAL is in time of CLOCK_MONOTONIC. */
#define OW_ITIMERS	2
struct ow_itimers {
	bool real_active;
	u64 real_expires, real_interval;
	/* ITIMER_VIRTUAL, ITIMER_PROF: expiry, then interval, by its clock. */
	struct {
		u64 expires, interval;
	} cpu[OW_ITIMERS];
};

bool ow_itimers_read(struct ow_cursor *c, struct ow_virt signal,
		     struct ow_itimers *timers);

/**
 * struct ow_timer - one of timer_create(2)
 * @clock: as it was asked for
 * @cpu_pid: whose CPU time it counts, 0 for its own process or no CPU clock
 * @queued: it will expire
 * @between: it has expired, and its signal was not sent yet, or it was taken and
 *	the timer not yet started again; it expires at once
 * @expires: when, by @base
 * @base: the clock that counts: CLOCK_MONOTONIC for relative ones of
 *	CLOCK_REALTIME
 * @target: who gets the signal
 * @info: the signal
 */
struct ow_timer {
	s32 clock, id, notify, base, target, cpu_pid;
	bool queued, active, between;
	s64 overrun, overrun_last;
	s32 requeue_pending;
	u64 expires, interval;
	struct ow_siginfo info;
};

/* Each timer of a process, the newest first. */
int ow_timers_walk(struct ow_cursor *c, struct ow_virt signal,
		   int (*each)(void *priv, const struct ow_timer *timer),
		   void *priv);

#ifdef __cplusplus
}
#endif

#endif /* _OW_PENDING_H */
