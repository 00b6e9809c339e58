/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dead local descriptor tables.
 */
#ifndef _OW_LDT_H
#define _OW_LDT_H

#include "ow_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

/* LDT_ENTRIES */
#define OW_LDT_ENTRIES	8192

struct ow_ldt {
	struct ow_virt entries;
	u32 count;
};

/* What struct user_desc says of one, in its words. */
struct ow_descriptor {
	u32 base_addr, limit;
	u8 contents;
	bool seg_32bit, read_exec_only, limit_in_pages;
	bool seg_not_present, available;
};

/* @at is what the address space points to. */
bool ow_ldt_read(struct ow_cursor *c, struct ow_virt at, struct ow_ldt *ldt);
/* An entry as the CPU has it; 0 is none. */
u64 ow_ldt_entry(struct ow_cursor *c, const struct ow_ldt *ldt, u32 index);
/* False if it is nothing that modify_ldt() would have made. */
bool ow_descriptor_decode(u64 entry, struct ow_descriptor *descriptor);

#ifdef __cplusplus
}
#endif

#endif /* _OW_LDT_H */
