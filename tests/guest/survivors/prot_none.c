// SPDX-License-Identifier: GPL-2.0
/* Pages that may not be touched keep their contents. */
#include "survivor.h"

#define SIZE (2 * MIB)

static char *memory;

static void prepare(void)
{
	memory = anonymous(SIZE);
	fill(memory, SIZE, 11);
	must(mprotect(memory, SIZE, PROT_NONE));
}

static void check(void)
{
	expect(!readable(memory) && !readable(memory + SIZE - 1));
	must(mprotect(memory, SIZE, PROT_READ));
	check_filled("memory", memory, SIZE, 11);
	expect(!writable(memory));
	must(mprotect(memory, SIZE, PROT_NONE));
}

SURVIVOR(prot_none, .about = "PROT_NONE pages keep their contents",
	 .prepare = prepare, .check = check);
