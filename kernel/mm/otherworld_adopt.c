// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: dead frames become pages of a living process, where they are.
 *
 * A dead frame is reserved memory with a fresh struct page. Adopting it is
 * what a page fault does after it has allocated one: charge, reverse map, LRU,
 * page table. Its content is not looked at.
 *
 * That a frame is adopted can be seen by its PG_reserved being clear, which is
 * also what keeps it from being released. A frame of one process only is taken
 * by clearing that bit atomically; the accounts hear of all that one page table
 * maps at once, when it is full. One that several may share is taken, and
 * joined, under a lock, so that who comes second finds it complete.
 */

#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mm_types.h>
#include <linux/otherworld_mm.h>
#include <linux/pagemap.h>
#include <linux/pgalloc.h>
#include <linux/pgtable.h>
#include <linux/rmap.h>
#include <linux/sched.h>
#include <linux/swap.h>
#include <linux/uaccess.h>
#include <asm/tlb.h>

#include "internal.h"

/*
 * Of memory that the process had been charged for already. A table is locked, so
 * this cannot wait, and need not: it does not fail.
 */
#define OW_CHARGE	(GFP_NOWAIT | __GFP_NOFAIL)

/* No table begins there. */
#define OW_NO_TABLE	1

static DEFINE_SPINLOCK(ow_sharing);

bool ow_frame_unclaimed(unsigned long pfn)
{
	return pfn_valid(pfn) && PageReserved(pfn_to_page(pfn));
}

void ow_frames_unclaim(struct page *page, unsigned long count)
{
	while (count--)
		set_bit(PG_reserved, &page[count].flags);
}

bool ow_frames_claim(struct page *page, unsigned long count)
{
	unsigned long i;

	for (i = 0; i < count; i++) {
		if (!test_and_clear_bit(PG_reserved, &page[i].flags)) {
			ow_frames_unclaim(page, i);
			return false;
		}
	}
	return true;
}

void ow_adopt_begin(struct ow_adopter *adopter, struct vm_area_struct *vma)
{
	adopter->vma = vma;
	adopter->table = OW_NO_TABLE;
	INIT_LIST_HEAD(&adopter->taken);
	adopter->count = 0;
	adopter->zone = NULL;
}

/* As mem_cgroup_charge() does for each. The root group needs no asking. */
static void ow_charge_taken(struct ow_adopter *adopter)
{
	struct mm_struct *mm = adopter->vma->vm_mm;
	struct mem_cgroup *memcg;
	struct folio *folio;

	if (mem_cgroup_disabled())
		return;
	memcg = get_mem_cgroup_from_mm(mm);
	list_for_each_entry(folio, &adopter->taken, lru)
		if (mem_cgroup_is_root(memcg))
			mem_cgroup_commit_charge(folio, memcg);
		else if (mem_cgroup_charge(folio, mm, OW_CHARGE))
			VM_WARN_ON_ONCE(1);
	mem_cgroup_put(memcg);
}

static void ow_list_taken(struct ow_adopter *adopter)
{
	struct folio *folio, *next;
	struct lruvec *lruvec;
	bool generations;

	folio = list_first_entry(&adopter->taken, struct folio, lru);
	lruvec = folio_lruvec_lock_irq(folio);
	/* It may be switched at any time. */
	generations = lru_gen_enabled();
	list_for_each_entry_safe(folio, next, &adopter->taken, lru) {
		__set_bit(PG_lru, folio_flags(folio, 0));
		/* Its own lists are kept by more than their length. */
		if (generations)
			lruvec_add_folio(lruvec, folio);
	}
	if (!generations) {
		list_splice(&adopter->taken,
			    &lruvec->lists[LRU_INACTIVE_ANON]);
		update_lru_size(lruvec, LRU_INACTIVE_ANON,
				zone_idx(adopter->zone), adopter->count);
	}
	INIT_LIST_HEAD(&adopter->taken);
	unlock_page_lruvec_irq(lruvec);
}

/* All of them are in one zone, and of one process. */
static void ow_account_taken(struct ow_adopter *adopter)
{
	struct folio *folio;

	if (!adopter->count)
		return;
	ow_charge_taken(adopter);
	folio = list_first_entry(&adopter->taken, struct folio, lru);
	lruvec_stat_mod_folio(folio, NR_ANON_MAPPED, adopter->count);
	ow_list_taken(adopter);
	add_mm_counter(adopter->vma->vm_mm, MM_ANONPAGES, adopter->count);
	atomic_long_add(adopter->count, &adopter->zone->managed_pages);
	adopter->count = 0;
}

