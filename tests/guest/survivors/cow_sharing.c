// SPDX-License-Identifier: GPL-2.0
/* Memory shared copy-on-write by a family stays shared, and private. */
#include "survivor.h"

#define SIZE (8 * MIB)
#define PART (1 * MIB)
#define ROLLUP "/proc/self/smaps_rollup"

static char *memory;
static unsigned int *count;
static int mine;
static long long pss, own;
static uint64_t seed;

/* What this process alone pays for. Swap can only make it less. */
static long long private_kib(void)
{
	return file_number(ROLLUP, "Private_Clean:") +
	       file_number(ROLLUP, "Private_Dirty:");
}

static void measure(void)
{
	/* First all the buffers are touched that looking needs. */
	snapshot_take(0);
	snapshot_compare(0);
	private_kib();
	pss = file_number(ROLLUP, "Pss:");
	own = private_kib();
}

static void write_own(void)
{
	seed = 1000 * generation() + 10 + mine;
	fill(memory + PART * mine, PART, seed);
}

static void prepare_member(void)
{
	mine = ++*count;
	write_own();
	measure();
}

static void check_one(void)
{
	long long pss_now = file_number(ROLLUP, "Pss:");
	long long own_now = private_kib();

	/* The library's own pages may be written for the first time meanwhile. */
	if (own_now > own + 512)
		fail("private memory grew: %lld -> %lld kB", own, own_now);
	if (pss_now > pss + 1024 + pss / 10)
		fail("Pss grew: %lld -> %lld kB", pss, pss_now);
	for (int i = 0; i < (int)(SIZE / PART); i++) {
		if (i == mine)
			check_filled("own part", memory + i * PART, PART, seed);
		else
			check_filled("common part", memory + i * PART, PART, i);
	}
	write_own();
	check_filled("own part, written", memory + mine * PART, PART, seed);
	/* The others' writes may reach nobody. */
	check_filled("last part", memory + 7 * PART, PART, 7);
	measure();
}

static void prepare(void)
{
	memory = anonymous(SIZE);
	count = shared_page();
	for (size_t i = 0; i < SIZE / PART; i++)
		fill(memory + i * PART, PART, i);
	member("a", prepare_member, check_one);
	member("b", prepare_member, check_one);
	member("c", prepare_member, check_one);
	write_own();
	measure();
}

SURVIVOR(cow_sharing, .about = "copy-on-write memory of parent and 3 children",
	 .prepare = prepare, .check = check_one);
