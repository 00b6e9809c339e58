// SPDX-License-Identifier: GPL-2.0
/* The program break moves on from where it was, and back. */
#include "survivor.h"

#define STEP (1 * MIB)
#define STEPS 8

static char *start;
static int steps;

static void grow(void)
{
	char *new = (char *)syscall(SYS_brk, 0);

	expect(new == start + steps * STEP);
	expect_equal(syscall(SYS_brk, new + STEP), (long)(new + STEP));
	fill(new, STEP, steps++);
}

static void prepare(void)
{
	start = (char *)((syscall(SYS_brk, 0) + 4095) & ~4095UL);
	syscall(SYS_brk, start);
	grow();
}

static void check(void)
{
	if (steps == STEPS) {
		expect_equal(syscall(SYS_brk, start + STEP), (long)(start + STEP));
		expect(!readable(start + STEP));
		steps = 1;
	}
	grow();
	for (int i = 0; i < steps; i++)
		check_filled("heap", start + i * STEP, STEP, i);
}

SURVIVOR(brk_growth, .about = "brk() goes on from where it was",
	 .prepare = prepare, .check = check);
