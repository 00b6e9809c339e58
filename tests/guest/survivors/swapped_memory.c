// SPDX-License-Identifier: GPL-2.0
/* Memory that was paged out when the kernel died. */
#include "survivor.h"

#define SIZE (4 * MIB)
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static char *memory;

static void page_out(void)
{
	madvise(memory, SIZE, MADV_PAGEOUT);
}

static void prepare(void)
{
	memory = anonymous(SIZE);
	fill(memory, SIZE, 71);
	page_out();
	if (!smaps_kib(memory, SIZE, "Swap:"))
		skip("no swap");
}

static void check(void)
{
	long there = smaps_kib(memory, SIZE, "Swap:") + smaps_kib(memory, SIZE, "Rss:");

	expect_equal(there, SIZE / KIB);
	/* Every second time some pages are in, and still in the swap cache. */
	check_filled("memory", memory, generation() % 2 ? SIZE : SIZE / 2, 71);
	if (generation() % 2)
		page_out();
}

SURVIVOR(swapped_memory, .about = "memory paged out (needs swap)",
	 .prepare = prepare, .check = check);
