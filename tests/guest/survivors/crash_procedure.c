// SPDX-License-Identifier: GPL-2.0
/*
 * A crash procedure runs once after each crash, on its own stack, while all
 * other threads stand still; then everything goes on where it was interrupted.
 */
#include "survivor.h"

#include <otherworld/ow.h>

static volatile unsigned long steps; /* of the other thread */
static volatile unsigned int runs, expected_runs;
static volatile bool others_moved, on_own_stack, signals_blocked;
static volatile double told_outage;
static char *own_stack;

static void look_at_others(void)
{
	unsigned long before = steps;

	for (volatile int i = 0; i < 20 * 1000 * 1000; i++)
		;
	others_moved = steps != before;
}

static int procedure(const struct ow_crash *crash, void *data)
{
	sigset_t blocked;
	char here;

	runs++;
	/* The stack of the thread that it interrupts is further away. */
	on_own_stack = &here < own_stack - MIB || &here > own_stack + MIB;
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	signals_blocked = sigismember(&blocked, SIGALRM);
	look_at_others();
	told_outage = crash->outage_ns / 1e9;
	/* Nothing of this is seen by what was interrupted. */
	__asm__ volatile("pxor %%xmm7, %%xmm7\n\tcld" : : : "xmm7", "cc");
	errno = *(int *)data;
	return OW_CONTINUE;
}

static void *step(void *unused)
{
	(void)unused;
	for (;;) {
		steps++;
		nap(0.001);
	}
	return NULL;
}

static void prepare(void)
{
	static int number = ENOTTY;
	pthread_t thread;
	char here;

	own_stack = &here;
	if (ow_available() == -OW_ENOKERNEL)
		skip("this kernel knows no pacts");
	must_0(-ow_register_crash_procedure(procedure, &number, 0, 0));
	must_0(pthread_create(&thread, NULL, step, NULL));
}

static void check(void)
{
	unsigned long before = steps;

	expect_equal(runs, ++expected_runs);
	expect(on_own_stack);
	expect(signals_blocked);
	expect(!others_moved);
	expect(told_outage > 0 && told_outage <= outage() + SLACK);
	expect(await(steps > before + 10, 2 + SLACK));
}

SURVIVOR(crash_procedure, .about = "a crash procedure, and all goes on behind it",
	 .prepare = prepare, .check = check);
