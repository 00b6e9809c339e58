// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Dead swap areas
 *
 * A page that was swapped out lies in a slot of an area. While it is also in
 * the swap cache, that is the page: the slot may not have been written yet, or
 * may be older. So what the cache has is listed first, and the area is asked
 * only for the rest.
 *
 * A frame is believed to be a slot's if the cache has it there and its struct
 * page says that it is in the swap cache, for that slot. If they disagree the
 * page is lost: the slot's content may be an old one.
 *
 * Pages that zswap had compressed are not on the area at all.
 */
#include "ow_swap.h"

#include "ow_mm.h"

/* Five bits tell types apart in page table entries. */
#define OW_SWAP_TYPES_MAX	32
/* Folios in the swap cache grow no larger than a huge page. */
#define OW_SWAP_FOLIO_MAX	512

u32 ow_swap_types(struct ow_cursor *c)
{
	u64 types;

	if (!ow_layout_has(&c->kernel->layout, OW_A_swap_info) ||
	    !ow_layout_has(&c->kernel->layout, OW_C_MAX_SWAPFILES))
		return 0;
	types = ow_const(c, OW_C_MAX_SWAPFILES);
	return types < OW_SWAP_TYPES_MAX ? types : OW_SWAP_TYPES_MAX;
}

/* Entry @index of a table of pointers at @table. */
static struct ow_virt ow_swap_table(struct ow_cursor *c, enum ow_fact table,
				    u32 index)
{
	struct ow_virt at = ow_virt_at(ow_const(c, table));

	return ow_virt_at(ow_get_word(c, ow_virt_add(at, index * 8)));
}

bool ow_swap_area_read(struct ow_cursor *c, u32 type,
		       struct ow_swap_area *area)
{
	struct ow_virt at = ow_swap_table(c, OW_A_swap_info, type);
	u64 flags;

	memset(area, 0, sizeof(*area));
	if (!at.a)
		return false;
	flags = ow_get(c, at, OW_F_swap_info_struct_flags);
	area->map = ow_get_ptr(c, at, OW_F_swap_info_struct_swap_map);
	area->file = ow_get_ptr(c, at, OW_F_swap_info_struct_swap_file);
	/* It is off, or it was about to be turned on. */
	if (!(flags & ow_const(c, OW_C_SWP_USED)) || !area->map.a ||
	    !area->file.a)
		return false;
	area->type = type;
	area->prio = ow_get_signed(c, at, OW_F_swap_info_struct_prio);
	area->max = ow_get(c, at, OW_F_swap_info_struct_max);
	if (ow_layout_has(&c->kernel->layout, OW_F_swap_info_struct_zeromap))
		area->zeromap = ow_get_ptr(c, at,
					   OW_F_swap_info_struct_zeromap);
	area->area_discard = flags & ow_const(c, OW_C_SWP_AREA_DISCARD);
	area->page_discard = flags & ow_const(c, OW_C_SWP_PAGE_DISCARD);
	if (ow_cursor_ok(c) && !area->max)
		return ow_cursor_fail(c, OW_BAD_DATA, at, "a swap area");
	return ow_cursor_ok(c);
}

bool ow_swap_uses(struct ow_cursor *c, const struct ow_swap_area *area,
		  u32 first, u32 count, u8 *uses)
{
	u8 cached = ow_const(c, OW_C_SWAP_HAS_CACHE);
	u8 bad = ow_const(c, OW_C_SWAP_MAP_BAD);
	u32 i;

	if (!ow_get_memory(c, ow_virt_add(area->map, first), uses, count))
		return false;
	for (i = 0; i < count; i++) {
		/* Bad blocks, and what was being discarded. */
		if (!uses[i] || uses[i] == bad)
			uses[i] = OW_SWAP_FREE;
		else
			uses[i] = uses[i] & cached ? OW_SWAP_CACHED :
						     OW_SWAP_USED;
	}
	return ow_cursor_ok(c);
}

bool ow_swap_zeroes(struct ow_cursor *c, const struct ow_swap_area *area,
		    u32 first, u32 count, u8 *zeroes)
{
	if (!area->zeromap.a) {
		memset(zeroes, 0, count / 8);
		return ow_cursor_ok(c);
	}
	return ow_get_memory(c, ow_virt_add(area->zeromap, first / 8), zeroes,
			     count / 8);
}

/* --- What was in memory ----------------------------------------------------------- */

struct ow_swap_pass {
	struct ow_cursor cursor;
	const struct ow_swap_area *area;
	u64 first;	/* the slot that the present xarray begins with */
	bool compressed;
	int (*each)(void *priv, const struct ow_swap_page *page);
	void *priv;
};

