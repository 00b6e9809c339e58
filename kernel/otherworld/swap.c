// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: the dead kernel's swap areas, taken over with what is in them.
 */

/**
 * DOC: Swap
 *
 * Nothing is read from a swap area to bring a process back. Userspace turns
 * the area on again, as it was. While nobody knows of it yet, each slot that
 * the dead kernel used gets a reference of ours, so that the slot is kept.
 * Page tables and files in memory then get entries for their slots, with
 * references of their own; when all are back, ours are dropped, and what no
 * process needs becomes free.
 *
 * A page that was in the dead swap cache is not taken from its slot: the slot
 * may be older, or never have been written. Its frame is adopted as if it had
 * been mapped.
 *
 * An area that cannot be turned on, because its file is gone or has another
 * size, costs the pages in it, and each process that had some is told. So does
 * a page that zswap had compressed.
 */

#include <linux/bitmap.h>
#include <linux/blkdev.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/otherworld.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/xarray.h>

#include "rebuild.h"
#include "parse/ow_swap.h"

/* How many slots are looked at in one go. */
#define OW_SWAP_CHUNK	4096U

/**
 * struct ow_swap - a dead swap area, and the living one
 * @dead: what it was
 * @newer: by slot: the frame that has the page, or why it is lost
 * @damaged: not all of the swap cache could be read
 * @is_on: turned on again
 * @type: as what, from then on
 * @count: how many slots are in @kept
 * @kept: slots that have a reference of ours
 * @claimed: slots that a process has an entry for
 * @exclusive: such slots that are nobody else's
 */
struct ow_swap {
	struct ow_swap_area dead;
	struct xarray newer;
	bool damaged, is_on;
	unsigned int type, count;
	unsigned long *kept, *claimed, *exclusive;
};

/* Entries of @newer are an enum ow_swap_place and the frame's number. */
#define OW_SWAP_PLACE_BITS	2

static DEFINE_MUTEX(ow_swap_lock);
static struct ow_swap *ow_swaps[MAX_SWAPFILES];
/* Who is about to turn on which area. */
static struct ow_swap *ow_swap_taken;
static struct task_struct *ow_swap_taker;
static DEFINE_SPINLOCK(ow_swap_claims);

/* --- What was in memory ----------------------------------------------------------- */

static int ow_swap_note(struct ow_swap *swap, u64 slot, u64 pfn,
			enum ow_swap_place place)
{
	void *entry = xa_mk_value(pfn << OW_SWAP_PLACE_BITS | place);

	return xa_err(xa_store(&swap->newer, slot, entry, GFP_KERNEL));
}

static int ow_swap_each(void *priv, const struct ow_swap_page *page)
{
	struct ow_swap *swap = priv;
	enum ow_swap_place place = page->place;

	if (place == OW_SWAP_IN_FRAME && !ow_frame_is_dead_ram(page->pfn, 1))
		place = OW_SWAP_NOWHERE;
	return ow_swap_note(swap, page->slot, page->pfn, place);
}

static struct ow_swap *ow_swap_new(const struct ow_kernel *kernel,
				   const struct ow_swap_area *dead)
{
	struct ow_xa_walker *walker = ow_xa_walker_new(kernel);
	struct ow_swap *swap = kzalloc(sizeof(*swap), GFP_KERNEL);
	struct ow_fault_info why;
	int ret = -ENOMEM;

	if (!swap || !walker)
		goto out;
	swap->dead = *dead;
	xa_init(&swap->newer);
	ret = ow_swap_cache_walk(walker, kernel, dead, ow_swap_each, swap,
				 &why);
	if (why.status != OW_OK) {
		swap->damaged = true;
		ow_verdict_fault(0, OTHERWORLD_DEGRADED, "swap cache", &why);
	}
	if (ret)
		xa_destroy(&swap->newer);
out:
	ow_xa_walker_free(walker);
	if (ret) {
		kfree(swap);
		return NULL;
	}
	return swap;
}

/* --- Which areas there were --------------------------------------------------------- */

static bool ow_swap_path(struct ow_cursor *c, struct ow_virt file, char *out)
{
	struct ow_file dead;
	char *path;

	if (!ow_file_read(c, file, &dead))
		return false;
	/* swapon() refuses what has no name as well. */
	if (dead.unlinked)
		return ow_cursor_fail(c, OW_MISSING, file,
				      "the name of a swap area");
	path = ow_path_build(c, dead.mnt, dead.dentry, out);
	if (!path)
		return false;
	memmove(out, path, strlen(path) + 1);
	return true;
}

static u32 ow_swap_flags(const struct ow_swap_area *area)
{
	u32 flags = 0;

	if (area->prio >= 0)
		flags |= SWAP_FLAG_PREFER | (area->prio & SWAP_FLAG_PRIO_MASK);
	if (area->area_discard || area->page_discard)
		flags |= SWAP_FLAG_DISCARD;
	if (area->area_discard && !area->page_discard)
		flags |= SWAP_FLAG_DISCARD_ONCE;
	if (!area->area_discard && area->page_discard)
		flags |= SWAP_FLAG_DISCARD_PAGES;
	return flags;
}

