// SPDX-License-Identifier: GPL-2.0
/* FUTEX_WAIT in flight, with a relative and with an absolute end. */
#include "survivor.h"
#include <linux/futex.h>

static unsigned int words[2];

static void timed(bool absolute)
{
	struct timespec time = { .tv_sec = 2 };
	double begin = now(), took;
	long result;

	if (absolute) {
		clock_gettime(CLOCK_MONOTONIC, &time);
		time.tv_sec += 2;
	}
	result = syscall(SYS_futex, words + absolute,
			 absolute ? FUTEX_WAIT_BITSET_PRIVATE : FUTEX_WAIT_PRIVATE, 0,
			 &time, NULL, FUTEX_BITSET_MATCH_ANY);
	took = now() - begin;
	if (result != -1 || errno != ETIMEDOUT)
		fail("FUTEX_WAIT: %ld %s after %.3f s", result, strerror(errno), took);
	else if (took < 2 || took > 2 + outage() + SLACK)
		fail("2 s took %.3f s", took);
}

static void relative(void)
{
	timed(false);
}

static void absolute(void)
{
	timed(true);
}

static struct caller first = { .round = relative }, second = { .round = absolute };

static void prepare(void)
{
	caller_start(&first);
	caller_start(&second);
}

static void check(void)
{
	caller_goes_on(&first, 1, 2 + SLACK);
	caller_goes_on(&second, 1, 2 + SLACK);
}

SURVIVOR(futex_timeout, .about = "FUTEX_WAIT with a time-out in flight",
	 .prepare = prepare, .check = check);
