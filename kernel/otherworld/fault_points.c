// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: failures on request, one for each stage of a resurrection.
 *
 * With "otherworld_victims" on the crash kernel's command line, a process
 * called "victim3" fails at point 3, and nobody else does. So a test can have
 * one victim for each point, and see that every other process goes on.
 */

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/sched.h>

#include "rebuild.h"

static bool ow_victims __ro_after_init;

static int __init ow_set_victims(char *unused)
{
	ow_victims = true;
	return 0;
}
early_param("otherworld_victims", ow_set_victims);

int ow_fault_point(enum ow_point point, const char *comm)
{
	unsigned int wanted;

	if (!ow_victims || sscanf(comm, "victim%u", &wanted) != 1 ||
	    wanted != point)
		return 0;
	ow_verdict(task_pid_vnr(current), OTHERWORLD_LOST, 0, "process",
		   "it was to fail at point %d", point);
	return -EIO;
}
