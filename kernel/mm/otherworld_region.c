// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: a contiguous region by moving what lies there.
 *
 * Memory that was adopted in place is spread a little wider by each takeover,
 * until no free place is large enough for the next crash region. The pages of
 * processes can be moved, though, once they are like any others.
 */

#include <linux/gfp.h>
#include <linux/limits.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/otherworld_mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/swap.h>

#include "internal.h"

/* What one block of memory would cost; a block is as long as the alignment. */
#define OW_IMMOVABLE	U32_MAX

/* Moving can fail: somebody holds a page, or takes one that was free. */
#define OW_MOVE_TRIES	8

struct ow_region_search {
	unsigned long align;	/* in pages, as is all of this */
	unsigned long count;
	unsigned long blocks;	/* of memory in all */
	u32 *costs;
};

/*
 * Like has_unmovable_pages(), a guess: nothing keeps the pages as they are.
 * What alloc_contig_range() finds is what counts.
 */
static u32 ow_block_cost(unsigned long pfn, unsigned long end)
{
	u32 cost = 0;

	for (; pfn < end; pfn++) {
		struct page *page = pfn_to_online_page(pfn);

		if (!page || PageReserved(page))
			return OW_IMMOVABLE;
		if (PageBuddy(page)) {
			unsigned int order = buddy_order_unsafe(page);

			if (order <= MAX_PAGE_ORDER)
				pfn += (1UL << order) - 1;
			continue;
		}
		/* On its way to or from the allocator, or a tail. */
		if (!page_ref_count(page) && !PageTail(page))
			continue;
		page = compound_head(page);
		if (!PageLRU(page) && !__PageMovable(page))
			return OW_IMMOVABLE;
		cost++;
	}
	return cost;
}

static struct zone *ow_block_zone(const struct ow_region_search *search,
				  unsigned long block)
{
	return page_zone(pfn_to_page(block * search->align));
}

/* What a region that begins with @block would cost. */
static u32 ow_region_cost(const struct ow_region_search *search,
			  unsigned long block)
{
	unsigned long i, count = search->count / search->align;
	u64 cost = 0;

	for (i = block; i < block + count; i++) {
		if (search->costs[i] == OW_IMMOVABLE ||
		    ow_block_zone(search, i) != ow_block_zone(search, block))
			return OW_IMMOVABLE;
		cost += search->costs[i];
	}
	return min_t(u64, cost, OW_IMMOVABLE - 1);
}

static bool ow_cheapest(const struct ow_region_search *search,
			unsigned long *block)
{
	unsigned long i, count = search->count / search->align;
	u32 best = OW_IMMOVABLE;

	/* Not the first: it has the zero page and what firmware left. */
	for (i = 1; i + count <= search->blocks; i++) {
		u32 cost = ow_region_cost(search, i);

		if (cost >= best)
			continue;
		best = cost;
		*block = i;
	}
	return best != OW_IMMOVABLE;
}

static unsigned long ow_take_cheapest(struct ow_region_search *search)
{
	unsigned int tries;

	for (tries = 0; tries < OW_MOVE_TRIES; tries++) {
		unsigned long block, pfn;

		if (!ow_cheapest(search, &block))
			return 0;
		pfn = block * search->align;
		if (!alloc_contig_range(pfn, pfn + search->count,
					MIGRATE_MOVABLE,
					GFP_KERNEL | __GFP_NOWARN))
			return pfn;
		search->costs[block] = OW_IMMOVABLE;
	}
	return 0;
}

unsigned long ow_take_region(unsigned long count, unsigned long align,
			     unsigned long below)
{
	unsigned long end = min(below, max_pfn), i, pfn;
	struct ow_region_search search = {
		.align = align,
		.count = count,
		.blocks = end / align,
	};

	search.costs = kvmalloc_array(search.blocks, sizeof(*search.costs),
				      GFP_KERNEL);
	if (!search.costs)
		return 0;
	/* What waits there looks as if it could not be moved. */
	lru_add_drain_all();
	for (i = 0; i < search.blocks; i++) {
		search.costs[i] = ow_block_cost(i * align, (i + 1) * align);
		cond_resched();
	}
	pfn = ow_take_cheapest(&search);
	kvfree(search.costs);
	if (!pfn)
		return 0;
	/* As if it had been kept since the machine started. */
	for (i = pfn; i < pfn + count; i++)
		SetPageReserved(pfn_to_page(i));
	adjust_managed_page_count(pfn_to_page(pfn), -(long)count);
	return pfn;
}
