// SPDX-License-Identifier: GPL-2.0
/* Threads that never enter the kernel by themselves. */
#include "survivor.h"

static volatile unsigned long turns[2], wrong;

static void *spin(void *argument)
{
	volatile unsigned long *mine = turns + (long)argument;
	unsigned long expected = *mine;

	for (;;) {
		if (*mine != expected)
			wrong++;
		*mine = ++expected;
	}
	return NULL;
}

static void prepare(void)
{
	spinning_thread(spin, (void *)0);
	spinning_thread(spin, (void *)1);
}

static void check(void)
{
	unsigned long first = turns[0], second = turns[1];

	expect(await(turns[0] > first + 1000 && turns[1] > second + 1000, PATIENCE));
	expect_equal(wrong, 0);
}

SURVIVOR(spinning, .about = "threads spinning in user mode", .prepare = prepare,
	 .check = check);
