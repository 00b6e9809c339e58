// SPDX-License-Identifier: GPL-2.0
/* A process whose children do vfork() and exec() all the time. */
#include "survivor.h"
#include <spawn.h>

static unsigned long done;

static void *run(void *argument)
{
	static char code[8] = "", *args[] = { "survivors", "--exit", code, NULL };

	for (;;) {
		int status = -1, error;
		pid_t pid;

		snprintf(code, sizeof(code), "%lu", done % 100);
		error = posix_spawn(&pid, "/proc/self/exe", NULL, NULL, args, environ);
		if (error)
			fail("posix_spawn: %s", strerror(error));
		else if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
			 WEXITSTATUS(status) != (int)(done % 100))
			fail("child %lu: %#x", done, status);
		__atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
	}
	return argument;
}

static void prepare(void)
{
	spinning_thread(run, NULL);
	await(__atomic_load_n(&done, __ATOMIC_SEQ_CST), 20);
}

static void check(void)
{
	unsigned long before = __atomic_load_n(&done, __ATOMIC_SEQ_CST);

	if (!await(__atomic_load_n(&done, __ATOMIC_SEQ_CST) > before + 2, PATIENCE))
		fail("it does not go on");
}

/* posix_spawn() maps a stack for the child, and blocks all signals meanwhile. */
SURVIVOR(execing, .about = "posix_spawn() and wait all the time",
	 .prepare = prepare, .check = check, .flags = MAPS_CHANGE | SIGNALS_CHANGE);
