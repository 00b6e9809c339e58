// SPDX-License-Identifier: GPL-2.0
/* Pages that were only read are zero, and become own pages when written. */
#include "survivor.h"

#define SIZE (4 * MIB)

static volatile char *small, *huge;

static char *aligned(void)
{
	char *space = anonymous(SIZE + 2 * MIB);

	return (char *)(((unsigned long)space + 2 * MIB - 1) & ~(2 * MIB - 1));
}

static void prepare(void)
{
	small = aligned();
	madvise((char *)small, SIZE, MADV_NOHUGEPAGE);
	/* The huge zero page, where there is one. */
	huge = aligned();
	madvise((char *)huge, SIZE, MADV_HUGEPAGE);
	for (size_t at = 0; at < SIZE; at += 4096)
		(void)(small[at] + huge[at]);
}

static void check(void)
{
	for (size_t at = 0; at < SIZE; at += 8)
		if (*(volatile long *)(small + at) || *(volatile long *)(huge + at))
			return fail("not zero at %#zx", at);
	small[0] = huge[0] = 1;
	expect(!small[4096] && !huge[4096]);
	for (size_t at = 4096; at < SIZE; at += 8)
		if (*(volatile long *)(small + at) || *(volatile long *)(huge + at))
			return fail("not zero at %#zx after a write", at);
	madvise((char *)small, SIZE, MADV_DONTNEED);
	madvise((char *)huge, SIZE, MADV_DONTNEED);
	for (size_t at = 0; at < SIZE; at += 4096)
		(void)(small[at] + huge[at]);
}

SURVIVOR(zero_pages, .about = "pages only read: zero page, huge zero page",
	 .prepare = prepare, .check = check);