void ow_adopt_end(struct ow_adopter *adopter)
{
	spinlock_t *ptl = adopter->ptl;

	if (adopter->table == OW_NO_TABLE)
		return;
	ow_account_taken(adopter);
	/* sparse cannot know: it was left locked by an earlier call. */
	__acquire(ptl);
	__acquire(RCU);
	pte_unmap_unlock((pte_t *)adopter->ptes, ptl);
	adopter->table = OW_NO_TABLE;
}

static pmd_t *ow_pmd(struct mm_struct *mm, unsigned long address)
{
	pgd_t *pgd = pgd_offset(mm, address);
	p4d_t *p4d = p4d_alloc(mm, pgd, address);
	pud_t *pud;

	if (!p4d)
		return NULL;
	pud = pud_alloc(mm, p4d, address);
	return pud ? pmd_alloc(mm, pud, address) : NULL;
}

void *ow_adopt_entry(struct ow_adopter *adopter, unsigned long address)
{
	unsigned long table = address & PMD_MASK;
	struct mm_struct *mm = adopter->vma->vm_mm;
	spinlock_t *ptl = NULL;
	pmd_t *pmd;
	pte_t *pte;

	if (adopter->table != table) {
		ow_adopt_end(adopter);
		cond_resched();
		pmd = ow_pmd(mm, address);
		if (!pmd)
			return NULL;
		pte = pte_alloc_map_lock(mm, pmd, table, &ptl);
		if (!pte)
			return NULL;
		adopter->table = table;
		adopter->ptes = pte;
		adopter->ptl = ptl;
		__release(ptl);
		__release(RCU);
	}
	return (pte_t *)adopter->ptes + pte_index(address);
}

static pte_t ow_make_pte(const struct vm_area_struct *vma, struct page *page,
			 const struct ow_frame *frame, bool exclusive)
{
	pte_t pte = mk_pte(page, vma->vm_page_prot);

	pte = frame->young ? pte_mkyoung(pte) : pte_mkold(pte);
	if (frame->dirty)
		pte = pte_mkdirty(pte);
	if (frame->soft_dirty)
		pte = pte_mksoft_dirty(pte);
	/* Never more than the VMA allows, whatever the dead entry said. */
	if (frame->writable && exclusive && vma->vm_flags & VM_WRITE)
		return pte_mkwrite(pte, (struct vm_area_struct *)vma);
	return pte_wrprotect(pte);
}

void ow_frame_take(struct page *page, unsigned int order)
{
	unsigned int i;

	set_page_count(page, 1);
	for (i = 1; i < 1U << order; i++)
		set_page_count(page + i, 0);
	if (order) {
		prep_compound_page(page, order);
		page_rmappable_folio(page);
	}
	atomic_long_add(1L << order, &page_zone(page)->managed_pages);
}

static void ow_folio_add(struct vm_area_struct *vma, struct folio *folio,
			 unsigned long address, bool exclusive)
{
	if (mem_cgroup_charge(folio, vma->vm_mm, OW_CHARGE))
		VM_WARN_ON_ONCE(1);
	__folio_set_locked(folio);
	__folio_mark_uptodate(folio);
	folio_add_new_anon_rmap(folio, vma, address,
				exclusive ? RMAP_EXCLUSIVE : RMAP_NONE);
	folio_add_lru_vma(folio, vma);
	folio_unlock(folio);
}

/* Whether @page, already adopted, belongs at @address of @vma as well. */
static bool ow_same_page(const struct vm_area_struct *vma, struct page *page,
			 unsigned long address)
{
	struct folio *folio = page_folio(page);
	struct anon_vma *anon_vma = folio_anon_vma(folio);

	return folio_test_anon(folio) && !folio_test_ksm(folio) &&
	       anon_vma && vma->anon_vma &&
	       anon_vma->root == vma->anon_vma->root &&
	       folio_pgoff(folio) + folio_page_idx(folio, page) ==
			linear_page_index((struct vm_area_struct *)vma,
					  address);
}

