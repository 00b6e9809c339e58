// SPDX-License-Identifier: GPL-2.0
/* sigtimedwait() in flight: one ends by a later signal, one by its time. */
#include "survivor.h"

static siginfo_t got;

static void for_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	expect_equal(sigwaitinfo(&set, &got), SIGRTMIN);
}

static void for_time(void)
{
	struct timespec time = { .tv_sec = 2 };
	double begin = now(), took;
	sigset_t set;
	int result;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	result = sigtimedwait(&set, NULL, &time);
	took = now() - begin;
	if (result != -1 || errno != EAGAIN)
		fail("sigtimedwait: %d %s", result, strerror(errno));
	else if (took < 2 || took > 2 + outage() + SLACK)
		fail("2 s took %.3f s", took);
}

static struct caller first = { .round = for_signal }, second = { .round = for_time };
static unsigned long seen;

static void prepare(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	caller_start(&first);
	caller_start(&second);
}

static void check(void)
{
	expect_equal(rounds_of(&first), seen++);
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 1000 + generation() });
	expect(await(rounds_of(&first) == seen, SLACK));
	expect_equal(got.si_value.sival_int, 1000 + generation());
	expect_equal(got.si_pid, getpid());
	caller_goes_on(&second, 1, 2 + SLACK);
	await_asleep(first.tid);
	await_asleep(second.tid);
}

SURVIVOR(waiting_signal, .about = "sigwaitinfo() and sigtimedwait() in flight",
	 .prepare = prepare, .check = check, .flags = SIGNALS_CHANGE);
