// SPDX-License-Identifier: GPL-2.0
/* A thread that sends itself signals all the time, each handled exactly once. */
#include "survivor.h"

static volatile unsigned long raised, handled;

static void on_signal(int sig)
{
	(void)sig;
	handled++;
}

static void *run(void *argument)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 5);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	for (;;) {
		raised++;
		/* It is handled before the call returns. */
		must(syscall(SYS_tgkill, getpid(), gettid(), SIGRTMIN + 5));
		if (handled == raised)
			continue;
		fail("%lu raised, %lu handled", raised, handled);
		handled = raised;
	}
	return argument;
}

static void prepare(void)
{
	signal(SIGRTMIN + 5, on_signal);
	spinning_thread(run, NULL);
	await(handled, 10);
}

static void check(void)
{
	unsigned long before = handled;

	if (!await(handled > before + 10, PATIENCE))
		fail("stuck: %lu raised, %lu handled", raised, handled);
}

/*
 * At a random moment it may be within the few instructions in which nothing but
 * registers holds the signal.
 */
SURVIVOR(raising, .about = "a thread sending itself signals", .prepare = prepare,
	 .check = check, .flags = SIGNALS_CHANGE | LATER);
