// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: a contiguous region by moving what lies there.
 *
 * Memory that was adopted in place is spread a little wider by each takeover,
 * until no free place is large enough for the next crash region. The pages of
 * processes can be moved, though, once there is memory to move them to.
 *
 * Until dead memory is released, nothing in it is immovable: it is unclaimed or
 * holds pages of processes. Once it is released, page tables and slabs are
 * everywhere within moments. So the place is held first, while all else is still
 * out of use, and emptied when the rest has become memory.
 */

#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/limits.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/otherworld_mm.h>
#include <linux/overflow.h>
#include <linux/page-isolation.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/swap.h>

#include "internal.h"

/* What one block of memory would cost; a block is as long as the alignment. */
#define OW_IMMOVABLE	U32_MAX

/* A place may turn out to be immovable. */
#define OW_HOLD_TRIES	8
/* Moving can fail: a page is being written, or just used. */
#define OW_MOVE_TRIES	100
#define OW_MOVE_PAUSE_MS	30

struct ow_region_search {
	unsigned long align;	/* in pages, as is all of this */
	unsigned long count;
	unsigned long blocks;	/* of memory in all */
	bool (*unclaimed)(unsigned long pfn);
	u32 *costs;
};

/*
 * Like has_unmovable_pages(), a guess: nothing keeps the pages as they are.
 * What start_isolate_page_range() finds is what counts.
 */
