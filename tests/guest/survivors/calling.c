// SPDX-License-Identifier: GPL-2.0
/* Threads that are nearly always within a short system call. */
#include "survivor.h"

static volatile unsigned long turns[4];

static void *ask(void *argument)
{
	long which = (long)argument;
	pid_t pid = getpid(), tid = gettid();
	char buffer[4096];
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	for (;; turns[which]++) {
		if (which == 0 && (syscall(SYS_getpid) != pid || gettid() != tid))
			fail("another PID or TID");
		if (which == 1 && read(zero, buffer, sizeof(buffer)) != sizeof(buffer))
			fail("/dev/zero: %s", strerror(errno));
		if (which == 2 && sched_yield())
			fail("sched_yield: %s", strerror(errno));
		if (which == 3 && access("/proc/self/status", R_OK))
			fail("access: %s", strerror(errno));
	}
	return NULL;
}

static void prepare(void)
{
	for (long i = 0; i < 4; i++)
		spinning_thread(ask, (void *)i);
	for (int i = 0; i < 4; i++)
		await(turns[i], 10);
}

static void check(void)
{
	for (int i = 0; i < 4; i++) {
		unsigned long before = turns[i];

		if (!await(turns[i] > before + 10, PATIENCE))
			fail("thread %d does not go on", i);
	}
}

SURVIVOR(calling, .about = "threads within short system calls",
	 .prepare = prepare, .check = check);
