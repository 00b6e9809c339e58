// SPDX-License-Identifier: GPL-2.0
/* A thread within a signal handler on its alternate stack. */
#include "survivor.h"

static char stack[64 * KIB];
static unsigned long go, inside, left;

static bool on_stack(void)
{
	stack_t now_ = { 0 };
	char here;

	sigaltstack(NULL, &now_);
	return now_.ss_flags & SS_ONSTACK && &here > stack &&
	       &here < stack + sizeof(stack);
}

static void handler(int sig, siginfo_t *info, void *context)
{
	unsigned long mine = __atomic_load_n(&go, __ATOMIC_SEQ_CST);
	uint64_t words[128];
	sigset_t mask;

	(void)context;
	fill(words, sizeof(words), sig);
	if (!on_stack() || info->si_value.sival_int != 5)
		fail("the handler begins wrong");
	__atomic_fetch_add(&inside, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&go, __ATOMIC_SEQ_CST) == mine)
		nap(0.02);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	if (!on_stack() || info->si_value.sival_int != 5 || !sigismember(&mask, sig))
		fail("the handler ends wrong");
	check_filled("the handler's stack", words, sizeof(words), sig);
}

static void *run(void *argument)
{
	stack_t mine = { .ss_sp = stack, .ss_size = sizeof(stack) };

	sigaltstack(&mine, NULL);
	for (uint64_t i = 0;; i++) {
		uint64_t words[64];

		fill(words, sizeof(words), i);
		pthread_sigqueue(pthread_self(), SIGUSR1,
				 (union sigval){ .sival_int = 5 });
		/* What the handler's return brings back. */
		check_filled("the interrupted stack", words, sizeof(words), i);
		if (on_stack())
			fail("still on the alternate stack");
		__atomic_fetch_add(&left, 1, __ATOMIC_SEQ_CST);
	}
	return argument;
}

static void prepare(void)
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaction(SIGUSR1, &action, NULL);
	thread(run, NULL);
	await(__atomic_load_n(&inside, __ATOMIC_SEQ_CST) == 1, 10);
}

static void check(void)
{
	unsigned long before = left;

	expect_equal(inside, before + 1);
	__atomic_fetch_add(&go, 1, __ATOMIC_SEQ_CST);
	expect(await(__atomic_load_n(&left, __ATOMIC_SEQ_CST) == before + 1 &&
		     __atomic_load_n(&inside, __ATOMIC_SEQ_CST) == before + 2,
		     SLACK));
}

SURVIVOR(alternate_stack, .about = "in a handler on the alternate stack",
	 .prepare = prepare, .check = check);
