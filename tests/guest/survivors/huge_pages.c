// SPDX-License-Identifier: GPL-2.0
/* Transparent huge pages come back, and come back huge. */
#include "survivor.h"

#define SIZE (8 * MIB)
#define HUGE (2 * MIB)

static char *memory;
static long huge;

static void prepare(void)
{
	char *space = anonymous(SIZE + HUGE);

	memory = (char *)(((unsigned long)space + HUGE - 1) & ~(HUGE - 1));
	if (madvise(memory, SIZE, MADV_HUGEPAGE))
		skip("no transparent huge pages");
	fill(memory, SIZE, 5);
	huge = smaps_kib(memory, SIZE, "AnonHugePages:");
	if (!huge)
		skip("no huge page to be had");
}

static void check(void)
{
	long kib = smaps_kib(memory, SIZE, "AnonHugePages:");

	check_filled("memory", memory, SIZE, 5);
	if (kib < huge)
		fail("AnonHugePages: %ld -> %ld kB", huge, kib);
	/* One of them is split, and its parts are right. */
	must(mprotect(memory + 4096, 4096, PROT_READ));
	check_filled("after a split", memory, SIZE, 5);
	must(mprotect(memory + 4096, 4096, PROT_READ | PROT_WRITE));
	check_filled("together again", memory, SIZE, 5);
	huge = smaps_kib(memory, SIZE, "AnonHugePages:");
}

SURVIVOR(huge_pages, .about = "8 MiB of THP; AnonHugePages not lower",
	 .prepare = prepare, .check = check);
