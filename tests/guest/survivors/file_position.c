// SPDX-License-Identifier: GPL-2.0
/* Open files on disk: position, flags, contents that were not written out yet. */
#include "survivor.h"

#define SIZE (256 * KIB)

static int reader, writer, truncated;
static off_t position = 4096;

static void prepare(void)
{
	char *contents = anonymous(SIZE);

	fill(contents, SIZE, 81);
	writer = must(open(on_disk("file"), O_RDWR | O_CREAT | O_TRUNC | O_NOATIME, 0640));
	must(write(writer, contents, SIZE));
	must(lseek(writer, SIZE / 2, SEEK_SET));
	reader = must(open(on_disk("file"), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	must(read(reader, contents, position));
	/* One that has just become shorter. */
	truncated = must(open(on_disk("short"), O_RDWR | O_CREAT | O_TRUNC, 0600));
	must(write(truncated, contents, 8192));
	must(ftruncate(truncated, 5000));
	munmap(contents, SIZE);
}

static void check(void)
{
	static char contents[SIZE], expected[SIZE];
	struct stat st, by_path;

	fill(expected, SIZE, 81);
	expect_equal(read(reader, contents, 4096), 4096);
	expect(!memcmp(contents, expected + position, 4096));
	position = position + 4096 < (off_t)SIZE - 4096 ? position + 4096 : 0;
	must(lseek(reader, position, SEEK_SET));
	expect_equal(pread(writer, contents, SIZE, 0), SIZE);
	expect(!memcmp(contents, expected, SIZE));
	expect_equal(write(writer, expected + SIZE / 2, 100), 100);
	expect_equal(lseek(writer, 0, SEEK_CUR), SIZE / 2 + 100);
	must(lseek(writer, SIZE / 2, SEEK_SET));
	expect_equal(fcntl(reader, F_GETFL) & (O_ACCMODE | O_NONBLOCK),
		     O_RDONLY | O_NONBLOCK);
	expect(fcntl(writer, F_GETFL) & O_NOATIME);
	expect(write(reader, "x", 1) < 0 && errno == EBADF);
	/* The file by its path is the same file. */
	must(fstat(writer, &st));
	must(stat(on_disk("file"), &by_path));
	expect_equal(st.st_ino, by_path.st_ino);
	expect_equal(st.st_size, SIZE);
	expect_equal(st.st_mode & 07777, 0640);
	must(fstat(truncated, &st));
	expect_equal(st.st_size, 5000);
	expect_equal(pread(truncated, contents, SIZE, 0), 5000);
	expect(!memcmp(contents, expected, 4096));
}

static void finish(void)
{
	unlink(on_disk("file"));
	unlink(on_disk("short"));
}

SURVIVOR(file_position, .about = "files on disk: position, flags, unsaved data",
	 .prepare = prepare, .check = check, .finish = finish);
