// SPDX-License-Identifier: GPL-2.0
/* Thread-local variables (the FS base) of running and of sleeping threads. */
#include "survivor.h"

#define THREADS 8

static __thread uint64_t local[64];
static __thread uint64_t initialised = 0x5eed;
static unsigned long turns[THREADS];

static void *run(void *argument)
{
	long i = (long)argument;

	fill(local, sizeof(local), i);
	for (;;) {
		check_filled("thread-local", local, sizeof(local), i);
		if (initialised != 0x5eed)
			fail("thread %ld: %#lx", i, initialised);
		__atomic_fetch_add(turns + i, 1, __ATOMIC_SEQ_CST);
		if (i % 2 == 0 || i > 3)
			nap(0.02);
	}
	return NULL;
}

static void prepare(void)
{
	for (long i = 0; i < THREADS; i++)
		(i % 2 ? spinning_thread : thread)(run, (void *)i);
	fill(local, sizeof(local), 99);
}

static void check(void)
{
	check_filled("the first thread's", local, sizeof(local), 99);
	for (int i = 0; i < THREADS; i++) {
		unsigned long before = __atomic_load_n(turns + i, __ATOMIC_SEQ_CST);

		if (!await(__atomic_load_n(turns + i, __ATOMIC_SEQ_CST) > before + 2,
			   PATIENCE))
			fail("thread %d does not run", i);
	}
}

SURVIVOR(tls, .about = "thread-local variables, FS base", .prepare = prepare,
	 .check = check);
