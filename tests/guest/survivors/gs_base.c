// SPDX-License-Identifier: GPL-2.0
/* The GS base that arch_prctl() set, in a running and in sleeping threads. */
#include "survivor.h"
#include <asm/prctl.h>

static unsigned long areas[3][8];
static unsigned long turns[2];

static unsigned long through_gs(void)
{
	unsigned long value;

	asm volatile("mov %%gs:8, %0" : "=r"(value));
	return value;
}

static void set(int i)
{
	areas[i][1] = 0x1234 + i;
	must(syscall(SYS_arch_prctl, ARCH_SET_GS, areas[i]));
}

static void look(int i)
{
	unsigned long base = 0;

	syscall(SYS_arch_prctl, ARCH_GET_GS, &base);
	/* Reading through a lost base would be the end of the process. */
	if (base != (unsigned long)areas[i])
		return fail("thread %d: GS base %#lx", i, base);
	expect_equal(through_gs(), 0x1234 + i);
}

static void *run(void *argument)
{
	long i = (long)argument;

	set(i);
	for (;;) {
		look(i);
		/* The second only spins between its looks. */
		if (i)
			for (volatile int j = 0; j < 1000000; j++)
				;
		else
			nap(0.05);
		__atomic_fetch_add(turns + i, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static void prepare(void)
{
	thread(run, (void *)0);
	spinning_thread(run, (void *)1);
	set(2);
	await(turns[0] && turns[1], 10);
}

static void check(void)
{
	unsigned long first = turns[0], second = turns[1];

	look(2);
	expect(await(turns[0] > first + 1, 30));
	expect(await_with_cpu(turns[1] > second + 1, 5));
}

SURVIVOR(gs_base, .about = "GS base set by arch_prctl()", .prepare = prepare,
	 .check = check);
