// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: kernel threads out of the way of dead processes' PIDs.
 *
 * All that starts in a successor between kthreadd and the release of memory
 * gets a PID that userspace is never given: the arming of a crash kernel
 * lowers pid_max below this range. The range serves every generation, since
 * kernel threads of a dead one are not resurrected.
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

void ow_unpark_pids(void)
{
	int limit = PID_MAX_LIMIT - OW_PARKED_PIDS;

	/* Its checksum was right, but a dying kernel wrote it. */
	limit = clamp_t(int, ow_dead_fault->pid_max, pid_max_min, limit);
	/* In this order: a fork in between must not start from the bottom. */
	idr_set_cursor(&init_pid_ns.idr,
		       clamp_t(int, ow_dead_fault->last_pid, 0, limit - 1));
	pid_max = limit;
}
