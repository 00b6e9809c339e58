// SPDX-License-Identifier: GPL-2.0
/* A process whose parent had died: its parent is the one that adopted it. */
#include "survivor.h"

static pid_t *told;

static void check_orphan(void)
{
	expect_equal(getppid(), told[1]);
}

static void prepare(void)
{
	pid_t between;

	told = shared_page();
	between = must(fork());
	if (!between) {
		pid_t pid = fork();

		if (pid) {
			told[0] = pid;
			_exit(0);
		}
		/* PID 1, or a subreaper on the way to it. */
		while (getppid() == __atomic_load_n(told + 2, __ATOMIC_SEQ_CST) ||
		       !__atomic_load_n(told + 2, __ATOMIC_SEQ_CST))
			nap(0.01);
		told[1] = getppid();
		be_member("a", NULL, check_orphan);
	}
	__atomic_store_n(told + 2, between, __ATOMIC_SEQ_CST);
	waitpid(between, NULL, 0);
	expect_member("a", told[0]);
}

static void check(void)
{
	expect(kill(told[0], 0) == 0);
	expect(waitpid(told[0], NULL, WNOHANG) < 0 && errno == ECHILD);
}

SURVIVOR(orphan, .about = "an orphan and who adopted it", .prepare = prepare,
	 .check = check);
