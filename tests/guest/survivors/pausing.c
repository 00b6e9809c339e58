// SPDX-License-Identifier: GPL-2.0
/* pause() and sigsuspend() in flight end with the signal that comes later. */
#include "survivor.h"

static unsigned long handled[2];
static pid_t process;

static void on_signal(int sig)
{
	handled[sig == SIGUSR2]++;
}

static void do_pause(void)
{
	expect(pause() == -1 && errno == EINTR);
}

/* SIGUSR2 is blocked but for the time of the call. */
static void do_suspend(void)
{
	sigset_t mask;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	expect(sigismember(&mask, SIGUSR2));
	sigdelset(&mask, SIGUSR2);
	expect(sigsuspend(&mask) == -1 && errno == EINTR);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	expect(sigismember(&mask, SIGUSR2));
}

static struct caller pauses = { .round = do_pause };
static struct caller suspends = { .round = do_suspend };

static void prepare(void)
{
	sigset_t mask;

	process = getpid();
	signal(SIGUSR1, on_signal);
	signal(SIGUSR2, on_signal);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &mask, NULL);
	caller_start(&pauses);
	caller_start(&suspends);
}

static void one(struct caller *caller, int sig)
{
	unsigned long before = rounds_of(caller), times = handled[sig == SIGUSR2];

	nap(0.05);
	/* Nothing but a signal may end it. */
	expect_equal(rounds_of(caller), before);
	must(syscall(SYS_tgkill, process, caller->tid, sig));
	if (!await(rounds_of(caller) == before + 1, SLACK))
		fail("signal %d does not end the call", sig);
	expect_equal(handled[sig == SIGUSR2], times + 1);
	await_asleep(caller->tid);
}

static unsigned long seen[2];

static void check(void)
{
	/* Not even the crash. */
	expect_equal(rounds_of(&pauses), seen[0]++);
	expect_equal(rounds_of(&suspends), seen[1]++);
	one(&pauses, SIGUSR1);
	one(&suspends, SIGUSR2);
}

SURVIVOR(pausing, .about = "pause() and sigsuspend() in flight",
	 .prepare = prepare, .check = check);
