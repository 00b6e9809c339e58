// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: frames of the dead kernel for the page allocator.
 *
 * Here because it is mm/internal.h that knows how to hand them over.
 */

#include <linux/mm.h>
#include <linux/otherworld_mm.h>
#include <linux/writeback.h>

#include "internal.h"

/* How many frames from @pfn on nobody has adopted, @end at most. */
static unsigned long ow_unclaimed_run(unsigned long pfn, unsigned long end)
{
	unsigned long at = pfn;

	while (at < end && PageReserved(pfn_to_page(at)))
		at++;
	return at - pfn;
}

void ow_free_run(unsigned long pfn, unsigned long count)
{
	unsigned long end = pfn + count;

	while (pfn < end) {
		unsigned int order = min_t(unsigned int, MAX_PAGE_ORDER,
					   pfn ? __ffs(pfn) : MAX_PAGE_ORDER);

		while (pfn + (1UL << order) > end)
			order--;
		__free_pages_core(pfn_to_page(pfn), order, MEMINIT_EARLY);
		pfn += 1UL << order;
	}
}

unsigned long ow_free_frames(unsigned long pfn, unsigned long count)
{
	unsigned long end = pfn + count, freed = 0;

	while (pfn < end) {
		unsigned long run = ow_unclaimed_run(pfn, end);

		ow_free_run(pfn, run);
		freed += run;
		/* The one behind the run is adopted. */
		pfn += run + 1;
	}
	return freed;
}

void ow_frames_freed(unsigned long withheld)
{
	/* Counted in early boot, all of them. */
	totalram_pages_add(-withheld);
	init_per_zone_wmark_min();
	writeback_set_ratelimit();
}
