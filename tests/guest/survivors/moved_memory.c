// SPDX-License-Identifier: GPL-2.0
/* Memory that mremap() moved, shared with a child since before the move. */
#include "survivor.h"

#define SIZE (1 * MIB)

static char *memory;

static void check(void)
{
	check_filled("memory", memory, SIZE, 61);
}

static void prepare(void)
{
	char *space, *first = anonymous(SIZE);

	fill(first, SIZE, 61);
	memory = first;
	member("a", NULL, check);
	/* The pages' index is that of the old address. */
	space = anonymous(4 * SIZE);
	memory = must_map(mremap(first, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
				 space + 2 * SIZE));
	member("b", NULL, check);
}

static void check_and_move(void)
{
	char *space = anonymous(SIZE);

	check();
	memory = must_map(mremap(memory, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
				 space));
	check();
}

SURVIVOR(moved_memory, .about = "memory that mremap() moved",
	 .prepare = prepare, .check = check_and_move);
