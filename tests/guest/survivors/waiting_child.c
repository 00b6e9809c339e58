// SPDX-License-Identifier: GPL-2.0
/* wait4() and waitid() in flight while the children live; they end later. */
#include "survivor.h"

static unsigned int *go;
static pid_t children[2];

static pid_t child(int i)
{
	pid_t parent = getpid(), pid = must(fork());

	if (pid)
		return pid;
	/* Its parent may be killed while it waits. */
	while (!__atomic_load_n(go + i, __ATOMIC_SEQ_CST) && getppid() == parent)
		nap(0.02);
	_exit(40 + i);
}

static void do_wait4(void)
{
	int status = -1;

	children[0] = child(0);
	expect_equal(waitpid(children[0], &status, 0), children[0]);
	expect(WIFEXITED(status) && WEXITSTATUS(status) == 40);
	__atomic_store_n(go, 0, __ATOMIC_SEQ_CST);
}

static void do_waitid(void)
{
	siginfo_t info = { 0 };

	children[1] = child(1);
	expect(!waitid(P_PID, children[1], &info, WEXITED));
	expect_equal(info.si_pid, children[1]);
	expect_equal(info.si_code, CLD_EXITED);
	expect_equal(info.si_status, 41);
	__atomic_store_n(go + 1, 0, __ATOMIC_SEQ_CST);
}

static struct caller callers[] = { { .round = do_wait4 }, { .round = do_waitid } };
static unsigned long seen;

static void prepare(void)
{
	go = shared_page();
	for (int i = 0; i < 2; i++)
		caller_start(callers + i);
}

static void check(void)
{
	for (int i = 0; i < 2; i++) {
		expect_equal(rounds_of(callers + i), seen);
		__atomic_store_n(go + i, 1, __ATOMIC_SEQ_CST);
		if (!await(rounds_of(callers + i) == seen + 1, SLACK))
			fail("wait %d is stuck", i);
	}
	seen++;
	for (int i = 0; i < 2; i++)
		await_asleep(callers[i].tid);
}

static void finish(void)
{
	kill(children[0], SIGKILL);
	kill(children[1], SIGKILL);
}

SURVIVOR(waiting_child, .about = "wait4() and waitid() in flight",
	 .prepare = prepare, .check = check, .finish = finish);