static u32 ow_block_cost(const struct ow_region_search *search,
			 unsigned long pfn, unsigned long end)
{
	u32 cost = 0;

	for (; pfn < end; pfn++) {
		struct page *page = pfn_to_online_page(pfn);

		if (!page)
			return OW_IMMOVABLE;
		if (PageReserved(page)) {
			if (!search->unclaimed(pfn))
				return OW_IMMOVABLE;
			continue;
		}
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

/* --- Holding ---------------------------------------------------------------- */

/*
 * Unclaimed frames on no list of the allocator, as if they were on their way to
 * it: a reserved one would count as immovable.
 */
static void ow_unreserve(const struct ow_region_search *search,
			 unsigned long pfn, unsigned long *was)
{
	unsigned long i;

	for (i = 0; i < search->count; i++) {
		struct page *page = pfn_to_page(pfn + i);

		if (!PageReserved(page))
			continue;
		__set_bit(i, was);
		ClearPageReserved(page);
		set_page_count(page, 0);
	}
}

static void ow_reserve_again(const struct ow_region_search *search,
			     unsigned long pfn, const unsigned long *was)
{
	unsigned long i;

	for_each_set_bit(i, was, search->count) {
		set_page_count(pfn_to_page(pfn + i), 1);
		SetPageReserved(pfn_to_page(pfn + i));
	}
}

/* They are the allocator's now, but isolated: nobody gets them. */
static void ow_free_held(const struct ow_region_search *search,
			 unsigned long pfn, const unsigned long *was)
{
	unsigned long start, end;

	for_each_set_bitrange(start, end, was, search->count)
		ow_free_run(pfn + start, end - start);
}

static int ow_hold(const struct ow_region_search *search, unsigned long pfn)
{
	unsigned long *was;
	int ret;

	was = kvcalloc(BITS_TO_LONGS(search->count), sizeof(*was), GFP_KERNEL);
	if (!was)
		return -ENOMEM;
	ow_unreserve(search, pfn, was);
	ret = start_isolate_page_range(pfn, pfn + search->count,
				       MIGRATE_MOVABLE, 0, GFP_KERNEL);
	if (ret)
		ow_reserve_again(search, pfn, was);
	else
		ow_free_held(search, pfn, was);
	kvfree(was);
	return ret;
}

static unsigned long ow_hold_cheapest(struct ow_region_search *search)
{
	unsigned int tries;

	for (tries = 0; tries < OW_HOLD_TRIES; tries++) {
		unsigned long block;

		if (!ow_cheapest(search, &block))
			return 0;
		if (!ow_hold(search, block * search->align))
			return block * search->align;
		search->costs[block] = OW_IMMOVABLE;
	}
	return 0;
}

unsigned long ow_hold_region(unsigned long count, unsigned long align,
			     unsigned long below,
			     bool (*unclaimed)(unsigned long pfn))
{
	unsigned long end = min(below, max_pfn), i, pfn;
	struct ow_region_search search = {
		.align = align,
		.count = count,
		.blocks = end / align,
		.unclaimed = unclaimed,
	};

	search.costs = kvmalloc_array(search.blocks, sizeof(*search.costs),
				      GFP_KERNEL);
	if (!search.costs)
		return 0;
	/* What waits there looks as if it could not be moved. */
	lru_add_drain_all();
	for (i = 0; i < search.blocks; i++) {
		search.costs[i] = ow_block_cost(&search, i * align,
						(i + 1) * align);
		cond_resched();
	}
	pfn = ow_hold_cheapest(&search);
	kvfree(search.costs);
	return pfn;
}

/* --- Taking ------------------------------------------------------------------- */

/* All pages of processes to elsewhere. -EBUSY if one could not be moved. */
static int ow_empty(unsigned long pfn, unsigned long end)
{
	struct compact_control cc = {
		.order = -1,
		.zone = page_zone(pfn_to_page(pfn)),
		.mode = MIGRATE_SYNC,
		.gfp_mask = GFP_KERNEL | __GFP_HARDWALL | __GFP_MOVABLE |
			    __GFP_RETRY_MAYFAIL | __GFP_NOWARN,
		.ignore_skip_hint = true,
		.no_set_skip_hint = true,
		.alloc_contig = true,
	};
	int ret;

	INIT_LIST_HEAD(&cc.migratepages);
	drain_all_pages(cc.zone);
	ret = __alloc_contig_migrate_range(&cc, pfn, end, MIGRATE_MOVABLE);
	if (ret && ret != -EBUSY)
		return ret;
	drain_all_pages(cc.zone);
	return test_pages_isolated(pfn, end, 0);
}

/* Off the allocator's lists; all are on them, and nobody takes them meanwhile. */
static void ow_off_lists(unsigned long pfn, unsigned long end)
{
	struct zone *zone = page_zone(pfn_to_page(pfn));
	unsigned long flags, i;

	spin_lock_irqsave(&zone->lock, flags);
	for (i = pfn; i < end;)
		i += __isolate_free_page(pfn_to_page(i),
					 buddy_order(pfn_to_page(i)));
	spin_unlock_irqrestore(&zone->lock, flags);

	/* As if it had been kept since the machine started. */
	for (i = pfn; i < end; i++) {
		set_page_count(pfn_to_page(i), 1);
		SetPageReserved(pfn_to_page(i));
	}
	adjust_managed_page_count(pfn_to_page(pfn), -(long)(end - pfn));
}

/* For the log: whose page stayed. */
static void ow_tell_what_stayed(unsigned long pfn, unsigned long end)
{
	for (; pfn < end; pfn++) {
		struct page *page = pfn_to_page(pfn);

		if (!page_ref_count(page))
			continue;
		dump_page(page, "in the way of the crash region");
		return;
	}
}

int ow_take_region(unsigned long pfn, unsigned long count)
{
	unsigned long end = pfn + count;
	unsigned int tries;
	int ret = -EBUSY;

	for (tries = 0; tries < OW_MOVE_TRIES && ret == -EBUSY; tries++) {
		if (tries)
			msleep(OW_MOVE_PAUSE_MS);
		ret = ow_empty(pfn, end);
	}
	if (!ret)
		ow_off_lists(pfn, end);
	else
		ow_tell_what_stayed(pfn, end);
	undo_isolate_page_range(pfn, end, MIGRATE_MOVABLE);
	return ret;
}
