// SPDX-License-Identifier: GPL-2.0
/* A malloc() heap of blocks of many sizes, which is used afterwards too. */
#include "survivor.h"

#define BLOCKS 4096

static struct block {
	struct block *next;
	size_t size;
	uint64_t seed;
	uint64_t words[];
} *first;
static uint64_t counter;

static void push(void)
{
	size_t size = 8 * (1 + (counter * 7919) % 300);
	struct block *block = malloc(sizeof(*block) + size);

	*block = (struct block){ .next = first, .size = size, .seed = ++counter };
	fill(block->words, size, block->seed);
	first = block;
}

static void prepare(void)
{
	for (int i = 0; i < BLOCKS; i++)
		push();
}

static void check(void)
{
	struct block **place = &first;
	int seen = 0;

	/* Every other block is replaced. */
	while (*place && seen++ <= BLOCKS) {
		struct block *block = *place;

		check_filled("block", block->words, block->size, block->seed);
		if (seen % 2) {
			*place = block->next;
			free(block);
		} else {
			place = &block->next;
		}
	}
	expect_equal(seen, BLOCKS);
	for (int i = 0; i < BLOCKS / 2; i++)
		push();
}

SURVIVOR(heap, .about = "malloc() heap; malloc() and free() go on",
	 .prepare = prepare, .check = check);
