// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: kernel threads out of the way of dead processes' PIDs.
 *
 * All that starts in a successor between kthreadd and the moment when dead
 * processes go on, or memory is released if none do, gets a PID that userspace
 * is never given: the arming of a crash kernel lowers pid_max below this range.
 * The range serves every generation, since kernel threads of a dead one are not
 * resurrected.
 */

#include <linux/idr.h>
#include <linux/init.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/threads.h>

#include "internal.h"

void __init otherworld_park_pids(void)
{
	if (!ow_successor)
		return;

	pid_max = PID_MAX_LIMIT;
	idr_set_cursor(&init_pid_ns.idr, PID_MAX_LIMIT - OW_PARKED_PIDS);
}

/*
 * Before the gate opens: who forks behind it and dies with this kernel would
 * otherwise meet the next one's threads in the range.
 */
void ow_unpark_pids(void)
{
	static bool unparked;
	int limit = PID_MAX_LIMIT - OW_PARKED_PIDS;

	if (xchg(&unparked, true))
		return;
	/* Its checksum was right, but a dying kernel wrote it. */
	limit = clamp_t(int, ow_dead_fault->pid_max, pid_max_min, limit);
	/* In this order: a fork in between must not start from the bottom. */
	idr_set_cursor(&init_pid_ns.idr,
		       clamp_t(int, ow_dead_fault->last_pid, 0, limit - 1));
	pid_max = limit;
}
