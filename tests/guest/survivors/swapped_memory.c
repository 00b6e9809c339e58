// SPDX-License-Identifier: GPL-2.0
/* Memory that was paged out when the kernel died. */
#include "survivor.h"

#define SIZE (4 * MIB)

static char *memory;

static void prepare(void)
{
	need_swap();
	memory = anonymous(SIZE);
	fill(memory, SIZE, 71);
	page_out(memory, SIZE);
	if (!smaps_kib(memory, SIZE, "Swap:"))
		skip("nothing is paged out");
}

static void check(void)
{
	long there = smaps_kib(memory, SIZE, "Swap:") + smaps_kib(memory, SIZE, "Rss:");

	expect_equal(there, SIZE / KIB);
	/* Every second time some pages are in, and still in the swap cache. */
	check_filled("memory", memory, generation() % 2 ? SIZE : SIZE / 2, 71);
	if (generation() % 2)
		page_out(memory, SIZE);
}

SURVIVOR(swapped_memory, .about = "memory paged out (needs swap)",
	 .prepare = prepare, .check = check);
