// SPDX-License-Identifier: GPL-2.0
/* Close-on-exec flags are kept, and obeyed by an exec afterwards. */
#include "survivor.h"

static int closed, kept, high;

static void prepare(void)
{
	closed = must(open("/dev/null", O_RDONLY | O_CLOEXEC));
	kept = must(open("/dev/null", O_RDONLY));
	/* The table of descriptors has grown, with holes in it. */
	high = must(fcntl(kept, F_DUPFD_CLOEXEC, 900));
	must(fcntl(kept, F_DUPFD, 333));
}

static void check(void)
{
	char script[128];
	int status = -1, next;
	pid_t pid;

	expect_equal(fcntl(closed, F_GETFD), FD_CLOEXEC);
	expect_equal(fcntl(kept, F_GETFD), 0);
	expect_equal(high, 900);
	expect_equal(fcntl(900, F_GETFD), FD_CLOEXEC);
	expect_equal(fcntl(333, F_GETFD), 0);
	/* The lowest free one comes next. */
	next = dup(kept);
	expect_equal(next, kept + 1);
	close(next);
	snprintf(script, sizeof(script),
		 "test ! -e /proc/self/fd/%d && test -e /proc/self/fd/%d && "
		 "test ! -e /proc/self/fd/900 && test -e /proc/self/fd/333",
		 closed, kept);
	pid = must(fork());
	if (!pid) {
		execl("/bin/sh", "sh", "-c", script, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	expect_equal(status, 0);
}

SURVIVOR(close_on_exec, .about = "close-on-exec flags, high descriptors",
	 .prepare = prepare, .check = check);
