// SPDX-License-Identifier: GPL-2.0
/* A private file mapping: pages that were written, and pages of the file. */
#include "survivor.h"

#define SIZE (1 * MIB)
#define PAGES (SIZE / 4096)

static char *memory;
static int fd;

static void prepare(void)
{
	char *contents = anonymous(SIZE);

	fill(contents, SIZE, 21);
	fd = must(open(on_disk("file"), O_RDWR | O_CREAT | O_TRUNC, 0600));
	must(write(fd, contents, SIZE));
	munmap(contents, SIZE);
	memory = must_map(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
	/* Every third page is our own. */
	for (size_t i = 0; i < PAGES; i += 3)
		fill(memory + i * 4096, 4096, 100 + i);
}

static void check(void)
{
	static char contents[SIZE], expected[SIZE];

	fill(expected, SIZE, 21);
	must(pread(fd, contents, SIZE, 0));
	expect(!memcmp(contents, expected, SIZE));
	for (size_t i = 0; i < PAGES; i++) {
		if (i % 3 == 0)
			check_filled("own page", memory + i * 4096, 4096, 100 + i);
		else if (memcmp(memory + i * 4096, expected + i * 4096, 4096))
			fail("page %zu of the file is wrong", i);
	}
	/* What the file's pages become when written stays ours. */
	memory[4096] ^= 1;
	must(pread(fd, contents, SIZE, 0));
	expect(!memcmp(contents, expected, SIZE));
	memory[4096] ^= 1;
}

static void finish(void)
{
	unlink(on_disk("file"));
}

SURVIVOR(private_file, .about = "MAP_PRIVATE file, some pages written",
	 .prepare = prepare, .check = check, .finish = finish);
