// SPDX-License-Identifier: GPL-2.0
/* Memory shared copy-on-write that was paged out stays shared, and private. */
#include "survivor.h"

#define SIZE (4 * MIB)
#define PART (1 * MIB)

static char *memory;
static unsigned int *count;
static int mine;
static uint64_t seed;

/* The first writes before it is paged out, the second after that. */
static void write_own(void)
{
	seed = 1000 * generation() + 10 + mine;
	fill(memory + PART * mine, PART, seed);
}

static void prepare_member(void)
{
	mine = ++*count;
	write_own();
}

static void check_one(void)
{
	for (int i = 0; i < (int)(SIZE / PART); i++) {
		if (i == mine)
			check_filled("own part", memory + i * PART, PART, seed);
		else
			check_filled("common part", memory + i * PART, PART, i);
	}
	write_own();
	check_filled("own part, written", memory + mine * PART, PART, seed);
	check_filled("last part", memory + 3 * PART, PART, 3);
	page_out(memory, SIZE);
}

static void prepare(void)
{
	need_swap();
	memory = anonymous(SIZE);
	count = shared_page();
	for (size_t i = 0; i < SIZE / PART; i++)
		fill(memory + i * PART, PART, i);
	member("a", prepare_member, check_one);
	page_out(memory, SIZE);
	member("b", prepare_member, check_one);
	write_own();
	if (!smaps_kib(memory, SIZE, "Swap:"))
		skip("nothing is paged out");
}

SURVIVOR(swapped_sharing,
	 .about = "copy-on-write memory paged out (needs swap)",
	 .prepare = prepare, .check = check_one);
