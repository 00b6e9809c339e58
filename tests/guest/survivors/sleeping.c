// SPDX-License-Identifier: GPL-2.0
/* nanosleep() in flight goes on with what remains of it. */
#include "survivor.h"

static void round_(void)
{
	struct timespec time = { .tv_sec = 3 }, rest = { 0 };
	double begin = now(), took;
	int result = nanosleep(&time, &rest);

	took = now() - begin;
	if (result)
		fail("nanosleep: %s after %.3f s", strerror(errno), took);
	else if (took < 3 || took > 3 + outage() + SLACK)
		fail("3 s took %.3f s", took);
}

static struct caller caller = { .round = round_ };

static void prepare(void)
{
	caller_start(&caller);
}

static void check(void)
{
	caller_goes_on(&caller, 1, 3 + SLACK);
}

SURVIVOR(sleeping, .about = "nanosleep(3 s) in flight", .prepare = prepare,
	 .check = check);
