// SPDX-License-Identifier: GPL-2.0
/* Signal handlers with their flags and masks do what they did. */
#include "survivor.h"

static volatile int count, last_code, last_value, masked, depth, deepest;

static void simple(int sig)
{
	(void)sig;
	count++;
}

static void with_info(int sig, siginfo_t *info, void *context)
{
	sigset_t mask;

	(void)sig;
	(void)context;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	masked = sigismember(&mask, SIGUSR1);
	last_code = info->si_code;
	last_value = info->si_value.sival_int;
}

static void again(int sig)
{
	if (++depth > deepest)
		deepest = depth;
	if (depth < 3)
		raise(sig);
	depth--;
}

static void prepare(void)
{
	struct sigaction action = { .sa_sigaction = with_info, .sa_flags = SA_SIGINFO };

	signal(SIGUSR1, simple);
	sigaddset(&action.sa_mask, SIGUSR1);
	sigaction(SIGRTMIN + 5, &action, NULL);
	action = (struct sigaction){ .sa_handler = again, .sa_flags = SA_NODEFER };
	sigaction(SIGUSR2, &action, NULL);
	action = (struct sigaction){ .sa_handler = simple, .sa_flags = SA_RESETHAND };
	sigaction(SIGHUP, &action, NULL);
	signal(SIGTERM, SIG_IGN);
}

static void check(void)
{
	struct sigaction action = { 0 };
	int before = count;

	raise(SIGUSR1);
	raise(SIGTERM);
	raise(SIGHUP);
	expect_equal(count, before + 2);
	sigaction(SIGHUP, NULL, &action);
	expect(action.sa_handler == SIG_DFL);
	deepest = 0;
	raise(SIGUSR2);
	expect_equal(deepest, 3);
	sigqueue(getpid(), SIGRTMIN + 5, (union sigval){ .sival_int = 9 + generation() });
	expect_equal(last_value, 9 + generation());
	expect_equal(last_code, SI_QUEUE);
	expect_equal(masked, 1);
	prepare();
}

SURVIVOR(handlers, .about = "signal handlers, their flags and masks",
	 .prepare = prepare, .check = check);
