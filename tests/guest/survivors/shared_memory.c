// SPDX-License-Identifier: GPL-2.0
/* Anonymous memory shared by a parent and two children. */
#include "survivor.h"

#define SIZE (4 * MIB)

static char *memory;
static unsigned int *turn;
static int mine;

static void prepare_member(void)
{
	mine = turn[1]++ + 1;
}

/* Each writes a part of its own in turn, and reads those of the others. */
static void check_one(void)
{
	char *part = memory + (1 + mine) * MIB;
	unsigned int *written = turn + 2 + mine;

	check_filled("common part", memory, MIB, 41);
	check_filled("own part", part, MIB, 50 + mine);
	fill(part, MIB, 100 * generation() + mine);
	__atomic_store_n(written, generation(), __ATOMIC_SEQ_CST);
	for (int i = 0; i < 3; i++) {
		if (!await(__atomic_load_n(turn + 2 + i, __ATOMIC_SEQ_CST) ==
			   (unsigned int)generation(), 20))
			return fail("the write of %d is not seen", i);
		check_filled("the other's part", memory + (1 + i) * MIB, MIB,
			     100 * generation() + i);
	}
	/* All have read before any writes again. */
	__atomic_fetch_add(turn + 8, 1, __ATOMIC_SEQ_CST);
	await(__atomic_load_n(turn + 8, __ATOMIC_SEQ_CST) % 3 == 0, 20);
	fill(part, MIB, 50 + mine);
}

static void prepare(void)
{
	memory = must_map(mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	turn = shared_page();
	fill(memory, MIB, 41);
	for (int i = 0; i < 3; i++)
		fill(memory + (1 + i) * MIB, MIB, 50 + i);
	member("a", prepare_member, check_one);
	member("b", prepare_member, check_one);
}

SURVIVOR(shared_memory, .about = "MAP_SHARED|MAP_ANONYMOUS between processes",
	 .prepare = prepare, .check = check_one);
