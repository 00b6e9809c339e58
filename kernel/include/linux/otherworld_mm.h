/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Otherworld: what its part in mm/ does for its part in kernel/.
 *
 * The files in mm/ know how an address space is put together here. What the
 * dead one looked like, and whether to believe it, is decided in kernel/.
 */
#ifndef _LINUX_OTHERWORLD_MM_H
#define _LINUX_OTHERWORLD_MM_H

#include <linux/errno.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/types.h>

struct address_space;
struct file;
struct inode;
struct mm_struct;
struct page;
struct vm_area_struct;
struct zone;

/*
 * Free those of @count page frames from @pfn on that nobody has adopted. All
 * were reserved until then. Returns how many that were.
 */
unsigned long ow_free_frames(unsigned long pfn, unsigned long count);
/* Watermarks and writeback follow; @withheld frames did not come back. */
void ow_frames_freed(unsigned long withheld);

/* The same for @count frames that are reserved, to the last. */
void ow_free_run(unsigned long pfn, unsigned long count);

/*
 * @count contiguous frames below the frame @below that hold nothing but pages
 * that can be moved, or that are @unclaimed. Both are multiples of @align. From
 * now on nobody gets one of them that is free or becomes free. The first one's
 * number; 0 if there is no such place. To be followed by ow_take_region().
 */
unsigned long ow_hold_region(unsigned long count, unsigned long align,
			     unsigned long below,
			     bool (*unclaimed)(unsigned long pfn));
/*
 * Move what is there. The frames are reserved then. Otherwise they are memory
 * like any other again.
 */
int ow_take_region(unsigned long pfn, unsigned long count);

/* --- VMAs: otherworld_vma.c ------------------------------------------------ */

/* The VMAs that share anonymous pages, or may: those of a dead root. */
struct ow_family;

/* @mm has no VMAs and outlives the family. */
struct ow_family *ow_family_new(struct mm_struct *mm);
void ow_family_free(struct ow_family *family);

/**
 * struct ow_vma_plan - a VMA to be
 * @start: first address
 * @end: behind the last one
 * @flags: VM_*, as this kernel has them
 * @pgoff: verbatim: pages that moved with mremap() keep their index
 * @file: what it maps, or NULL
 * @family: of its anonymous pages, or NULL if it has none
 * @name: of anonymous memory, or NULL
 */
struct ow_vma_plan {
	unsigned long start;
	unsigned long end;
	unsigned long flags;
	unsigned long pgoff;
	struct file *file;
	struct ow_family *family;
	const char *name;
};

/* Called with the lock of @mm held for writing; an ERR_PTR on failure. */
struct vm_area_struct *ow_vma_add(struct mm_struct *mm,
				  const struct ow_vma_plan *plan);

/* --- Frames: otherworld_adopt.c -------------------------------------------- */

/**
 * struct ow_frame - a dead frame and the place it is to be mapped at
 * @address: user address
 * @pfn: the frame, or the first of a huge page
 * @huge: 2 MiB
 * @exclusive: the dead kernel knew it to be of this process alone
 * @writable: the dead entry allowed writing
 * @dirty: and so on, as the dead entry had them
 */
struct ow_frame {
	unsigned long address;
	unsigned long pfn;
	bool huge;
	bool exclusive;
	bool writable;
	bool dirty;
	bool young;
	bool soft_dirty;
};

/**
 * struct ow_adopter - keeps one page table locked: till the end nothing may sleep
 * @vma: whose
 * @table: first address of the locked table, or 1
 * @ptes: its first entry
 * @ptl: its lock
 * @taken: pages that are mapped there, and that no account knows of yet
 * @count: how many
 * @zone: where all of them are
 */
struct ow_adopter {
	struct vm_area_struct *vma;
	unsigned long table;
	void *ptes;
	void *ptl;
	struct list_head taken;
	unsigned int count;
	struct zone *zone;
};

void ow_adopt_begin(struct ow_adopter *adopter, struct vm_area_struct *vma);
/*
 * Map a frame: one that nobody has adopted yet, or one of the same family.
 * -EEXIST if that address is taken, -EBUSY if the frame is somebody else's,
 * -ENOMEM for want of a page table. A huge page that cannot stay whole is
 * -EAGAIN: adopt its frames one by one.
 */
int ow_adopt_frame(struct ow_adopter *adopter, const struct ow_frame *frame);
/* A page of its own with the content of a frame that is not to be adopted. */
int ow_adopt_copy(struct ow_adopter *adopter, const struct ow_frame *frame);
int ow_adopt_zero(struct ow_adopter *adopter, unsigned long address);
/*
 * The entry for an address, a pte_t, with its table locked; NULL for want of
 * memory. For the other files in mm/.
 */
void *ow_adopt_entry(struct ow_adopter *adopter, unsigned long address);
void ow_adopt_end(struct ow_adopter *adopter);

/* --- Swap: otherworld_swap.c ------------------------------------------------- */

#ifdef CONFIG_SWAP
/*
 * An entry for a slot that is in use. Of @frame only the address counts, and
 * whether it is exclusive and soft dirty.
 */
int ow_adopt_swap(struct ow_adopter *adopter, const struct ow_frame *frame,
		  swp_entry_t entry);
/* The same for a page of a file on tmpfs. */
int ow_adopt_shmem_swap(struct inode *inode, unsigned long index,
			swp_entry_t entry);
/* A frame that was in the swap cache; several families may have merged in it. */
int ow_adopt_cached(struct ow_adopter *adopter, const struct ow_frame *frame);
#else
static inline int ow_adopt_swap(struct ow_adopter *adopter,
				const struct ow_frame *frame, swp_entry_t entry)
{
	return -EOPNOTSUPP;
}

static inline int ow_adopt_shmem_swap(struct inode *inode, unsigned long index,
				      swp_entry_t entry)
{
	return -EOPNOTSUPP;
}

static inline int ow_adopt_cached(struct ow_adopter *adopter,
				  const struct ow_frame *frame)
{
	return -EOPNOTSUPP;
}
#endif

/*
 * A frame that nobody has adopted becomes a page of @mapping, as valid as if it
 * had been read. -EEXIST if there is one already, -EBUSY if it is somebody's.
 */
int ow_adopt_cache_page(struct address_space *mapping, unsigned long index,
			unsigned long pfn);

/* --- Files in memory: otherworld_shmem.c ------------------------------------ */

/**
 * struct ow_file_frame - dead frames and the place in a file they belong to
 * @index: of the first page
 * @pfn: of the first frame
 * @order: how many there are, as a power of two; both are aligned to it
 * @uptodate: they have contents
 */
struct ow_file_frame {
	unsigned long index;
	unsigned long pfn;
	unsigned int order;
	bool uptodate;
};

/*
 * Make frames that nobody has adopted yet a page of a file on tmpfs. May wait.
 * -EBUSY if they are somebody's, -EEXIST if the file has that page, -ENOSPC if
 * the file system is full.
 */
int ow_adopt_shmem(struct inode *inode, const struct ow_file_frame *frame);

/* Nobody else's from now on: all of them, or none. */
bool ow_frames_claim(struct page *page, unsigned long count);
void ow_frames_unclaim(struct page *page, unsigned long count);

/* What the memory map says of frames that were claimed. */
void ow_frame_take(struct page *page, unsigned int order);

/* Whether a dead frame is still as it was found: neither adopted nor freed. */
bool ow_frame_unclaimed(unsigned long pfn);

#endif /* _LINUX_OTHERWORLD_MM_H */
