// SPDX-License-Identifier: GPL-2.0
/* One page in each MiB of 4 GiB: what was never touched stays untouched. */
#include "survivor.h"

#define SIZE (4096 * MIB)

static char *memory;
static long resident;

static void prepare(void)
{
	memory = must_map(mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
	madvise(memory, SIZE, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < SIZE; at += MIB)
		fill(memory + at + (at >> 20) % 256 * 4096, 4096, at);
	resident = smaps_kib(memory, SIZE, "Rss:") + smaps_kib(memory, SIZE, "Swap:");
}

static void check(void)
{
	expect_equal(smaps_kib(memory, SIZE, "Rss:") + smaps_kib(memory, SIZE, "Swap:"),
		     resident);
	for (size_t at = 0; at < SIZE; at += MIB)
		check_filled("page", memory + at + (at >> 20) % 256 * 4096, 4096, at);
}

SURVIVOR(sparse_memory, .about = "single pages all over 4 GiB",
	 .prepare = prepare, .check = check);
