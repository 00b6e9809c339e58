// SPDX-License-Identifier: GPL-2.0
/* A parent in vfork(), its child alive: it goes on when the child ends. */
#include "survivor.h"

static volatile unsigned int go, child, ending;
static unsigned long seen;

/* The child runs in the parent's memory, on its stack. */
static void round_(void)
{
	int status = 0;
	pid_t pid;

	while (ending)
		pause();
	pid = vfork();

	if (!pid) {
		child = getpid();
		while (!__atomic_load_n(&go, __ATOMIC_SEQ_CST))
			syscall(SYS_nanosleep,
				&(struct timespec){ .tv_nsec = 20000000 }, NULL);
		_exit(33);
	}
	expect(pid > 0);
	expect_equal(pid, child);
	expect_equal(waitpid(pid, &status, 0), pid);
	expect(WIFEXITED(status) && WEXITSTATUS(status) == 33);
	__atomic_store_n(&go, 0, __ATOMIC_SEQ_CST);
}

static struct caller caller = { .round = round_ };

static void prepare(void)
{
	caller_start(&caller);
	await(child, 10);
}

static void check(void)
{
	nap(0.1);
	expect_equal(rounds_of(&caller), seen++);
	__atomic_store_n(&go, 1, __ATOMIC_SEQ_CST);
	if (!await(rounds_of(&caller) == seen, SLACK))
		fail("vfork() does not return");
	await_asleep(caller.tid);
}

static void finish(void)
{
	ending = 1;
	kill(child, SIGKILL);
}

SURVIVOR(vforking, .about = "vfork() in flight", .prepare = prepare,
	 .check = check, .finish = finish);
