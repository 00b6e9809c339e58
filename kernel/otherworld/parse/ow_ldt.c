// SPDX-License-Identifier: GPL-2.0
/*
 * Dead local descriptor tables.
 *
 * A descriptor can be a door into the kernel. Only those are taken over that a
 * process may ask for, and the live kernel is asked for them once more.
 */
#include "ow_ldt.h"

/* Bits of a descriptor, where struct desc_struct has them. */
#define OW_DESC_ACCESSED	BIT_ULL(40)
#define OW_DESC_WRITABLE	BIT_ULL(41)
#define OW_DESC_CONTENTS	42
#define OW_DESC_NO_SYSTEM	BIT_ULL(44)
#define OW_DESC_DPL_USER	(3ULL << 45)
#define OW_DESC_PRESENT		BIT_ULL(47)
#define OW_DESC_AVAILABLE	BIT_ULL(52)
#define OW_DESC_LONG		BIT_ULL(53)
#define OW_DESC_32BIT		BIT_ULL(54)
#define OW_DESC_PAGES		BIT_ULL(55)

/* Code that others may jump into with their own rights. */
#define OW_CONTENTS_CONFORMING	3

bool ow_ldt_read(struct ow_cursor *c, struct ow_virt at, struct ow_ldt *ldt)
{
	ldt->entries = ow_get_ptr(c, at, OW_F_ldt_struct_entries);
	ldt->count = ow_get(c, at, OW_F_ldt_struct_nr_entries);
	if (ow_cursor_ok(c) && ldt->count > OW_LDT_ENTRIES)
		return ow_cursor_fail(c, OW_BAD_DATA, at,
				      "the size of an LDT");
	return ow_cursor_ok(c);
}

u64 ow_ldt_entry(struct ow_cursor *c, const struct ow_ldt *ldt, u32 index)
{
	u64 entry = 0;

	if (index < ldt->count)
		ow_get_near(c, ow_virt_add(ldt->entries, index * sizeof(entry)),
			    &entry, sizeof(entry));
	return entry;
}

bool ow_descriptor_decode(u64 entry, struct ow_descriptor *descriptor)
{
	const u64 always = OW_DESC_ACCESSED | OW_DESC_NO_SYSTEM |
			   OW_DESC_DPL_USER;

	if ((entry & always) != always || entry & OW_DESC_LONG)
		return false;
	descriptor->base_addr = (entry >> 16 & 0xffffff) |
				(entry >> 56 & 0xff) << 24;
	descriptor->limit = (entry & 0xffff) | (entry >> 48 & 0xf) << 16;
	descriptor->contents = entry >> OW_DESC_CONTENTS & 3;
	descriptor->read_exec_only = !(entry & OW_DESC_WRITABLE);
	descriptor->seg_not_present = !(entry & OW_DESC_PRESENT);
	descriptor->available = entry & OW_DESC_AVAILABLE;
	descriptor->seg_32bit = entry & OW_DESC_32BIT;
	descriptor->limit_in_pages = entry & OW_DESC_PAGES;
	return descriptor->contents != OW_CONTENTS_CONFORMING ||
	       descriptor->seg_not_present;
}
