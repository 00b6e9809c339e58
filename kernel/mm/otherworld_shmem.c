// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: dead frames become pages of a file in memory, where they are.
 *
 * A file in memory has no other copy of its pages than these, so they are
 * dirty from the start, and only their content is believed. They are mapped
 * again when they are touched.
 */

#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/otherworld_mm.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/swap.h>
#include <linux/xarray.h>

#include "internal.h"

/* As shmem_add_to_page_cache(), whose count of pages the charge has raised. */
static int ow_cache_folio(struct address_space *mapping, struct folio *folio,
			  unsigned long index)
{
	XA_STATE_ORDER(xas, &mapping->i_pages, index, folio_order(folio));
	long nr = folio_nr_pages(folio);

	folio_ref_add(folio, nr);
	folio->mapping = mapping;
	folio->index = index;
	do {
		xas_lock_irq(&xas);
		if (xas_find_conflict(&xas))
			xas_set_err(&xas, -EEXIST);
		else
			xas_store(&xas, folio);
		if (!xas_error(&xas)) {
			if (folio_test_pmd_mappable(folio))
				__lruvec_stat_mod_folio(folio, NR_SHMEM_THPS,
							nr);
			__lruvec_stat_mod_folio(folio, NR_FILE_PAGES, nr);
			__lruvec_stat_mod_folio(folio, NR_SHMEM, nr);
		}
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, GFP_KERNEL));

	if (xas_error(&xas)) {
		folio->mapping = NULL;
		folio_ref_sub(folio, nr);
	}
	return xas_error(&xas);
}

static void ow_uncharge(struct inode *inode, long nr)
{
	xa_lock_irq(&inode->i_mapping->i_pages);
	inode->i_mapping->nrpages -= nr;
	xa_unlock_irq(&inode->i_mapping->i_pages);
	shmem_uncharge(inode, nr);
}

int ow_adopt_shmem(struct inode *inode, const struct ow_file_frame *frame)
{
	struct page *page = pfn_to_page(frame->pfn);
	long nr = 1L << frame->order;
	struct folio *folio;
	int ret;

	if (!ow_frames_claim(page, nr))
		return -EBUSY;
	if (!shmem_charge(inode, nr)) {
		ow_frames_unclaim(page, nr);
		return -ENOSPC;
	}
	ow_frame_take(page, frame->order);
	folio = page_folio(page);
	__folio_set_locked(folio);
	__folio_set_swapbacked(folio);
	/* It was granted once: no limit says no now. */
	if (mem_cgroup_charge(folio, NULL, GFP_KERNEL | __GFP_NOFAIL))
		VM_WARN_ON_ONCE(1);
	ret = ow_cache_folio(inode->i_mapping, folio, frame->index);
	if (ret) {
		ow_uncharge(inode, nr);
		folio_unlock(folio);
		folio_put(folio);
		return ret;
	}
	if (frame->uptodate)
		folio_mark_uptodate(folio);
	folio_mark_dirty(folio);
	folio_add_lru(folio);
	folio_unlock(folio);
	/* The page cache has references of its own. */
	folio_put(folio);
	return 0;
}
