// SPDX-License-Identifier: GPL-2.0
/* A process that forks, and waits for what it forked, all the time. */
#include "survivor.h"

static unsigned long forked, *counted;

static void round_(void)
{
	unsigned long mine = ++forked;
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		/* Each child sees the memory of its moment. */
		__atomic_fetch_add(counted, 1, __ATOMIC_SEQ_CST);
		_exit(forked == mine ? mine % 100 : 101);
	}
	if (pid < 0)
		return fail("fork: %s", strerror(errno));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != (int)(mine % 100))
		fail("child %lu: %#x", mine, status);
}

static void *run(void *argument)
{
	for (;;)
		round_();
	return argument;
}

static void prepare(void)
{
	counted = shared_page();
	spinning_thread(run, NULL);
	await(__atomic_load_n(counted, __ATOMIC_SEQ_CST) > 2, 20);
}

static void check(void)
{
	unsigned long before = __atomic_load_n(counted, __ATOMIC_SEQ_CST);

	if (!await(__atomic_load_n(counted, __ATOMIC_SEQ_CST) > before + 2, PATIENCE))
		fail("it does not fork any more");
	/* No child was lost or ran twice. */
	expect(await(__atomic_load_n(counted, __ATOMIC_SEQ_CST) + 1 >=
		     __atomic_load_n(&forked, __ATOMIC_SEQ_CST), 10));
	expect(__atomic_load_n(counted, __ATOMIC_SEQ_CST) <=
	       __atomic_load_n(&forked, __ATOMIC_SEQ_CST));
}

SURVIVOR(forking, .about = "fork(), exit and wait all the time",
	 .prepare = prepare, .check = check, .flags = MAPS_CHANGE);
