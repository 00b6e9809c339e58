// SPDX-License-Identifier: GPL-2.0
/* flock(): the lock belongs to the file description, and is still held. */
#include "survivor.h"
#include <sys/file.h>

static int exclusive, shared;

static void prepare(void)
{
	exclusive = must(open(on_disk("file"), O_RDWR | O_CREAT | O_TRUNC, 0600));
	must(flock(exclusive, LOCK_EX));
	shared = must(open(on_disk("other"), O_RDWR | O_CREAT | O_TRUNC, 0600));
	must(flock(shared, LOCK_SH));
}

static void check(void)
{
	int file = must(open(on_disk("file"), O_RDWR | O_CLOEXEC));
	int other = must(open(on_disk("other"), O_RDWR | O_CLOEXEC));

	expect(flock(file, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK);
	expect(flock(other, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK);
	expect_equal(flock(other, LOCK_SH | LOCK_NB), 0);
	expect_equal(flock(exclusive, LOCK_EX | LOCK_NB), 0);
	close(file);
	close(other);
}

static void finish(void)
{
	unlink(on_disk("file"));
	unlink(on_disk("other"));
}

SURVIVOR(file_lock, .about = "flock() locks", .prepare = prepare, .check = check,
	 .finish = finish);
