// SPDX-License-Identifier: GPL-2.0
/* Anonymous memory has kept its name (PR_SET_VMA). */
#include "survivor.h"
#include <sys/prctl.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

static char *memory;

static void prepare(void)
{
	memory = anonymous(64 * KIB);
	fill(memory, 64 * KIB, 4);
	if (prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, memory, 32 * KIB, "otherworld"))
		skip("a kernel without CONFIG_ANON_VMA_NAME");
}

/* The names are compared with all other maps. */
static void check(void)
{
	check_filled("memory", memory, 64 * KIB, 4);
}

SURVIVOR(named_memory, .about = "PR_SET_VMA names", .prepare = prepare,
	 .check = check);
