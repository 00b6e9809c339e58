// SPDX-License-Identifier: GPL-2.0
/* A barrier at which all but one wait. */
#include "survivor.h"

#define WAITERS 5

static pthread_barrier_t barrier;
static unsigned long passed, serial;

static void *wait_at_it(void *argument)
{
	for (;;) {
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_fetch_add(&serial, 1, __ATOMIC_SEQ_CST);
		__atomic_fetch_add(&passed, 1, __ATOMIC_SEQ_CST);
	}
	return argument;
}

static void prepare(void)
{
	pthread_barrier_init(&barrier, NULL, WAITERS + 1);
	for (int i = 0; i < WAITERS; i++)
		thread(wait_at_it, NULL);
	nap(0.1);
}

static void check(void)
{
	unsigned long before = passed, told = serial;
	int mine;

	nap(0.05);
	expect_equal(passed, before);
	mine = pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
	expect(await(__atomic_load_n(&passed, __ATOMIC_SEQ_CST) == before + WAITERS,
		     SLACK));
	expect_equal(serial + mine, told + 1);
	nap(0.05);
}

SURVIVOR(barrier, .about = "threads waiting at a barrier", .prepare = prepare,
	 .check = check);
