/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The dead kernel's virtual memory: x86-64 page tables of 4 or 5 levels.
 *
 * A walk takes as many steps as there are levels, whatever the tables say, so
 * tables that point at themselves cost nothing more than a wrong answer.
 */
#ifndef _OW_PAGETABLE_H
#define _OW_PAGETABLE_H

#include "ow_memory.h"
#include "ow_vmcoreinfo.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct ow_pagetable - one dead address space
 * @mem: where the tables and the pages are
 * @root: the top table
 * @levels: 4 or 5
 * @text_start: first address of the kernel image mapping
 * @text_size: its length; 0 switches the shortcut below off
 * @phys_base: physical address that @text_start maps, modulo 2^64
 * @direct_start: first address of the direct map
 * @direct_size: its length; 0 switches the shortcut off
 *
 * Addresses in the kernel image mapping and the direct map are translated by
 * arithmetic: so the kernel's objects can be read even when its page tables
 * are damaged, and fast.
 */
struct ow_pagetable {
	const struct ow_memory *mem;
	struct ow_phys root;
	unsigned int levels;
	struct ow_virt text_start;
	u64 text_size;
	u64 phys_base;
	struct ow_virt direct_start;
	u64 direct_size;
};

/**
 * struct ow_mapping - where a virtual address leads
 * @phys: the byte itself
 * @left: bytes from there to the end of its page
 * @page_size: 4 KiB, 2 MiB or 1 GiB
 * @entry: the last-level entry, 0 if a shortcut was taken
 */
struct ow_mapping {
	struct ow_phys phys;
	u64 left;
	u64 page_size;
	u64 entry;
};

/**
 * ow_pagetable_init() - the dead kernel's own address space
 * @pt: what to set up
 * @mem: the reader; must outlive @pt
 * @vi: says where init_top_pgt is and how the kernel image is mapped
 * @why: filled in on failure
 *
 * Encrypted memory (a non-zero sme_mask) is refused.
 */
enum ow_status __must_check ow_pagetable_init(struct ow_pagetable *pt,
					      const struct ow_memory *mem,
					      const struct ow_vmcoreinfo *vi,
					      struct ow_fault_info *why);

/* Translate one address. An address that nothing maps is OW_BAD_ADDRESS. */
enum ow_status __must_check ow_virt_to_phys(const struct ow_pagetable *pt,
					    struct ow_virt at,
					    struct ow_mapping *out,
					    struct ow_fault_info *why);

/*
 * Checked copy out of dead virtual memory, across page boundaries. @dst is
 * cleared when it fails; the fault names the virtual address that was asked
 * for if nothing maps it, and the physical one if its page cannot be read.
 */
enum ow_status __must_check ow_virt_read(const struct ow_pagetable *pt,
					 struct ow_virt at, void *dst,
					 size_t len,
					 struct ow_fault_info *why);

/* The same for one little-endian number or pointer. */
enum ow_status __must_check ow_virt_read_u32(const struct ow_pagetable *pt,
					     struct ow_virt at, u32 *out,
					     struct ow_fault_info *why);
enum ow_status __must_check ow_virt_read_u64(const struct ow_pagetable *pt,
					     struct ow_virt at, u64 *out,
					     struct ow_fault_info *why);
enum ow_status __must_check ow_virt_read_ptr(const struct ow_pagetable *pt,
					     struct ow_virt at,
					     struct ow_virt *out,
					     struct ow_fault_info *why);

#ifdef __cplusplus
}
#endif

#endif /* _OW_PAGETABLE_H */
