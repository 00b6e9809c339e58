// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Walking dead page tables
 *
 * The top table of the dead kernel is found by arithmetic: its symbol lies in
 * the kernel image mapping, and phys_base says where that mapping leads. From
 * there on it is what the processor does, with every entry checked: reserved
 * bits, and huge-page marks where no huge page can be, are bad data.
 *
 * "Nothing maps it" is not damage: it is the normal answer for most addresses,
 * and comes back as a bad virtual address. A table that itself cannot be read
 * is a bad physical address. A table that makes no sense is bad data, with the
 * physical address of the entry.
 */
#include "ow_pagetable.h"

#define OW_PAGE_SHIFT	12
#define OW_PAGE_SIZE	BIT_ULL(OW_PAGE_SHIFT)
#define OW_TABLE_BITS	9

#define OW_PTE_PRESENT	BIT_ULL(0)
#define OW_PTE_HUGE	BIT_ULL(7)
/* PAT moves here in huge entries, below what is the address in others. */
#define OW_PTE_HUGE_PAT	BIT_ULL(12)
#define OW_PTE_ADDRESS	((OW_PHYS_LIMIT - 1) & ~(OW_PAGE_SIZE - 1))

/* __START_KERNEL_map: fixed by the x86-64 memory layout, KASLR or not. */
#define OW_TEXT_START	0xffffffff80000000ULL

static u64 ow_text_phys(const struct ow_pagetable *pt, struct ow_virt at)
{
	/* phys_base may be "negative": modular arithmetic is what is meant. */
	return at.a - pt->text_start.a + pt->phys_base;
}

static bool ow_is_text(const struct ow_pagetable *pt, struct ow_virt at)
{
	return at.a >= pt->text_start.a &&
	       at.a - pt->text_start.a < pt->text_size;
}

enum ow_status ow_pagetable_init(struct ow_pagetable *pt,
				 const struct ow_memory *mem,
				 const struct ow_vmcoreinfo *vi,
				 struct ow_fault_info *why)
{
	enum ow_status status;
	struct ow_virt top;
	s64 n;

	memset(pt, 0, sizeof(*pt));
	pt->mem = mem;
	pt->text_start = ow_virt_at(OW_TEXT_START);

	/* Absent before the kernel knew of memory encryption: then it is 0. */
	status = ow_vmcoreinfo_number(vi, "sme_mask", &n, why);
	if (status != OW_OK && status != OW_MISSING)
		return status;
	if (n)
		return ow_fault(why, OW_REFUSED, OW_SPACE_NONE, 0,
				"encrypted memory");

	status = ow_vmcoreinfo_number(vi, "phys_base", &n, why);
	if (status != OW_OK)
		return status;
	pt->phys_base = n;

	status = ow_vmcoreinfo_number(vi, "KERNEL_IMAGE_SIZE", &n, why);
	if (status != OW_OK)
		return status;
	if (n <= 0 || n > 0x80000000LL)
		return ow_fault(why, OW_BAD_DATA, OW_SPACE_NONE, 0,
				"KERNEL_IMAGE_SIZE");
	pt->text_size = n;

	status = ow_vmcoreinfo_number(vi, "pgtable_l5_enabled", &n, why);
	if (status != OW_OK && status != OW_MISSING)
		return status;
	pt->levels = n ? 5 : 4;

	status = ow_vmcoreinfo_symbol(vi, "init_top_pgt", &top, why);
	if (status == OW_MISSING)
		status = ow_vmcoreinfo_symbol(vi, "swapper_pg_dir", &top, why);
	if (status != OW_OK)
		return status;

	if (!ow_is_text(pt, top))
		return ow_fault(why, OW_BAD_DATA, OW_SPACE_VIRT, top.a,
				"the symbol of the top page table");
	pt->root = ow_phys_at(ow_text_phys(pt, top));
	if (pt->root.a >= OW_PHYS_LIMIT || pt->root.a % OW_PAGE_SIZE)
		return ow_fault(why, OW_BAD_DATA, OW_SPACE_PHYS, pt->root.a,
				"the address of the top page table");
	return OW_OK;
}

static enum ow_status ow_unmapped(struct ow_virt at, struct ow_fault_info *why)
{
	return ow_fault(why, OW_BAD_ADDRESS, OW_SPACE_VIRT, at.a,
			"an unmapped address");
}

static enum ow_status ow_walk(const struct ow_pagetable *pt, struct ow_virt at,
			      struct ow_mapping *out,
			      struct ow_fault_info *why)
{
	struct ow_phys table = pt->root;
	unsigned int level;

