// SPDX-License-Identifier: GPL-2.0
/* poll(), ppoll(), select(), pselect() with a time-out in flight. */
#include "survivor.h"
#include <poll.h>
#include <sys/select.h>

static void judge(const char *name, int result, double begin)
{
	double took = now() - begin;

	if (result)
		fail("%s: %d, %s after %.3f s", name, result, strerror(errno), took);
	else if (took < 1.999 || took > 2 + outage() + SLACK)
		fail("%s: 2 s took %.3f s", name, took);
}

static void do_poll(void)
{
	double begin = now();

	judge("poll", poll(NULL, 0, 2000), begin);
}

static void do_ppoll(void)
{
	struct timespec time = { .tv_sec = 2 };
	double begin = now();
	sigset_t mask;

	sigfillset(&mask);
	judge("ppoll", ppoll(NULL, 0, &time, &mask), begin);
}

static void do_select(void)
{
	struct timeval time = { .tv_sec = 2 };
	double begin = now();

	judge("select", select(0, NULL, NULL, NULL, &time), begin);
}

static void do_pselect(void)
{
	struct timespec time = { .tv_sec = 2 };
	double begin = now();
	sigset_t mask;

	sigfillset(&mask);
	judge("pselect", pselect(0, NULL, NULL, NULL, &time, &mask), begin);
}

static struct caller callers[] = {
	{ .round = do_poll }, { .round = do_ppoll }, { .round = do_select },
	{ .round = do_pselect }
};

static void prepare(void)
{
	for (int i = 0; i < 4; i++)
		caller_start(callers + i);
}

static void check(void)
{
	for (int i = 0; i < 4; i++)
		caller_goes_on(callers + i, 1, 2 + SLACK);
}

SURVIVOR(polling, .about = "poll() and select() with a time-out in flight",
	 .prepare = prepare, .check = check, .flags = SIGNALS_CHANGE);
