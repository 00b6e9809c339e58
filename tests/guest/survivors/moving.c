// SPDX-License-Identifier: GPL-2.0
/* Memory that is moved from one NUMA node to the other, all the time. */
#include "survivor.h"
#include <linux/mempolicy.h>

#define SHARED (512 * KIB)
#define HUGE (2 * MIB)
/* What one page of a huge one is asked for, all of it is. */
#define PAGES ((int)(2 * SHARED / 4096 + 1))

static char *shared, *own, *huge;
static uint64_t seed = 3;
static void *pages[PAGES];
static int nodes[PAGES], results[PAGES];
static unsigned long turns;

static long move_to(int node)
{
	for (int i = 0; i < PAGES; i++) {
		pages[i] = i < PAGES - 1 ? shared + i * 4096UL : huge;
		nodes[i] = node;
	}
	return syscall(SYS_move_pages, 0, PAGES, pages, nodes, results,
		       MPOL_MF_MOVE_ALL);
}

static void *move(void *argument)
{
	/* Any of them may be in use at the moment, and stay. */
	for (int node = 0;; node = !node)
		if (move_to(node) >= 0)
			__atomic_fetch_add(&turns, 1, __ATOMIC_SEQ_CST);
	return argument;
}

static void write_own(void)
{
	fill(own, SHARED, ++seed);
	fill(huge, HUGE, seed + 1);
}

static void nothing(void)
{
}

static void check_shared(void)
{
	check_filled("shared memory", shared, SHARED, 1);
}

static void prepare(void)
{
	char *space = anonymous(3 * HUGE);

	huge = (char *)(((unsigned long)space + HUGE - 1) & ~(HUGE - 1));
	shared = huge + HUGE;
	own = shared + SHARED;
	madvise(huge, HUGE, MADV_HUGEPAGE);
	madvise(shared, 2 * SHARED, MADV_NOHUGEPAGE);
	fill(shared, SHARED, 1);
	write_own();
	if (move_to(1) < 0)
		skip("move_pages: %s", strerror(errno));
	/* It is moved for the child, too, and what is written is not the child's. */
	member("a", nothing, check_shared);
	write_own();
	spinning_thread(move, NULL);
	await(__atomic_load_n(&turns, __ATOMIC_SEQ_CST) > 2, 20);
}

static void check(void)
{
	unsigned long before = __atomic_load_n(&turns, __ATOMIC_SEQ_CST);

	check_shared();
	check_filled("own memory", own, SHARED, seed);
	check_filled("huge page", huge, HUGE, seed + 1);
	write_own();
	check_filled("own memory, written", own, SHARED, seed);
	check_filled("huge page, written", huge, HUGE, seed + 1);
	if (!await_with_cpu(__atomic_load_n(&turns, __ATOMIC_SEQ_CST) > before + 1, 20))
		fail("it is not moved any more");
}

SURVIVOR(moving, .about = "memory moving between NUMA nodes (needs two)",
	 .prepare = prepare, .check = check);
