// SPDX-License-Identifier: GPL-2.0
/* Two threads send each other signals all the time; none is lost or doubled. */
#include "survivor.h"

static unsigned long sent[2], received[2];
static pid_t tids[2], process;

static void *play(void *argument)
{
	long i = (long)argument;
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 4);
	tids[i] = gettid();
	while (!__atomic_load_n(tids + !i, __ATOMIC_SEQ_CST))
		nap(0.01);
	for (;;) {
		/* The second begins. */
		if (i) {
			sent[i]++;
			syscall(SYS_tgkill, process, tids[!i], SIGRTMIN + 4);
		}
		if (sigwait(&set, &sig))
			fail("sigwait");
		received[i]++;
		if (!i) {
			sent[i]++;
			syscall(SYS_tgkill, process, tids[!i], SIGRTMIN + 4);
		}
	}
	return NULL;
}

static void prepare(void)
{
	sigset_t set;

	process = getpid();
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 4);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	thread(play, (void *)0);
	/* Both are played slowly enough by the machine, and yield the CPU. */
	spinning_thread(play, (void *)1);
	await(received[1], 10);
}

static void check(void)
{
	unsigned long before = received[1];

	if (!await(__atomic_load_n(received + 1, __ATOMIC_SEQ_CST) > before + 10, PATIENCE))
		fail("stuck: sent %lu and %lu, received %lu and %lu", sent[0], sent[1],
		     received[0], received[1]);
	/* A game in which each waits for the other: at most one is under way. */
	for (int i = 0; i < 2; i++) {
		unsigned long there = __atomic_load_n(received + !i, __ATOMIC_SEQ_CST);
		unsigned long here = __atomic_load_n(sent + i, __ATOMIC_SEQ_CST);

		if (there > here + 1)
			fail("%lu sent, %lu received", here, there);
	}
}

SURVIVOR(signal_ping, .about = "threads sending each other signals",
	 .prepare = prepare, .check = check, .flags = SIGNALS_CHANGE);
