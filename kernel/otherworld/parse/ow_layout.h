/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The layout table: how the dead kernel's build lays out what the parser
 * reads.
 *
 * Offsets, sizes, constants and addresses are the dead kernel's own. It makes
 * the table at boot, and seals it with the handover. Entries are found by name
 * (its CRC), so the two kernels may know different lists: another build, point
 * release or configuration is read as well as one's own.
 */
#ifndef _OW_LAYOUT_H
#define _OW_LAYOUT_H

#include <linux/otherworld_handover.h>

#include "ow_memory.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many bits of an entry are not a bitfield. */
#define OW_LAYOUT_WHOLE	0

/*
 * struct ow_layout_entry, one fact, is part of the handover:
 * @name: CRC of the fact's name, see ow_fact_hash()
 * @size: of a field, in bytes; for a bitfield, of the word it is read from
 * @bit: first bit of a bitfield in that word
 * @bits: width of a bitfield, or OW_LAYOUT_WHOLE
 * @value: an offset, a constant or an address
 */

#define OW_STRUCT(type) OW_S_##type,
#define OW_FIELD(type, field) OW_F_##type##_##field,
#define OW_MEMBER(type, name, path) OW_F_##type##_##name,
#define OW_ARRAY(type, field) OW_F_##type##_##field,
#define OW_HIDDEN(type, field) OW_F_##type##_##field,
#define OW_BITS(type, field) OW_F_##type##_##field,
#define OW_CONST(name) OW_C_##name,
#define OW_SYMBOL(name) OW_A_##name,
enum ow_fact {
#include "ow_layout_list.h"
	OW_FACT_COUNT
};
#undef OW_STRUCT
#undef OW_FIELD
#undef OW_MEMBER
#undef OW_ARRAY
#undef OW_HIDDEN
#undef OW_BITS
#undef OW_CONST
#undef OW_SYMBOL

/* More than this is not a layout table. */
#define OW_LAYOUT_MAX	OW_MAX_LAYOUT

/* The fact's name, as "task_struct.pid", "sizeof(page)", "VM_READ", "&x". */
const char *ow_fact_name(enum ow_fact fact);
u32 ow_fact_hash(enum ow_fact fact);

/**
 * struct ow_layout - a table made ready for use
 * @entries: by enum ow_fact; @present says which of them are filled in
 */
struct ow_layout {
	struct ow_layout_entry entries[OW_FACT_COUNT];
	bool present[OW_FACT_COUNT];
};

/**
 * ow_layout_init() - make ready what a dead kernel sealed
 * @layout: what to fill in
 * @sealed: its table
 * @count: entries in it
 * @why: filled in on failure
 *
 * Facts that are missing are noticed when they are asked for. Entries that
 * cannot be right (a field larger than a struct may be, say) are refused here.
 */
enum ow_status __must_check ow_layout_init(struct ow_layout *layout,
					   const struct ow_layout_entry *sealed,
					   size_t count,
					   struct ow_fault_info *why);

static inline bool ow_layout_has(const struct ow_layout *layout,
				 enum ow_fact fact)
{
	return layout->present[fact];
}

/**
 * ow_layout_same_build() - whether two kernels are one, loaded twice
 * @dead: one of them
 * @live: the other's table, by enum ow_fact
 * @moved: how much higher the first is, filled in if so
 *
 * All that both tell of has the same shape, and is as far from everything else
 * in one as in the other.
 */
bool ow_layout_same_build(const struct ow_layout *dead,
			  const struct ow_layout_entry *live, u64 *moved);

#ifdef __cplusplus
}
#endif

#endif /* _OW_LAYOUT_H */
