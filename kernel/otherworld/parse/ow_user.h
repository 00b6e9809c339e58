/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page tables of a dead process, entry by entry.
 */
#ifndef _OW_USER_H
#define _OW_USER_H

#include "ow_mm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where in a page table entry x86 keeps what. */
#define OW_PTE_PRESENT		BIT_ULL(0)
#define OW_PTE_RW		BIT_ULL(1)
#define OW_PTE_ACCESSED		BIT_ULL(5)
#define OW_PTE_DIRTY		BIT_ULL(6)
#define OW_PTE_HUGE		BIT_ULL(7)
#define OW_PTE_PROTNONE		BIT_ULL(8)
#define OW_PTE_SPECIAL		BIT_ULL(9)
#define OW_PTE_UFFD_WP		BIT_ULL(10)
#define OW_PTE_SOFT_DIRTY	BIT_ULL(11)
#define OW_PTE_SAVED_DIRTY	BIT_ULL(58)
/* The same in an entry for a page that was swapped out. */
#define OW_PTE_SWP_SOFT_DIRTY	BIT_ULL(1)
#define OW_PTE_SWP_EXCLUSIVE	BIT_ULL(3)

/**
 * enum ow_pte_kind - what an entry that is not empty stands for
 * @OW_PTE_PAGE: a page frame, accessible, PROT_NONE or being moved
 * @OW_PTE_SWAP: a swap entry of any other kind, see ow_swap_type()
 */
enum ow_pte_kind {
	OW_PTE_PAGE,
	OW_PTE_SWAP,
};

/**
 * struct ow_pte - one entry
 * @address: the first user address it maps
 * @size: how much, 4 KiB, 2 MiB or 1 GiB
 * @kind: how to read the rest
 * @pfn: the first frame, if it is a page
 * @entry: as it stood there; for a PROT_NONE page not inverted, and for one
 *	that was being moved the flags that it had before
 * @moving: the page was being moved away from @pfn
 * @exclusive: of such a page, see ow_pte_is_exclusive()
 */
struct ow_pte {
	u64 address, size;
	enum ow_pte_kind kind;
	u64 pfn;
	u64 entry;
	bool moving, exclusive;
};

/* A swap entry's type, and the offset that goes with it. */
u64 ow_swap_type(const struct ow_pte *pte);
u64 ow_swap_offset(const struct ow_pte *pte);
/* Whether the page, of kind OW_PTE_PAGE and anonymous, is this process's alone. */
bool ow_pte_is_exclusive(struct ow_cursor *c, const struct ow_pte *pte,
			 const struct ow_page *page);

struct ow_user_tables;

/* Buffers for walks of one address space, one walk at a time; NULL if none. */
struct ow_user_tables *ow_user_tables_new(const struct ow_kernel *kernel,
					  struct ow_virt pgd);
void ow_user_tables_free(struct ow_user_tables *tables);

/**
 * ow_user_walk() - each entry that is not empty in a range
 * @tables: of which address space
 * @start: first address
 * @end: behind the last one
 * @each: other than 0 ends the walk; a huge entry may begin before @start
 * @priv: for @each
 * @why: filled in with the first damage; the walk went on behind it
 */
int ow_user_walk(struct ow_user_tables *tables, u64 start, u64 end,
		 int (*each)(void *priv, const struct ow_pte *pte), void *priv,
		 struct ow_fault_info *why);

#ifdef __cplusplus
}
#endif

#endif /* _OW_USER_H */