/* What folio_add_new_anon_rmap() says of a page, but for the accounts. */
static void ow_map_exclusive(struct vm_area_struct *vma, struct page *page,
			     unsigned long address)
{
	struct folio *folio = page_folio(page);

	set_page_count(page, 1);
	atomic_set(&page->_mapcount, 0);
	WRITE_ONCE(folio->mapping, (void *)vma->anon_vma + PAGE_MAPPING_ANON);
	folio->index = linear_page_index(vma, address);
	/* On no list, and so nobody else's to change. */
	__set_bit(PG_uptodate, &page->flags);
	__set_bit(PG_swapbacked, &page->flags);
	__set_bit(PG_anon_exclusive, &page->flags);
}

static int ow_take_exclusive(struct ow_adopter *adopter, struct page *page,
			     unsigned long address)
{
	struct vm_area_struct *vma = adopter->vma;

	if (!test_and_clear_bit(PG_reserved, &page->flags))
		return -EBUSY;
	if (vma->vm_flags & (VM_LOCKED | VM_DROPPABLE)) {
		ow_frame_take(page, 0);
		ow_folio_add(vma, page_folio(page), address, true);
		inc_mm_counter(vma->vm_mm, MM_ANONPAGES);
		return 0;
	}
	if (adopter->zone != page_zone(page)) {
		ow_account_taken(adopter);
		adopter->zone = page_zone(page);
	}
	ow_map_exclusive(vma, page, address);
	list_add(&page->lru, &adopter->taken);
	adopter->count++;
	return 0;
}

static int ow_take_shared(struct vm_area_struct *vma, struct page *page,
			  unsigned long address)
{
	int ret = 0;

	spin_lock(&ow_sharing);
	if (test_and_clear_bit(PG_reserved, &page->flags)) {
		ow_frame_take(page, 0);
		ow_folio_add(vma, page_folio(page), address, false);
	} else if (ow_same_page(vma, page, address) &&
		   !PageAnonExclusive(page)) {
		folio_get(page_folio(page));
		folio_add_anon_rmap_pte(page_folio(page), page, vma, address,
					RMAP_NONE);
	} else {
		ret = -EBUSY;
	}
	spin_unlock(&ow_sharing);
	if (!ret)
		inc_mm_counter(vma->vm_mm, MM_ANONPAGES);
	return ret;
}

static int ow_adopt_small(struct ow_adopter *adopter,
			  const struct ow_frame *frame)
{
	struct page *page = pfn_to_page(frame->pfn);
	struct vm_area_struct *vma = adopter->vma;
	pte_t *pte = ow_adopt_entry(adopter, frame->address);
	int ret;

	if (!pte)
		return -ENOMEM;
	if (!pte_none(ptep_get(pte)))
		return -EEXIST;
	if (frame->exclusive)
		ret = ow_take_exclusive(adopter, page, frame->address);
	else
		ret = ow_take_shared(vma, page, frame->address);
	if (ret)
		return ret;
	set_pte_at(vma->vm_mm, frame->address, pte,
		   ow_make_pte(vma, page, frame, frame->exclusive));
	return 0;
}

/* --- Huge pages ------------------------------------------------------------ */

static int ow_huge_take(struct vm_area_struct *vma, struct page *page,
			const struct ow_frame *frame)
{
	int ret = 0;

	spin_lock(&ow_sharing);
	if (ow_frames_claim(page, HPAGE_PMD_NR)) {
		ow_frame_take(page, HPAGE_PMD_ORDER);
		ow_folio_add(vma, page_folio(page), frame->address,
			     frame->exclusive);
	} else if (PageHead(page) && folio_test_pmd_mappable(page_folio(page)) &&
		   ow_same_page(vma, page, frame->address) &&
		   !frame->exclusive && !PageAnonExclusive(page)) {
		folio_get(page_folio(page));
		folio_add_anon_rmap_pmd(page_folio(page), page, vma,
					frame->address, RMAP_NONE);
	} else {
		ret = -EAGAIN;
	}
	spin_unlock(&ow_sharing);
	return ret;
}

