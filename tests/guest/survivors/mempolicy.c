// SPDX-License-Identifier: GPL-2.0
/* NUMA policies of the thread and of a mapping. */
#include "survivor.h"
#include <linux/mempolicy.h>

static char *memory;

static void prepare(void)
{
	unsigned long nodes = 1;

	memory = anonymous(64 * KIB);
	if (syscall(SYS_mbind, memory, 64 * KIB, MPOL_BIND, &nodes, 64, 0))
		skip("mbind: %s", strerror(errno));
	fill(memory, 64 * KIB, 6);
	must(syscall(SYS_set_mempolicy, MPOL_PREFERRED, &nodes, 64));
}

/* The thread's own is in every snapshot. */
static void check(void)
{
	unsigned long nodes[16] = { 0 };
	int mode = -1;

	must(syscall(SYS_get_mempolicy, &mode, nodes, 1024, memory, MPOL_F_ADDR));
	expect_equal(mode, MPOL_BIND);
	expect_equal(nodes[0], 1);
	must(syscall(SYS_get_mempolicy, &mode, nodes, 1024, NULL, 0));
	expect_equal(mode, MPOL_PREFERRED);
	check_filled("memory", memory, 64 * KIB, 6);
}

SURVIVOR(mempolicy, .about = "set_mempolicy() and mbind()", .prepare = prepare,
	 .check = check);