static int ow_swap_take(const struct ow_kernel *kernel,
			struct otherworld_swap *out)
{
	struct ow_swap_area area;
	struct ow_cursor c;

	ow_cursor_init(&c, kernel);
	for (;; out->index++) {
		if (out->index >= ow_swap_types(&c) ||
		    out->index >= MAX_SWAPFILES)
			return -ENOENT;
		if (ow_swap_area_read(&c, out->index, &area) &&
		    ow_swap_path(&c, area.file, out->path))
			break;
		if (!ow_cursor_ok(&c))
			ow_verdict_fault(0, OTHERWORLD_LOST, "swap area",
					 &c.fault);
		ow_cursor_init(&c, kernel);
	}
	out->priority = area.prio;
	out->flags = ow_swap_flags(&area);

	if (!ow_swaps[out->index])
		ow_swaps[out->index] = ow_swap_new(kernel, &area);
	ow_swap_taken = ow_swaps[out->index];
	ow_swap_taker = current;
	out->is_on = ow_swap_taken && ow_swap_taken->is_on;
	if (!ow_swap_taken || out->is_on)
		ow_swap_taker = NULL;
	return ow_swap_taken ? 0 : -ENOMEM;
}

int ow_dead_swap(struct otherworld_swap *out)
{
	const struct ow_kernel *kernel = ow_dead_kernel();
	int ret;

	if (!kernel)
		return -ENODEV;
	mutex_lock(&ow_swap_lock);
	ret = ow_swap_take(kernel, out);
	mutex_unlock(&ow_swap_lock);
	return ret;
}

/* --- Turning them on ------------------------------------------------------------------ */

static void ow_swap_free_maps(struct ow_swap *swap)
{
	kvfree(swap->kept);
	kvfree(swap->claimed);
	kvfree(swap->exclusive);
	swap->kept = NULL;
	swap->claimed = NULL;
	swap->exclusive = NULL;
	swap->count = 0;
}

static unsigned long *ow_swap_bitmap(unsigned int slots)
{
	return kvcalloc(BITS_TO_LONGS(slots), sizeof(long), GFP_KERNEL);
}

/* A page that should be in the cache, and was not found there. */
static bool ow_swap_is_doubtful(struct ow_swap *swap, u32 slot, u8 use)
{
	return swap->damaged && use == OW_SWAP_CACHED &&
	       !xa_load(&swap->newer, slot);
}

static int ow_swap_keep(struct ow_swap *swap, u32 first, u32 count,
			const u8 *uses, u8 *swap_map)
{
	int ret;
	u32 i;

	for (i = 0; i < count; i++) {
		/* Not what this kernel itself cannot use. */
		if (uses[i] == OW_SWAP_FREE || swap_map[first + i])
			continue;
		swap_map[first + i] = 1;
		__set_bit(first + i, swap->kept);
		swap->count++;
		if (!ow_swap_is_doubtful(swap, first + i, uses[i]))
			continue;
		ret = ow_swap_note(swap, first + i, 0, OW_SWAP_NOWHERE);
		if (ret)
			return ret;
	}
	return 0;
}

/* Slots of zeroes were never written: they are lost if it is not known which. */
static int ow_swap_keep_zeroes(struct ow_cursor *c, struct ow_swap *swap,
			       u32 first, u32 count, unsigned long *zeromap)
{
	u8 zeroes[OW_SWAP_CHUNK / 8];
	int ret;
	u32 i;

	if (ow_swap_zeroes(c, &swap->dead, first, ALIGN(count, 8), zeroes)) {
		for (i = 0; i < count; i++)
			if (zeroes[i / 8] & BIT(i % 8) &&
			    test_bit(first + i, swap->kept))
				__set_bit(first + i, zeromap);
		return 0;
	}
	ow_verdict_fault(0, OTHERWORLD_DEGRADED, "swap area", &c->fault);
	ow_cursor_init(c, c->kernel);
	for (i = 0; i < count; i++) {
		if (!test_bit(first + i, swap->kept) ||
		    xa_load(&swap->newer, first + i))
			continue;
		ret = ow_swap_note(swap, first + i, 0, OW_SWAP_NOWHERE);
		if (ret)
			return ret;
	}
	return 0;
}

static int ow_swap_keep_all(const struct ow_kernel *kernel,
			    struct ow_swap *swap, u8 *swap_map,
			    unsigned long *zeromap, u8 *uses)
{
	u32 first, count, max = swap->dead.max;
	struct ow_cursor c;
	int ret = 0;

	ow_cursor_init(&c, kernel);
	for (first = 0; !ret && first < max; first += count) {
		count = min(max - first, OW_SWAP_CHUNK);
		if (!ow_swap_uses(&c, &swap->dead, first, count, uses)) {
			/* Whoever has an entry for one of them shall have it. */
			ow_verdict_fault(0, OTHERWORLD_DEGRADED, "swap area",
					 &c.fault);
			ow_cursor_init(&c, kernel);
			memset(uses, OW_SWAP_CACHED, count);
		}
		ret = ow_swap_keep(swap, first, count, uses, swap_map);
		if (!ret)
			ret = ow_swap_keep_zeroes(&c, swap, first, count,
						  zeromap);
		cond_resched();
	}
	return ret;
}

