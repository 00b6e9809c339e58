// SPDX-License-Identifier: GPL-2.0
/* Pages that KSM merged. */
#include "survivor.h"

#define SIZE (1 * MIB)
#define KSM "/sys/kernel/mm/ksm/"

static char *memory;

static bool set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, value, strlen(value)) > 0;

	close(fd);
	return done;
}

static void prepare(void)
{
	if (is_fake() || !set(KSM "run", "1"))
		skip("KSM is not ours to switch on");
	set(KSM "pages_to_scan", "2000");
	memory = anonymous(SIZE);
	for (size_t at = 0; at < SIZE; at += 4096)
		fill(memory + at, 4096, at >> 18);
	must(madvise(memory, SIZE, MADV_MERGEABLE));
	await(file_number(KSM "pages_sharing", "") > 100, 15);
}

static void check(void)
{
	for (size_t at = 0; at < SIZE; at += 4096)
		check_filled("page", memory + at, 4096, at >> 18);
	/* A write is nobody else's. */
	fill(memory, 4096, 99);
	check_filled("written", memory, 4096, 99);
	check_filled("its twin", memory + 4096, 4096, 0);
	fill(memory, 4096, 0);
}

SURVIVOR(merged_pages, .about = "pages merged by KSM", .prepare = prepare,
	 .check = check);