	for (level = pt->levels; level >= 1; level--) {
		unsigned int shift = OW_PAGE_SHIFT + (level - 1) * OW_TABLE_BITS;
		u64 index = (at.a >> shift) & (BIT_ULL(OW_TABLE_BITS) - 1);
		struct ow_phys slot = ow_phys_at(table.a + index * 8);
		u64 size = BIT_ULL(shift);
		enum ow_status status;
		u64 entry, base;

		status = ow_memory_read(pt->mem, slot, &entry, sizeof(entry),
					why);
		if (status != OW_OK)
			return status;
		if (!(entry & OW_PTE_PRESENT))
			return ow_unmapped(at, why);

		base = entry & OW_PTE_ADDRESS;
		if (level > 1 && !(entry & OW_PTE_HUGE)) {
			table = ow_phys_at(base);
			continue;
		}
		if (level > 3)
			return ow_fault(why, OW_BAD_DATA, OW_SPACE_PHYS, slot.a,
					"a huge mark in a page table entry");
		/* In the last level this bit is PAT, not a huge mark. */
		if (level > 1)
			base &= ~OW_PTE_HUGE_PAT;
		if (base & (size - 1))
			return ow_fault(why, OW_BAD_DATA, OW_SPACE_PHYS, slot.a,
					"the address in a huge page table entry");

		out->page_size = size;
		out->phys = ow_phys_at(base + (at.a & (size - 1)));
		out->left = size - (at.a & (size - 1));
		out->entry = entry;
		return OW_OK;
	}
	/* Only a struct that was never initialised gets here. */
	return ow_unmapped(at, why);
}

/* The bits above the ones translated must repeat the topmost of those. */
static bool ow_is_canonical(const struct ow_pagetable *pt, struct ow_virt at)
{
	unsigned int bits = OW_PAGE_SHIFT + pt->levels * OW_TABLE_BITS;
	u64 top = at.a >> (bits - 1);

	return top == 0 || top == ~0ULL >> (bits - 1);
}

enum ow_status ow_virt_to_phys(const struct ow_pagetable *pt,
			       struct ow_virt at, struct ow_mapping *out,
			       struct ow_fault_info *why)
{
	memset(out, 0, sizeof(*out));

	if (pt->levels != 4 && pt->levels != 5)
		return ow_fault(why, OW_REFUSED, OW_SPACE_NONE, 0,
				"the number of page table levels");

	if (ow_is_text(pt, at)) {
		out->phys = ow_phys_at(ow_text_phys(pt, at));
		out->page_size = OW_PAGE_SIZE;
		out->left = OW_PAGE_SIZE - (at.a & (OW_PAGE_SIZE - 1));
		if (out->phys.a >= OW_PHYS_LIMIT)
			return ow_unmapped(at, why);
		return OW_OK;
	}
	if (at.a >= pt->direct_start.a &&
	    at.a - pt->direct_start.a < pt->direct_size) {
		out->phys = ow_phys_at(at.a - pt->direct_start.a);
		out->page_size = OW_PAGE_SIZE;
		out->left = OW_PAGE_SIZE - (at.a & (OW_PAGE_SIZE - 1));
		return OW_OK;
	}
	if (!ow_is_canonical(pt, at))
		return ow_fault(why, OW_BAD_ADDRESS, OW_SPACE_VIRT, at.a,
				"a non-canonical address");
	return ow_walk(pt, at, out, why);
}

enum ow_status ow_virt_read(const struct ow_pagetable *pt, struct ow_virt at,
			    void *dst, size_t len, struct ow_fault_info *why)
{
	enum ow_status status;
	size_t done = 0;

	if (len && len - 1 > ~0ULL - at.a) {
		memset(dst, 0, len);
		return ow_fault(why, OW_BAD_ADDRESS, OW_SPACE_VIRT, at.a,
				"a range that wraps around");
	}

	while (done < len) {
		struct ow_mapping map;
		size_t n = len - done;

		status = ow_virt_to_phys(pt, ow_virt_add(at, done), &map, why);
		if (status != OW_OK)
			goto err_clear;
		if (n > map.left)
			n = map.left;
		status = ow_memory_read(pt->mem, map.phys, (u8 *)dst + done, n,
					why);
		if (status != OW_OK)
			goto err_clear;
		done += n;
	}
	return OW_OK;

err_clear:
	/* Half an object is no object. */
	memset(dst, 0, len);
	return status;
}

enum ow_status ow_virt_read_u32(const struct ow_pagetable *pt,
				struct ow_virt at, u32 *out,
				struct ow_fault_info *why)
{
	return ow_virt_read(pt, at, out, sizeof(*out), why);
}

enum ow_status ow_virt_read_u64(const struct ow_pagetable *pt,
				struct ow_virt at, u64 *out,
				struct ow_fault_info *why)
{
	return ow_virt_read(pt, at, out, sizeof(*out), why);
}

enum ow_status ow_virt_read_ptr(const struct ow_pagetable *pt,
				struct ow_virt at, struct ow_virt *out,
				struct ow_fault_info *why)
{
	return ow_virt_read(pt, at, &out->a, sizeof(out->a), why);
}