/*
 * Called by swapon() before the area is known to anybody: what the dead kernel
 * had in it stays.
 */
int otherworld_swapon(struct swap_info_struct *si, unsigned char *swap_map,
		      unsigned long *zeromap)
{
	const struct ow_kernel *kernel = ow_dead_kernel();
	struct ow_swap *swap;
	int ret = -ENOMEM;
	u8 *uses;

	if (!kernel || READ_ONCE(ow_swap_taker) != current)
		return 0;
	swap = ow_swap_taken;
	if (si->max != swap->dead.max) {
		ow_verdict(0, OTHERWORLD_LOST, swap->dead.file.a, "swap area",
			   "it has %u pages and had %u", si->max,
			   swap->dead.max);
		return -EINVAL;
	}
	ow_swap_free_maps(swap);
	swap->kept = ow_swap_bitmap(si->max);
	swap->claimed = ow_swap_bitmap(si->max);
	swap->exclusive = ow_swap_bitmap(si->max);
	uses = kmalloc(OW_SWAP_CHUNK, GFP_KERNEL);
	if (swap->kept && swap->claimed && swap->exclusive && uses)
		ret = ow_swap_keep_all(kernel, swap, swap_map, zeromap, uses);
	kfree(uses);
	if (ret) {
		ow_swap_free_maps(swap);
		return ret;
	}
	si->inuse_pages = swap->count;
	if (swap->count == si->pages) {
		/* As swap_range_alloc() leaves a full one. */
		si->lowest_bit = si->max;
		si->highest_bit = 0;
	}
	return 0;
}

/* Called by swapon() when the area is on, and counts as a whole. */
void otherworld_swap_is_on(struct swap_info_struct *si)
{
	struct ow_swap *swap = ow_swap_taken;

	if (READ_ONCE(ow_swap_taker) != current)
		return;
	atomic_long_sub(swap->count, &nr_swap_pages);
	swap->type = si->type;
	/* The makers of processes are started after this. */
	swap->is_on = true;
	WRITE_ONCE(ow_swap_taker, NULL);
}

/* --- Entries ------------------------------------------------------------------------ */

/* A page may be in many page tables, or in one and then in no other. */
static bool ow_swap_claim(struct ow_swap *swap, u64 slot, bool exclusive)
{
	bool taken;

	spin_lock(&ow_swap_claims);
	taken = exclusive ? test_bit(slot, swap->claimed) :
			    test_bit(slot, swap->exclusive);
	if (!taken) {
		__set_bit(slot, swap->claimed);
		if (exclusive)
			__set_bit(slot, swap->exclusive);
	}
	spin_unlock(&ow_swap_claims);
	return !taken;
}

const char *ow_swap_find(u64 type, u64 slot, bool exclusive,
			 struct ow_swapped *out)
{
	struct ow_swap *swap = type < MAX_SWAPFILES ? ow_swaps[type] : NULL;
	enum ow_swap_place place = OW_SWAP_ON_AREA;
	unsigned long value;
	void *entry;

	memset(out, 0, sizeof(*out));
	if (!swap || slot >= swap->dead.max)
		return "in a swap area that cannot be found";
	entry = xa_load(&swap->newer, slot);
	if (entry) {
		value = xa_to_value(entry);
		place = value & (BIT(OW_SWAP_PLACE_BITS) - 1);
		out->pfn = value >> OW_SWAP_PLACE_BITS;
	}
	switch (place) {
	case OW_SWAP_IN_FRAME:
		return NULL;
	case OW_SWAP_IN_ZSWAP:
		return "compressed by zswap, not supported yet";
	case OW_SWAP_NOWHERE:
		return "its entry in the swap cache is damaged";
	case OW_SWAP_ON_AREA:
		break;
	}
	out->pfn = 0;
	if (!swap->is_on)
		return "its swap area is not on";
	if (!test_bit(slot, swap->kept))
		return "swapped out to a slot that was free";
	if (!ow_swap_claim(swap, slot, exclusive))
		return "swapped out to somebody else's slot";
	out->entry = swp_entry(swap->type, slot);
	return NULL;
}

static void ow_swap_drop(struct ow_swap *swap)
{
	unsigned long slot;

	if (swap->is_on)
		for_each_set_bit(slot, swap->kept, swap->dead.max) {
			free_swap_and_cache(swp_entry(swap->type, slot));
			cond_resched();
		}
	ow_swap_free_maps(swap);
	xa_destroy(&swap->newer);
	kfree(swap);
}

void ow_swaps_drop(void)
{
	unsigned int i;

	mutex_lock(&ow_swap_lock);
	WRITE_ONCE(ow_swap_taker, NULL);
	for (i = 0; i < MAX_SWAPFILES; i++) {
		if (ow_swaps[i])
			ow_swap_drop(ow_swaps[i]);
		ow_swaps[i] = NULL;
	}
	mutex_unlock(&ow_swap_lock);
}
