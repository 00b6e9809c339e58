// SPDX-License-Identifier: GPL-2.0
/* A POSIX record lock: this process still holds it, others are refused. */
#include "survivor.h"

static int fd;

static int lock(int type, off_t start, off_t length)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET,
			      .l_start = start, .l_len = length };

	return fcntl(fd, F_SETLK, &lock);
}

static void prepare(void)
{
	fd = must(open(on_disk("file"), O_RDWR | O_CREAT | O_TRUNC, 0600));
	must(ftruncate(fd, 4096));
	must(lock(F_WRLCK, 100, 200));
	must(lock(F_RDLCK, 1000, 10));
}

/* What another process sees. */
static int in_child(void)
{
	struct flock query = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
			       .l_start = 0, .l_len = 4096 };

	if (fcntl(fd, F_GETLK, &query) || query.l_type != F_WRLCK ||
	    query.l_start != 100 || query.l_len != 200 || query.l_pid != getppid())
		return 1;
	if (!lock(F_WRLCK, 150, 10))
		return 2;
	if (lock(F_WRLCK, 400, 10))
		return 3;
	if (!lock(F_WRLCK, 1000, 10) || lock(F_RDLCK, 1000, 10))
		return 4;
	return 0;
}

static void check(void)
{
	int status = -1;
	pid_t pid = must(fork());

	if (!pid)
		_exit(in_child());
	waitpid(pid, &status, 0);
	expect_equal(status, 0);
}

static void finish(void)
{
	unlink(on_disk("file"));
}

SURVIVOR(record_lock, .about = "fcntl() record locks", .prepare = prepare,
	 .check = check, .finish = finish);
