// SPDX-License-Identifier: GPL-2.0
/* A file in memory that was paged out when the kernel died. */
#include "survivor.h"

#define SIZE (4 * MIB)

static int fd;
static char *memory;

static void prepare(void)
{
	struct stat st;

	need_swap();
	fd = must(memfd_create("survivor", MFD_CLOEXEC));
	must(ftruncate(fd, SIZE));
	memory = must_map(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	fill(memory, SIZE, 72);
	page_out(memory, SIZE);
	/* A page that is out counts as a block all the same. */
	must(fstat(fd, &st));
	expect_equal(st.st_blocks, SIZE / 512);
	if (smaps_kib(memory, SIZE, "Rss:") * KIB == SIZE)
		skip("nothing is paged out");
}

static void check(void)
{
	static char contents[SIZE];
	struct stat st;

	must(fstat(fd, &st));
	expect_equal(st.st_blocks, SIZE / 512);
	expect_equal(pread(fd, contents, SIZE, 0), SIZE);
	check_filled("file", contents, SIZE, 72);
	check_filled("mapping", memory, SIZE, 72);
	page_out(memory, SIZE);
}

SURVIVOR(swapped_file, .about = "a memfd paged out (needs swap)",
	 .prepare = prepare, .check = check);
