// SPDX-License-Identifier: GPL-2.0
/* Each thread has a name, a mask and a nice value of its own. */
#include "survivor.h"
#include <sys/prctl.h>
#include <sys/resource.h>

#define THREADS 8

static unsigned long turns[THREADS];

static void look(long i)
{
	char name[32], expected[32];
	sigset_t mask;

	snprintf(expected, sizeof(expected), "thread %ld", i);
	prctl(PR_GET_NAME, name);
	if (strcmp(name, expected))
		fail("%s is now %s", expected, name);
	expect_equal(getpriority(PRIO_PROCESS, 0), i);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	for (int sig = SIGRTMIN; sig < SIGRTMIN + THREADS; sig++)
		expect_equal(sigismember(&mask, sig), sig == SIGRTMIN + i);
}

static void *run(void *argument)
{
	long i = (long)argument;
	char name[32];
	sigset_t mask;

	snprintf(name, sizeof(name), "thread %ld", i);
	prctl(PR_SET_NAME, name);
	setpriority(PRIO_PROCESS, 0, i);
	sigemptyset(&mask);
	sigaddset(&mask, SIGRTMIN + i);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	for (;;) {
		look(i);
		__atomic_fetch_add(turns + i, 1, __ATOMIC_SEQ_CST);
		nap(0.1);
	}
	return NULL;
}

static void prepare(void)
{
	prctl(PR_SET_NAME, "it's (me) :)");
	for (long i = 0; i < THREADS; i++)
		thread(run, (void *)i);
	for (int i = 0; i < THREADS; i++)
		await(__atomic_load_n(turns + i, __ATOMIC_SEQ_CST), 10);
}

static void check(void)
{
	unsigned long before = turns[THREADS - 1];

	expect(await(__atomic_load_n(turns + THREADS - 1, __ATOMIC_SEQ_CST) >
		     before + 1, SLACK));
}

SURVIVOR(thread_names, .about = "names, masks, nice values of threads",
	 .prepare = prepare, .check = check);
