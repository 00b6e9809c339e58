// SPDX-License-Identifier: GPL-2.0
/* The signal that a process asked for at the death of its parent. */
#include "survivor.h"
#include <sys/prctl.h>

static pid_t *told;

/* A parent that ends on command, with a child that is then signalled. */
static void prepare(void)
{
	pid_t parent;

	if (!told)
		told = shared_page();
	told[0] = told[1] = told[2] = 0;
	parent = must(fork());
	if (!parent) {
		if (!fork()) {
			sigset_t set;
			int sig = 0;

			sigemptyset(&set);
			sigaddset(&set, SIGUSR2);
			sigprocmask(SIG_BLOCK, &set, NULL);
			prctl(PR_SET_PDEATHSIG, SIGUSR2);
			__atomic_store_n(told, getpid(), __ATOMIC_SEQ_CST);
			sigwait(&set, &sig);
			__atomic_store_n(told + 2, sig, __ATOMIC_SEQ_CST);
			_exit(0);
		}
		while (!__atomic_load_n(told + 1, __ATOMIC_SEQ_CST))
			nap(0.01);
		_exit(0);
	}
	told[3] = parent;
	await(__atomic_load_n(told, __ATOMIC_SEQ_CST), 10);
	await_asleep(told[0]);
}

static void let_go(void)
{
	__atomic_store_n(told + 1, 1, __ATOMIC_SEQ_CST);
	waitpid(told[3], NULL, 0);
}

static void check(void)
{
	expect_equal(told[2], 0);
	let_go();
	expect(await(__atomic_load_n(told + 2, __ATOMIC_SEQ_CST) == SIGUSR2, SLACK));
	prepare();
}

SURVIVOR(death_signal, .about = "PR_SET_PDEATHSIG arrives when the parent ends",
	 .prepare = prepare, .check = check, .finish = let_go);
