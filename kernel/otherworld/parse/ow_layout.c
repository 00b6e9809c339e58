// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: The layout table
 *
 * Facts are matched by the CRC of their names. The names are known on both
 * sides, so nothing but the hashes travels; that no two of them collide is
 * what a test is for.
 */
#include "ow_layout.h"

#include "ow_crc.h"

/* No struct that the parser reads comes near this. */
#define OW_LAYOUT_STRUCT_MAX	65536

#define OW_STRUCT(type) "sizeof(" #type ")",
#define OW_FIELD(type, field) #type "." #field,
#define OW_MEMBER(type, name, path) #type "." #name,
#define OW_ARRAY(type, field) #type "." #field,
#define OW_HIDDEN(type, field) #type "." #field,
#define OW_BITS(type, field) #type "." #field,
#define OW_CONST(name) #name,
#define OW_SYMBOL(name) "&" #name,
static const char * const ow_fact_names[OW_FACT_COUNT] = {
#include "ow_layout_list.h"
};
#undef OW_STRUCT
#undef OW_FIELD
#undef OW_MEMBER
#undef OW_ARRAY
#undef OW_HIDDEN
#undef OW_BITS
#undef OW_CONST
#undef OW_SYMBOL

#define OW_STRUCT(type) true,
#define OW_FIELD(type, field) true,
#define OW_MEMBER(type, name, path) true,
#define OW_ARRAY(type, field) true,
#define OW_HIDDEN(type, field) true,
#define OW_BITS(type, field) true,
#define OW_CONST(name) false,
#define OW_SYMBOL(name) false,
static const bool ow_fact_is_offset[OW_FACT_COUNT] = {
#include "ow_layout_list.h"
};
#undef OW_STRUCT
#undef OW_FIELD
#undef OW_MEMBER
#undef OW_ARRAY
#undef OW_HIDDEN
#undef OW_BITS
#undef OW_CONST
#undef OW_SYMBOL

const char *ow_fact_name(enum ow_fact fact)
{
	return ow_fact_names[fact];
}

u32 ow_fact_hash(enum ow_fact fact)
{
	return ow_crc32(0, ow_fact_names[fact], strlen(ow_fact_names[fact]));
}

static bool ow_entry_plausible(const struct ow_layout_entry *entry,
			       bool is_offset)
{
	if (!is_offset)
		return true;
	if (entry->value > OW_LAYOUT_STRUCT_MAX ||
	    entry->value + entry->size > OW_LAYOUT_STRUCT_MAX)
		return false;
	return entry->bits == OW_LAYOUT_WHOLE ||
	       (entry->size <= sizeof(u64) && entry->bits < 64 &&
		entry->bit + entry->bits <= entry->size * 8);
}

enum ow_status ow_layout_init(struct ow_layout *layout,
			      const struct ow_layout_entry *sealed,
			      size_t count, struct ow_fault_info *why)
{
	unsigned int fact;
	size_t i;

	memset(layout, 0, sizeof(*layout));
	if (!count || count > OW_LAYOUT_MAX)
		return ow_fault(why, OW_BAD_DATA, OW_SPACE_NONE, 0,
				"the size of the layout table");

	for (fact = 0; fact < OW_FACT_COUNT; fact++) {
		u32 hash = ow_fact_hash(fact);
		size_t at = fact < count ? fact : 0;

		/* Of the same build, it is in the same place. */
		for (i = 0; i < count; i++, at = at + 1 < count ? at + 1 : 0)
			if (sealed[at].name == hash)
				break;
		if (i == count)
			continue;
		if (!ow_entry_plausible(&sealed[at], ow_fact_is_offset[fact])) {
			ow_fault(why, OW_BAD_DATA, OW_SPACE_NONE, 0,
				 "an entry of the layout table");
			if (why)
				why->name = ow_fact_names[fact];
			return OW_BAD_DATA;
		}
		layout->entries[fact] = sealed[at];
		layout->present[fact] = true;
	}
	return OW_OK;
}

/* &name, as opposed to numbers. */
static bool ow_fact_is_address(unsigned int fact)
{
	return ow_fact_names[fact][0] == '&';
}

bool ow_layout_same_build(const struct ow_layout *dead,
			  const struct ow_layout_entry *live, u64 *moved)
{
	unsigned int fact;
	bool known = false;

	for (fact = 0; fact < OW_FACT_COUNT; fact++) {
		const struct ow_layout_entry *entry = &dead->entries[fact];
		u64 apart = entry->value - live[fact].value;

		if (entry->name != live[fact].name ||
		    entry->size != live[fact].size ||
		    (ow_fact_is_offset[fact] && apart))
			return false;
		if (!ow_fact_is_address(fact) || !entry->name)
			continue;
		if (known && apart != *moved)
			return false;
		*moved = apart;
		known = true;
	}
	return known;
}
