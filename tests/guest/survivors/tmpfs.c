// SPDX-License-Identifier: GPL-2.0
/* A file on tmpfs with contents: open, mapped, by its path, with its attributes. */
#include "survivor.h"

#define SIZE (2 * MIB)

static int fd;
static char *memory;
static struct stat was;

static void prepare(void)
{
	memory = anonymous(SIZE);
	fill(memory, SIZE, 91);
	must(mkdir(on_tmpfs("dir"), 01750));
	fd = must(open(on_tmpfs("file"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0631));
	must(write(fd, memory, SIZE));
	/* A hole after it. */
	must(ftruncate(fd, SIZE + 3 * MIB));
	munmap(memory, SIZE);
	memory = must_map(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	must(symlink("file's own", on_tmpfs("link")));
	must(link(on_tmpfs("file"), on_tmpfs("second")));
	must(fstat(fd, &was));
}

static void check(void)
{
	static char contents[SIZE];
	char target[32] = "";
	struct stat st;
	int other;

	check_filled("mapping", memory, SIZE, 91);
	expect_equal(pread(fd, contents, SIZE, 0), SIZE);
	check_filled("file", contents, SIZE, 91);
	other = must(open(on_tmpfs("second"), O_RDONLY | O_CLOEXEC));
	expect_equal(read(other, contents, SIZE), SIZE);
	check_filled("by path", contents, SIZE, 91);
	expect_equal(read(other, contents, SIZE), SIZE);
	for (size_t i = 0; i < SIZE; i++)
		if (contents[i]) {
			fail("the hole is not empty at %zu", i);
			break;
		}
	must(fstat(other, &st));
	close(other);
	expect_equal(st.st_size, SIZE + 3 * MIB);
	expect_equal(st.st_mode, was.st_mode);
	expect_equal(st.st_nlink, 2);
	expect_equal(st.st_ino, was.st_ino);
	expect_equal(st.st_uid, was.st_uid);
	expect_equal(st.st_mtim.tv_sec, was.st_mtim.tv_sec);
	expect_equal(st.st_mtim.tv_nsec, was.st_mtim.tv_nsec);
	must(readlink(on_tmpfs("link"), target, sizeof(target) - 1));
	expect(!strcmp(target, "file's own"));
	must(stat(on_tmpfs("dir"), &st));
	expect(S_ISDIR(st.st_mode) && (st.st_mode & 07777) == 01750);
	/* Open, path and mapping are one. */
	must(pwrite(fd, "one", 3, 4096));
	expect(!memcmp(memory + 4096, "one", 3));
	fill(memory, SIZE, 91);
	must(fstat(fd, &was));
}

static void finish(void)
{
	rmdir(on_tmpfs("dir"));
	unlink(on_tmpfs("file"));
	unlink(on_tmpfs("second"));
	unlink(on_tmpfs("link"));
}

static void prepare_with_mask(void)
{
	mode_t mask = umask(0);

	prepare();
	umask(mask);
}

SURVIVOR(tmpfs, .about = "a tmpfs file: open, mapped and by path",
	 .prepare = prepare_with_mask, .check = check, .finish = finish);
