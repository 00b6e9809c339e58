/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dead swap areas: what they were, and what of them was still in memory.
 */
#ifndef _OW_SWAP_H
#define _OW_SWAP_H

#include "ow_xarray.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct ow_swap_area - a swap area that was on
 * @type: its number
 * @prio: its priority; negative if the kernel had chosen it
 * @max: how many slots it has, the one with its header included
 * @area_discard: it was to be discarded when it was turned on
 * @page_discard: slots were discarded when they became free
 * @map: a byte for each slot
 * @zeromap: a bit for each slot: a page of zeroes, not written; 0 if there is
 *	no such map
 * @file: the file or device
 */
struct ow_swap_area {
	u32 type;
	s32 prio;
	u32 max;
	bool area_discard, page_discard;
	struct ow_virt map, zeromap, file;
};

/* How many types there can be: 0 if the dead kernel could not swap. */
u32 ow_swap_types(struct ow_cursor *c);

/* False if there was none of this type, too: then the cursor is still good. */
bool ow_swap_area_read(struct ow_cursor *c, u32 type,
		       struct ow_swap_area *area);

/* What becomes of a slot's byte. */
enum ow_swap_use {
	OW_SWAP_FREE,
	OW_SWAP_USED,
	OW_SWAP_CACHED,		/* and its page was in the swap cache */
};

/* How @count slots from @first on were used, a byte for each. */
bool ow_swap_uses(struct ow_cursor *c, const struct ow_swap_area *area,
		  u32 first, u32 count, u8 *uses);
/* Which were pages of zeroes, a bit for each; both are multiples of 8. */
bool ow_swap_zeroes(struct ow_cursor *c, const struct ow_swap_area *area,
		    u32 first, u32 count, u8 *zeroes);

enum ow_swap_place {
	OW_SWAP_ON_AREA,	/* in its slot: it was still being read */
	OW_SWAP_IN_FRAME,
	OW_SWAP_IN_ZSWAP,	/* compressed */
	OW_SWAP_NOWHERE,	/* what is in the slot may be older */
};

/**
 * struct ow_swap_page - a slot that was known in memory
 * @slot: which
 * @place: where its page is
 * @pfn: in which frame
 */
struct ow_swap_page {
	u64 slot;
	enum ow_swap_place place;
	u64 pfn;
};

/**
 * ow_swap_cache_walk() - each page of an area that was in memory as well
 * @walker: buffers
 * @kernel: which kernel
 * @area: which area
 * @each: other than 0 ends the walk
 * @priv: for @each
 * @why: filled in with the first damage; the walk went on behind it
 *
 * What zswap has comes first, since a page of the swap cache is newer.
 */
int ow_swap_cache_walk(struct ow_xa_walker *walker,
		       const struct ow_kernel *kernel,
		       const struct ow_swap_area *area,
		       int (*each)(void *priv, const struct ow_swap_page *page),
		       void *priv, struct ow_fault_info *why);

#ifdef __cplusplus
}
#endif

#endif /* _OW_SWAP_H */
