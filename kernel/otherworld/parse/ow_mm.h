/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dead address spaces: the mm, its VMAs, and the page frames' own records.
 */
#ifndef _OW_MM_H
#define _OW_MM_H

#include "ow_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

/* AT_VECTOR_SIZE is 44 to 52, by version and configuration. */
#define OW_AUXV_WORDS	64
/* ANON_VMA_NAME_MAX_LEN */
#define OW_ANON_NAME_MAX 80

/* Fields have the names and meanings they have in the kernel. */
struct ow_mm {
	struct ow_virt at;
	u64 mt_root;
	struct ow_virt pgd;
	u32 mm_users;
	u32 map_count;
	u64 mmap_base, mmap_legacy_base;
	u64 mmap_compat_base, mmap_compat_legacy_base;
	u64 task_size, def_flags;
	u64 rss, hiwater_rss, hiwater_vm;
	u64 start_code, end_code, start_data, end_data;
	u64 start_brk, brk, start_stack;
	u64 arg_start, arg_end, env_start, env_end;
	u64 auxv[OW_AUXV_WORDS];
	u64 flags;
	struct ow_virt exe_file;
	u32 membarrier_state;
	u64 vdso;
	struct ow_virt ldt;
	u32 pkeys;
	/* Somebody held the lock for writing: look twice. */
	bool was_changing;
};

bool ow_mm_read(struct ow_cursor *c, struct ow_virt at, struct ow_mm *mm);

struct ow_vma {
	struct ow_virt at;
	u64 start, end, flags, pgoff;
	struct ow_virt file, anon_vma, ops, policy;
	bool special;		/* vdso, vvar and the like */
	char name[OW_ANON_NAME_MAX];
};

/**
 * ow_vmas_walk() - each VMA of an address space, in the order of addresses
 * @kernel: which kernel
 * @mm: whose
 * @each: called with each VMA that was read and is in its place
 * @priv: for @each
 * @why: filled in with the first damage; the walk went on behind it
 */
int ow_vmas_walk(const struct ow_kernel *kernel, const struct ow_mm *mm,
		 int (*each)(void *priv, const struct ow_vma *vma), void *priv,
		 struct ow_fault_info *why);

/* The anon_vma at the root of the family that @anon_vma belongs to. */
struct ow_virt ow_anon_root(struct ow_cursor *c, struct ow_virt anon_vma);

/**
 * struct ow_page - what the dead kernel knew of a page frame
 * @flags: of this page
 * @head_flags: of the folio's head, which is this page itself mostly
 * @head_pfn: the frame of the head
 * @mapping: the folio's, low bits included
 * @index: of this page, not of the head
 */
struct ow_page {
	u64 flags, head_flags, head_pfn;
	u64 mapping, index;
	s32 refcount;
	bool compound;
};

#define OW_MAPPING_ANON		1ULL
#define OW_MAPPING_FLAGS	3ULL

/**
 * ow_page_belongs() - whether a page is where its struct page says it is
 * @c: where to read what is needed for it
 * @page: an anonymous one
 * @root: of the family of the mapping; no address if it has none
 * @index: that the page must have, by the mapping
 * @known: an anon_vma of that family, so that the next page is told at once;
 *	no address to begin with
 */
bool ow_page_belongs(struct ow_cursor *c, const struct ow_page *page,
		     struct ow_virt root, u64 index, struct ow_virt *known);

/* The frame that a pointer to a struct page stands for. */
bool ow_page_pfn(struct ow_cursor *c, u64 page, u64 *pfn);
/* Where many are asked for one after the other, give @c a window. */
bool ow_page_read(struct ow_cursor *c, u64 pfn, struct ow_page *page);

static inline bool ow_page_flag(struct ow_cursor *c, u64 flags,
				enum ow_fact bit)
{
	u64 n = ow_const(c, bit);

	return n < 64 && flags & BIT_ULL(n);
}

#ifdef __cplusplus
}
#endif

#endif /* _OW_MM_H */
