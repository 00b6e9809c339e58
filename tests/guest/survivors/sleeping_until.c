// SPDX-License-Identifier: GPL-2.0
/* clock_nanosleep() to an absolute time in flight, on three clocks. */
#include "survivor.h"

static void until(clockid_t clock)
{
	struct timespec time, end;
	double late;
	int error;

	clock_gettime(clock, &time);
	time.tv_sec += 2;
	error = clock_nanosleep(clock, TIMER_ABSTIME, &time, NULL);
	clock_gettime(clock, &end);
	late = (end.tv_sec - time.tv_sec) + (end.tv_nsec - time.tv_nsec) / 1e9;
	if (error)
		fail("clock %d: %s", clock, strerror(error));
	else if (late < 0 || late > outage() + SLACK)
		fail("clock %d: %.3f s late", clock, late);
}

static void monotonic(void)
{
	until(CLOCK_MONOTONIC);
}

static void realtime(void)
{
	until(CLOCK_REALTIME);
}

static void boottime(void)
{
	until(CLOCK_BOOTTIME);
}

static struct caller callers[] = {
	{ .round = monotonic }, { .round = realtime }, { .round = boottime }
};

static void prepare(void)
{
	for (int i = 0; i < 3; i++)
		caller_start(callers + i);
}

static void check(void)
{
	for (int i = 0; i < 3; i++)
		caller_goes_on(callers + i, 1, 2 + SLACK);
}

SURVIVOR(sleeping_until, .about = "clock_nanosleep(TIMER_ABSTIME) in flight",
	 .prepare = prepare, .check = check);
