// SPDX-License-Identifier: GPL-2.0
/* Mappings from before can be split, unmapped, protected, moved, replaced. */
#include "survivor.h"

#define PAGES 64
#define PAGE(i) (memory + (i) * 4096)

static char *memory;

static void prepare(void)
{
	memory = anonymous(PAGES * 4096);
	fill(memory, PAGES * 4096, 1);
}

static void check(void)
{
	char *moved;

	check_filled("memory", memory, PAGES * 4096, 1);
	/* A hole in the middle. */
	expect(!munmap(PAGE(8), 4096));
	expect(!readable(PAGE(8)) && readable(PAGE(7)) && readable(PAGE(9)));
	/* Read-only, and back. */
	expect(!mprotect(PAGE(16), 4096, PROT_READ));
	expect(readable(PAGE(16)) && !writable(PAGE(16)));
	expect(!mprotect(PAGE(16), 4096, PROT_READ | PROT_WRITE));
	expect(writable(PAGE(16)));
	/* Moved, and back. */
	moved = mremap(PAGE(24), 4096, 8192, MREMAP_MAYMOVE);
	expect(moved != MAP_FAILED);
	expect(mremap(moved, 8192, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(24)) ==
	       PAGE(24));
	/* Replaced and thrown away: zeros. */
	expect(mmap(PAGE(32), 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == PAGE(32));
	expect(!madvise(PAGE(40), 4096, MADV_DONTNEED));
	expect(!*PAGE(32) && !*PAGE(40));
	munmap(memory, PAGES * 4096);
	expect(!readable(memory));
	prepare();
}

SURVIVOR(map_changes, .about = "munmap, mprotect, mremap of what was there",
	 .prepare = prepare, .check = check);
