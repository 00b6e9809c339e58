// SPDX-License-Identifier: GPL-2.0
/* Files that were deleted while open: on tmpfs, and (later) on disk. */
#include "survivor.h"

#define SIZE (1 * MIB)

static int fd;

static void prepare(const char *path)
{
	char *contents = anonymous(SIZE);

	fd = must(open(path, O_RDWR | O_CREAT | O_EXCL, 0600));
	must(unlink(path));
	fill(contents, SIZE, 101);
	must(write(fd, contents, SIZE));
	must(lseek(fd, 100, SEEK_SET));
	munmap(contents, SIZE);
}

static void prepare_tmpfs(void)
{
	prepare(on_tmpfs("deleted"));
}

static void prepare_disk(void)
{
	prepare(on_disk("deleted"));
}

static void check(void)
{
	static char contents[SIZE];
	struct stat st = { 0 };

	expect_equal(pread(fd, contents, SIZE, 0), SIZE);
	check_filled("file", contents, SIZE, 101);
	must(fstat(fd, &st));
	expect_equal(st.st_nlink, 0);
	expect_equal(st.st_size, SIZE);
	must(pwrite(fd, contents, SIZE, SIZE));
	must(ftruncate(fd, SIZE));
}

/* One that never had a name. */
static void prepare_nameless(void)
{
	char *contents = anonymous(SIZE);

	fd = open("/dev/shm", O_RDWR | O_TMPFILE, 0600);
	if (fd < 0)
		skip("O_TMPFILE: %s", strerror(errno));
	fill(contents, SIZE, 101);
	must(write(fd, contents, SIZE));
	munmap(contents, SIZE);
}

SURVIVOR(deleted_tmpfs, .about = "a deleted file on tmpfs, held open",
	 .prepare = prepare_tmpfs, .check = check);
SURVIVOR(nameless_tmpfs, .about = "an O_TMPFILE file on tmpfs",
	 .prepare = prepare_nameless, .check = check);
SURVIVOR(deleted_disk, .about = "a deleted file on disk, held open",
	 .prepare = prepare_disk, .check = check, .flags = LATER);
