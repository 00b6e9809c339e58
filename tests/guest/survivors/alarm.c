// SPDX-License-Identifier: GPL-2.0
/* alarm() in flight rings when it is due. */
#include "survivor.h"

static double set_at;
static volatile double rang_at;

static void on_alarm(int sig)
{
	(void)sig;
	rang_at = now();
}

static void set(void)
{
	rang_at = 0;
	set_at = now();
	alarm(3);
}

static void prepare(void)
{
	signal(SIGALRM, on_alarm);
	set();
}

static void check(void)
{
	expect(await(rang_at, 3 + SLACK));
	if (rang_at && (rang_at < set_at + 3 || rang_at > set_at + 3 + outage() + SLACK))
		fail("3 s took %.3f s", rang_at - set_at);
	set();
}

SURVIVOR(alarm, .about = "alarm(3) in flight", .prepare = prepare,
	 .check = check, .flags = SIGNALS_CHANGE);
