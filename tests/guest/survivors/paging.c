// SPDX-License-Identifier: GPL-2.0
/* Memory that goes out to swap and comes in again, all the time. */
#include "survivor.h"

#define BLOCK (256 * KIB)
#define BLOCKS 192

static char *memory;
static uint64_t seeds[BLOCKS];
static unsigned long turns;
static int pausing, paused;
static uint64_t state = 271828;

static unsigned long any(unsigned long limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % limit;
}

static void verify(unsigned long i)
{
	check_filled("block", memory + i * BLOCK, BLOCK, seeds[i]);
}

static void *page(void *argument)
{
	for (;;) {
		unsigned long i = any(BLOCKS);

		while (__atomic_load_n(&pausing, __ATOMIC_SEQ_CST)) {
			__atomic_store_n(&paused, 1, __ATOMIC_SEQ_CST);
			nap(0.001);
		}
		__atomic_store_n(&paused, 0, __ATOMIC_SEQ_CST);
		verify(i);
		/* Else it may go out by what is in swap already. */
		if (any(2)) {
			seeds[i] = state;
			fill(memory + i * BLOCK, BLOCK, seeds[i]);
		}
		page_out(memory + any(BLOCKS) * BLOCK, BLOCK);
		__atomic_fetch_add(&turns, 1, __ATOMIC_SEQ_CST);
	}
	return argument;
}

static void prepare(void)
{
	need_swap();
	memory = anonymous(BLOCKS * BLOCK);
	for (unsigned long i = 0; i < BLOCKS; i++) {
		seeds[i] = i + 1;
		fill(memory + i * BLOCK, BLOCK, seeds[i]);
	}
	spinning_thread(page, NULL);
	await(__atomic_load_n(&turns, __ATOMIC_SEQ_CST) > BLOCKS, 20);
}

static void check(void)
{
	unsigned long before = __atomic_load_n(&turns, __ATOMIC_SEQ_CST);

	expect(await_with_cpu(__atomic_load_n(&turns, __ATOMIC_SEQ_CST) > before, 20));
	__atomic_store_n(&pausing, 1, __ATOMIC_SEQ_CST);
	expect(await_with_cpu(__atomic_load_n(&paused, __ATOMIC_SEQ_CST), 20));
	for (unsigned long i = 0; i < BLOCKS; i++)
		verify(i);
	__atomic_store_n(&pausing, 0, __ATOMIC_SEQ_CST);
}

SURVIVOR(paging, .about = "memory going out to swap and in, verified (needs swap)",
	 .prepare = prepare, .check = check, .flags = FILES_CHANGE);
