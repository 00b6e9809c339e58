// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: pages that stay in a swap area become a living process's, or a
 * living file's.
 *
 * Their slots are in use already: whoever turned the area on has a reference to
 * each. What is done here is what fork() does to share such a page, and what
 * reclaim does when it replaces one by its entry.
 */

#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/otherworld_mm.h>
#include <linux/pagemap.h>
#include <linux/pgtable.h>
#include <linux/sched/task.h>
#include <linux/shmem_fs.h>
#include <linux/swap.h>
#include <linux/swap_cgroup.h>
#include <linux/swapops.h>
#include <linux/xarray.h>

#include "internal.h"

static DEFINE_SPINLOCK(ow_swap_charges);

#ifdef CONFIG_MEMCG
/*
 * As __mem_cgroup_try_charge_swap(), once for each slot. It was granted once:
 * no limit says no now.
 */
static void ow_charge_swap(struct mm_struct *mm, swp_entry_t entry)
{
	struct mem_cgroup *memcg;

	/* Where memory and swap are counted together, it comes with the page. */
	if (mem_cgroup_disabled() ||
	    !cgroup_subsys_on_dfl(memory_cgrp_subsys))
		return;
	memcg = get_mem_cgroup_from_mm(mm);
	spin_lock(&ow_swap_charges);
	if (!lookup_swap_cgroup_id(entry) &&
	    refcount_inc_not_zero(&memcg->id.ref)) {
		if (!mem_cgroup_is_root(memcg))
			page_counter_charge(&memcg->swap, 1);
		swap_cgroup_record(entry, mem_cgroup_id(memcg), 1);
		mod_memcg_state(memcg, MEMCG_SWAP, 1);
	}
	spin_unlock(&ow_swap_charges);
	mem_cgroup_put(memcg);
}
#else
static void ow_charge_swap(struct mm_struct *mm, swp_entry_t entry)
{
}
#endif

/* Where swapoff looks for entries. */
static void ow_mm_has_swap(struct mm_struct *mm)
{
	if (!list_empty(&mm->mmlist))
		return;
	spin_lock(&mmlist_lock);
	if (list_empty(&mm->mmlist))
		list_add(&mm->mmlist, &init_mm.mmlist);
	spin_unlock(&mmlist_lock);
}

int ow_adopt_swap(struct ow_adopter *adopter, const struct ow_frame *frame,
		  swp_entry_t entry)
{
	struct mm_struct *mm = adopter->vma->vm_mm;
	pte_t *pte, swapped;

	for (;;) {
		pte = ow_adopt_entry(adopter, frame->address);
		if (!pte)
			return -ENOMEM;
		if (!pte_none(ptep_get(pte)))
			return -EEXIST;
		if (!swap_duplicate(entry))
			break;
		/* It counts more than a byte can, and may wait for the page. */
		ow_adopt_end(adopter);
		if (add_swap_count_continuation(entry, GFP_KERNEL))
			return -ENOMEM;
	}
	swapped = swp_entry_to_pte(entry);
	if (frame->exclusive)
		swapped = pte_swp_mkexclusive(swapped);
	if (frame->soft_dirty)
		swapped = pte_swp_mksoft_dirty(swapped);
	set_pte_at(mm, frame->address, pte, swapped);
	inc_mm_counter(mm, MM_SWAPENTS);
	ow_mm_has_swap(mm);
	ow_charge_swap(mm, entry);
	return 0;
}

int ow_adopt_cached(struct ow_adopter *adopter, const struct ow_frame *frame)
{
	struct page *page = pfn_to_page(frame->pfn);
	int ret = ow_adopt_frame(adopter, frame);

	if (ret == -EBUSY && !frame->exclusive && PageAnon(page) &&
	    !PageAnonExclusive(page))
		ret = ow_adopt_copy(adopter, frame);
	return ret;
}

/* --- Files in memory -------------------------------------------------------------- */

static int ow_store_swap(struct address_space *mapping, unsigned long index,
			 swp_entry_t entry)
{
	XA_STATE(xas, &mapping->i_pages, index);

	do {
		xas_lock_irq(&xas);
		if (xas_load(&xas))
			xas_set_err(&xas, -EEXIST);
		else
			xas_store(&xas, swp_to_radix_entry(entry));
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, GFP_KERNEL));
	return xas_error(&xas);
}

/* A page was counted that is not in the cache: it is swapped, or not at all. */
static void ow_count_swap(struct inode *inode, long swapped)
{
	struct shmem_inode_info *info = SHMEM_I(inode);

	spin_lock(&info->lock);
	info->swapped += swapped;
	spin_unlock(&info->lock);
	xa_lock_irq(&inode->i_mapping->i_pages);
	inode->i_mapping->nrpages--;
	xa_unlock_irq(&inode->i_mapping->i_pages);
	shmem_uncharge(inode, 1);
}

int ow_adopt_shmem_swap(struct inode *inode, unsigned long index,
			swp_entry_t entry)
{
	struct shmem_inode_info *info = SHMEM_I(inode);
	int ret;

	if (!shmem_charge(inode, 1))
		return -ENOSPC;
	mutex_lock(&shmem_swaplist_mutex);
	ret = swap_duplicate(entry);
	if (!ret) {
		ret = ow_store_swap(inode->i_mapping, index, entry);
		if (ret)
			swap_free(entry);
	}
	/* Where swapoff looks for it. */
	if (!ret && list_empty(&info->swaplist))
		list_add(&info->swaplist, &shmem_swaplist);
	ow_count_swap(inode, ret ? 0 : 1);
	mutex_unlock(&shmem_swaplist_mutex);
	return ret;
}