/* The cache has a folio's head for each of its slots. */
static void ow_swap_locate(struct ow_swap_pass *pass, u64 entry,
			   struct ow_swap_page *out)
{
	struct ow_cursor *c = &pass->cursor;
	unsigned int shift = ow_const(c, OW_C_SWP_TYPE_SHIFT);
	u64 first, type, head_pfn;
	struct ow_page page;

	out->place = OW_SWAP_NOWHERE;
	if (shift >= 64 || !ow_page_pfn(c, entry, &head_pfn) ||
	    !ow_page_read(c, head_pfn, &page))
		return;
	/* As a swp_entry_t: the folio's first slot. */
	first = ow_get(c, ow_virt_at(entry), OW_F_page_private);
	type = first >> shift;
	first &= BIT_ULL(shift) - 1;
	if (!ow_page_flag(c, page.flags, OW_C_PG_swapcache) ||
	    page.head_pfn != head_pfn || type != pass->area->type ||
	    out->slot < first || out->slot - first >= OW_SWAP_FOLIO_MAX)
		return;
	if (!ow_page_flag(c, page.flags, OW_C_PG_uptodate)) {
		if (ow_cursor_ok(c))
			out->place = OW_SWAP_ON_AREA;
		return;
	}
	out->pfn = head_pfn + out->slot - first;
	if (ow_page_read(c, out->pfn, &page) && page.head_pfn == head_pfn &&
	    !ow_page_flag(c, page.flags, OW_C_OW_PG_HWPOISON) &&
	    ow_cursor_ok(c))
		out->place = OW_SWAP_IN_FRAME;
}

static int ow_swap_entry(void *priv, u64 index, u64 entry)
{
	struct ow_swap_pass *pass = priv;
	struct ow_cursor *c = &pass->cursor;
	struct ow_swap_page page = {
		.slot = pass->first + index,
		.place = OW_SWAP_IN_ZSWAP,
	};

	/* A number only says when a page was swapped out. */
	if (ow_xa_is_value(entry) || page.slot >= pass->area->max)
		return 0;
	if (!pass->compressed)
		ow_swap_locate(pass, entry, &page);
	if (!ow_cursor_ok(c))
		ow_cursor_init(c, c->kernel);
	return pass->each(pass->priv, &page);
}

/* Areas are divided, and each part has an xarray of its own. */
static int ow_swap_parts_walk(struct ow_swap_pass *pass,
			      struct ow_xa_walker *walker, struct ow_virt parts,
			      u64 part_size, struct ow_fault_info *why)
{
	struct ow_cursor *c = &pass->cursor;
	unsigned int shift = ow_const(c, OW_C_SWAP_ADDRESS_SPACE_SHIFT);
	u64 part, count;
	int ret;

	if (!ow_cursor_ok(c) || shift >= 32) {
		ow_cursor_fail(c, OW_BAD_DATA, parts, "the swap cache");
		if (why->status == OW_OK)
			*why = c->fault;
		return 0;
	}
	count = ((u64)pass->area->max + BIT_ULL(shift) - 1) >> shift;
	for (part = 0; part < count; part++) {
		struct ow_fault_info damage;

		pass->first = part << shift;
		ret = ow_xa_walk(walker, ow_virt_add(parts, part * part_size),
				 0, ow_swap_entry, pass, &damage);
		if (why->status == OW_OK)
			*why = damage;
		if (ret)
			return ret;
	}
	return 0;
}

int ow_swap_cache_walk(struct ow_xa_walker *walker,
		       const struct ow_kernel *kernel,
		       const struct ow_swap_area *area,
		       int (*each)(void *priv, const struct ow_swap_page *page),
		       void *priv, struct ow_fault_info *why)
{
	struct ow_swap_pass pass = {
		.area = area,
		.each = each,
		.priv = priv,
	};
	struct ow_cursor *c = &pass.cursor;
	struct ow_virt parts;
	int ret = 0;

	memset(why, 0, sizeof(*why));
	ow_cursor_init(c, kernel);
	if (ow_layout_has(&kernel->layout, OW_A_zswap_trees)) {
		parts = ow_swap_table(c, OW_A_zswap_trees, area->type);
		pass.compressed = true;
		/* It may not have any. */
		if (parts.a)
			ret = ow_swap_parts_walk(&pass, walker, parts,
						 ow_const(c, OW_S_xarray), why);
		if (ret)
			return ret;
	}
	pass.compressed = false;
	parts = ow_swap_table(c, OW_A_swapper_spaces, area->type);
	parts = ow_field_at(c, parts, OW_F_address_space_i_pages);
	return ow_swap_parts_walk(&pass, walker, parts,
				  ow_const(c, OW_S_address_space), why);
}
