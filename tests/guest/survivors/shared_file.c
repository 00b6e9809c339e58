// SPDX-License-Identifier: GPL-2.0
/* A shared file mapping on disk, its pages dirty all the time. */
#include "survivor.h"

#define SIZE (1 * MIB)

static char *memory;
static int fd;
static uint64_t seed = 31;

static void prepare(void)
{
	fd = must(open(on_disk("file"), O_RDWR | O_CREAT | O_TRUNC, 0600));
	must(ftruncate(fd, SIZE));
	/* The blocks are on the disk; what is in them now is not yet. */
	must(fsync(fd));
	memory = must_map(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	fill(memory, SIZE, seed);
}

static void check(void)
{
	static char contents[SIZE];
	struct stat st;
	int other;

	check_filled("mapping", memory, SIZE, seed);
	must(pread(fd, contents, SIZE, 0));
	check_filled("file", contents, SIZE, seed);
	must(fstat(fd, &st));
	expect_equal(st.st_size, SIZE);
	/* Still one with the file, both ways. */
	fill(memory, SIZE, ++seed);
	other = must(open(on_disk("file"), O_RDONLY | O_CLOEXEC));
	must(pread(other, contents, SIZE, 0));
	close(other);
	check_filled("file, by its path", contents, SIZE, seed);
	must(pwrite(fd, "other", 5, SIZE / 2));
	expect(!memcmp(memory + SIZE / 2, "other", 5));
	must(msync(memory, SIZE, MS_SYNC));
	fill(memory, SIZE, ++seed);
}

static void finish(void)
{
	unlink(on_disk("file"));
}

SURVIVOR(shared_file, .about = "MAP_SHARED file on disk with dirty pages",
	 .prepare = prepare, .check = check, .finish = finish);
