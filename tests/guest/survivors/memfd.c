// SPDX-License-Identifier: GPL-2.0
/* A memfd with contents and seals, mapped, and only held open. */
#include "survivor.h"

#define SIZE (512 * KIB)
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static int fd, sealed;
static char *memory;

static void prepare(void)
{
	char *contents = anonymous(SIZE);

	fd = must(memfd_create("survivor", MFD_CLOEXEC | MFD_ALLOW_SEALING));
	must(ftruncate(fd, SIZE));
	memory = must_map(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	fill(memory, SIZE, 51);
	must(fcntl(fd, F_ADD_SEALS, SEALS));
	/* Not mapped: only the page cache has it. */
	sealed = must(memfd_create("sealed", MFD_ALLOW_SEALING));
	fill(contents, SIZE, 52);
	must(write(sealed, contents, SIZE));
	must(fcntl(sealed, F_ADD_SEALS, SEALS | F_SEAL_WRITE));
	munmap(contents, SIZE);
}

static void check(void)
{
	static char contents[SIZE];
	struct stat st;

	check_filled("mapping", memory, SIZE, 51);
	expect_equal(pread(fd, contents, SIZE, 0), SIZE);
	check_filled("file", contents, SIZE, 51);
	expect_equal(fcntl(fd, F_GET_SEALS), SEALS);
	expect(ftruncate(fd, 2 * SIZE) && errno == EPERM);
	expect(ftruncate(fd, 0) && errno == EPERM);
	expect_equal(pread(sealed, contents, SIZE, 0), SIZE);
	check_filled("sealed file", contents, SIZE, 52);
	expect_equal(fcntl(sealed, F_GET_SEALS), SEALS | F_SEAL_WRITE);
	expect(pwrite(sealed, "x", 1, 0) < 0 && errno == EPERM);
	must(fstat(sealed, &st));
	expect_equal(st.st_size, SIZE);
	/* Still one with its mapping. */
	must(pwrite(fd, "other", 5, 0));
	expect(!memcmp(memory, "other", 5));
	fill(memory, SIZE, 51);
}

SURVIVOR(memfd, .about = "memfd with seals, mapped and unmapped",
	 .prepare = prepare, .check = check);
