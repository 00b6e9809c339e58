// SPDX-License-Identifier: GPL-2.0
/* A subreaper adopts the orphans among its descendants, then and now. */
#include "survivor.h"
#include <sys/prctl.h>

static pid_t *told;

/* A grandchild that loses its parent, and ends when it is told to. */
static void make_orphan(void)
{
	pid_t between = must(fork());

	if (!between) {
		pid_t pid = fork();

		if (pid) {
			told[0] = pid;
			_exit(0);
		}
		while (!__atomic_load_n(told + 1, __ATOMIC_SEQ_CST))
			nap(0.01);
		_exit(getppid() == told[2] ? 5 : 6);
	}
	waitpid(between, NULL, 0);
}

static void prepare(void)
{
	told = shared_page();
	told[2] = getpid();
	must(prctl(PR_SET_CHILD_SUBREAPER, 1));
	make_orphan();
}

static void collect(void)
{
	int status = -1;

	__atomic_store_n(told + 1, 1, __ATOMIC_SEQ_CST);
	expect_equal(waitpid(told[0], &status, 0), told[0]);
	expect(WIFEXITED(status) && WEXITSTATUS(status) == 5);
	__atomic_store_n(told + 1, 0, __ATOMIC_SEQ_CST);
}

static void check(void)
{
	collect();
	/* One orphaned under the new kernel. */
	make_orphan();
	collect();
	make_orphan();
}

static void finish(void)
{
	collect();
}

SURVIVOR(subreaper, .about = "PR_SET_CHILD_SUBREAPER", .prepare = prepare,
	 .check = check, .finish = finish);
