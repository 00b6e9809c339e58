// SPDX-License-Identifier: GPL-2.0
/* Threads that are nearly always in the vdso: time never goes back there. */
#include "survivor.h"
#include <sched.h>
#include <sys/time.h>

static volatile unsigned long turns[3];

static void *ask(void *argument)
{
	long which = (long)argument;
	struct timespec last = { 0 }, ts;
	unsigned int cpu, node;
	struct timeval tv;

	for (;; turns[which]++) {
		if (which == 2) {
			if (getcpu(&cpu, &node) || cpu >= 4096)
				fail("getcpu: %u", cpu);
			if (gettimeofday(&tv, NULL) || tv.tv_sec < 1000000000)
				fail("gettimeofday: %ld", tv.tv_sec);
			continue;
		}
		clock_gettime(which ? CLOCK_MONOTONIC_COARSE : CLOCK_MONOTONIC, &ts);
		if (ts.tv_sec < last.tv_sec ||
		    (ts.tv_sec == last.tv_sec && ts.tv_nsec < last.tv_nsec))
			fail("clock %ld: %ld.%09ld after %ld.%09ld", which, ts.tv_sec,
			     ts.tv_nsec, last.tv_sec, last.tv_nsec);
		last = ts;
	}
	return NULL;
}

static void prepare(void)
{
	for (long i = 0; i < 3; i++)
		spinning_thread(ask, (void *)i);
}

static void check(void)
{
	for (int i = 0; i < 3; i++) {
		unsigned long before = turns[i];

		if (!await(turns[i] > before + 1000, PATIENCE))
			fail("thread %d does not go on", i);
	}
}

SURVIVOR(vdso, .about = "clock_gettime() and getcpu() all the time",
	 .prepare = prepare, .check = check);