static int ow_adopt_huge(struct ow_adopter *adopter,
			 const struct ow_frame *frame)
{
	struct page *page = pfn_to_page(frame->pfn);
	struct vm_area_struct *vma = adopter->vma;
	struct mm_struct *mm = vma->vm_mm;
	pgtable_t deposit;
	spinlock_t *ptl = NULL;
	pmd_t *pmd, entry;
	int ret;

	ow_adopt_end(adopter);
	cond_resched();
	if (frame->address & ~HPAGE_PMD_MASK || frame->address < vma->vm_start ||
	    frame->address + HPAGE_PMD_SIZE > vma->vm_end)
		return -EAGAIN;
	pmd = ow_pmd(mm, frame->address);
	if (!pmd)
		return -ENOMEM;
	deposit = pte_alloc_one(mm);
	if (!deposit)
		return -ENOMEM;

	ptl = pmd_lock(mm, pmd);
	ret = pmd_none(*pmd) ? ow_huge_take(vma, page, frame) : -EAGAIN;
	if (!ret) {
		entry = mk_huge_pmd(page, vma->vm_page_prot);
		if (frame->dirty)
			entry = pmd_mkdirty(entry);
		if (frame->soft_dirty)
			entry = pmd_mksoft_dirty(entry);
		if (frame->writable && frame->exclusive &&
		    vma->vm_flags & VM_WRITE)
			entry = pmd_mkwrite(entry, vma);
		else
			entry = pmd_wrprotect(entry);
		pgtable_trans_huge_deposit(mm, pmd, deposit);
		set_pmd_at(mm, frame->address, pmd, entry);
		add_mm_counter(mm, MM_ANONPAGES, HPAGE_PMD_NR);
		mm_inc_nr_ptes(mm);
	}
	spin_unlock(ptl);
	if (ret)
		pte_free(mm, deposit);
	return ret;
}

int ow_adopt_frame(struct ow_adopter *adopter, const struct ow_frame *frame)
{
	return frame->huge ? ow_adopt_huge(adopter, frame) :
			     ow_adopt_small(adopter, frame);
}

int ow_adopt_zero(struct ow_adopter *adopter, unsigned long address)
{
	struct vm_area_struct *vma = adopter->vma;
	pte_t *pte = ow_adopt_entry(adopter, address);

	if (!pte)
		return -ENOMEM;
	if (!pte_none(ptep_get(pte)))
		return -EEXIST;
	set_pte_at(vma->vm_mm, address, pte,
		   pte_mkspecial(pfn_pte(my_zero_pfn(address),
					 vma->vm_page_prot)));
	return 0;
}

int ow_adopt_copy(struct ow_adopter *adopter, const struct ow_frame *frame)
{
	struct vm_area_struct *vma = adopter->vma;
	struct folio *folio;
	pte_t *pte;
	int ret;

	/* Allocating may wait. */
	ow_adopt_end(adopter);
	folio = vma_alloc_folio(GFP_HIGHUSER_MOVABLE, 0, vma, frame->address,
				false);
	if (!folio)
		return -ENOMEM;
	ret = copy_from_kernel_nofault(folio_address(folio),
				       __va(PFN_PHYS(frame->pfn)), PAGE_SIZE);
	if (ret)
		goto err_put;
	pte = ow_adopt_entry(adopter, frame->address);
	ret = -ENOMEM;
	if (!pte)
		goto err_put;
	ret = -EEXIST;
	if (!pte_none(ptep_get(pte)))
		goto err_put;
	ow_folio_add(vma, folio, frame->address, true);
	inc_mm_counter(vma->vm_mm, MM_ANONPAGES);
	set_pte_at(vma->vm_mm, frame->address, pte,
		   ow_make_pte(vma, folio_page(folio, 0), frame, true));
	return 0;

err_put:
	folio_put(folio);
	return ret;
}

/* --- Page cache ------------------------------------------------------------- */

/* As if it had never been taken. */
static void ow_frame_put_back(struct page *page)
{
	atomic_long_dec(&page_zone(page)->managed_pages);
	ClearPageUptodate(page);
	set_bit(PG_reserved, &page->flags);
}

int ow_adopt_cache_page(struct address_space *mapping, unsigned long index,
			unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);
	struct folio *folio = page_folio(page);
	int ret;

	if (!test_and_clear_bit(PG_reserved, &page->flags))
		return -EBUSY;
	ow_frame_take(page, 0);
	__folio_mark_uptodate(folio);
	ret = filemap_add_folio(mapping, folio, index,
				mapping_gfp_constraint(mapping, GFP_KERNEL));
	if (ret) {
		ow_frame_put_back(page);
		return ret;
	}
	folio_unlock(folio);
	/* The page cache has its own reference. */
	folio_put(folio);
	return 0;
}
