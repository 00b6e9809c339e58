// SPDX-License-Identifier: GPL-2.0
/* Guard regions (MADV_GUARD_INSTALL, Linux 6.13) still fault. */
#include "survivor.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif

static char *memory;

static void prepare(void)
{
	memory = anonymous(64 * KIB);
	fill(memory, 64 * KIB, 3);
	if (madvise(memory + 16 * KIB, 4 * KIB, MADV_GUARD_INSTALL))
		skip("no MADV_GUARD_INSTALL");
}

static void check(void)
{
	check_filled("memory", memory, 16 * KIB, 3);
	expect(!readable(memory + 16 * KIB) && readable(memory + 20 * KIB));
	must(madvise(memory + 16 * KIB, 4 * KIB, MADV_GUARD_REMOVE));
	expect(readable(memory + 16 * KIB) && !memory[16 * KIB]);
	must(madvise(memory + 16 * KIB, 4 * KIB, MADV_GUARD_INSTALL));
}

SURVIVOR(guard_region, .about = "guard regions still fault", .prepare = prepare,
	 .check = check);
