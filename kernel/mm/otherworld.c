// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: frames of the dead kernel for the page allocator.
 *
 * Here because it is mm/internal.h that knows how to hand them over.
 */

#include <linux/mm.h>
#include <linux/writeback.h>

#include "internal.h"
#include "../kernel/otherworld/internal.h"

void ow_free_frames(unsigned long pfn, unsigned long count)
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

void ow_frames_freed(unsigned long withheld)
{
	/* Counted in early boot, all of them. */
	totalram_pages_add(-withheld);
	init_per_zone_wmark_min();
	writeback_set_ratelimit();
}
