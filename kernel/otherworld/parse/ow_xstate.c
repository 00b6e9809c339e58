// SPDX-License-Identifier: GPL-2.0
/*
 * Dead FPU areas, from the compacted to the standard format.
 */
#include "ow_xstate.h"

#define OW_XFEATURE_X87		BIT_ULL(0)
#define OW_XFEATURE_SSE		BIT_ULL(1)
#define OW_XFEATURE_EXTENDED	2
#define OW_XCOMP_COMPACTED	BIT_ULL(63)

/* What FXSAVE knows: the same in both formats. */
#define OW_X87_SIZE		160
#define OW_MXCSR_AT		24
#define OW_SSE_AT		160
#define OW_SSE_SIZE		256
#define OW_XHEADER_AT		512

#define OW_MXCSR_INIT		0x1f80

struct ow_xheader {
	u64 xstate_bv, xcomp_bv, reserved[6];
};

#define OW_XEXTENDED_AT		(OW_XHEADER_AT + sizeof(struct ow_xheader))

static bool ow_xheader_is_sane(const struct ow_xheader *header)
{
	const u64 known = BIT_ULL(OW_XCOMPONENTS) - 1;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(header->reserved); i++) {
		if (header->reserved[i])
			return false;
	}
	return (header->xcomp_bv & ~known) == OW_XCOMP_COMPACTED &&
	       !(header->xstate_bv & ~(header->xcomp_bv & known));
}

/*
 * MXCSR lies within the x87 part. In this format it belongs to SSE, and is
 * stale where that is not in use; in the standard one it always counts.
 */
static void ow_copy_legacy(u8 *to, const u8 *from, u64 features)
{
	u32 mxcsr[2] = { OW_MXCSR_INIT };

	if (features & OW_XFEATURE_X87)
		memcpy(to, from, OW_X87_SIZE);
	if (features & OW_XFEATURE_SSE) {
		memcpy(mxcsr, from + OW_MXCSR_AT, sizeof(mxcsr));
		memcpy(to + OW_SSE_AT, from + OW_SSE_AT, OW_SSE_SIZE);
	}
	memcpy(to + OW_MXCSR_AT, mxcsr, sizeof(mxcsr));
}

bool ow_xstate_expand(const void *area, size_t length,
		      const struct ow_xcomponent *table, void *standard,
		      size_t size, u64 *dropped)
{
	const u8 *from = area;
	u8 *to = standard;
	struct ow_xheader header;
	size_t at = OW_XEXTENDED_AT;
	unsigned int i;
	u64 in_use;

	*dropped = 0;
	if (length < OW_XEXTENDED_AT || size < OW_XEXTENDED_AT)
		return false;
	memcpy(&header, from + OW_XHEADER_AT, sizeof(header));
	if (!ow_xheader_is_sane(&header))
		return false;
	in_use = header.xstate_bv;
	memset(to, 0, size);
	ow_copy_legacy(to, from, in_use);

	/* Each that XCOMP_BV names has its place, in use or not. */
	for (i = OW_XFEATURE_EXTENDED; i < OW_XCOMPONENTS; i++) {
		const struct ow_xcomponent *part = &table[i];

		if (!(header.xcomp_bv & BIT_ULL(i)))
			continue;
		if (part->aligned64)
			at = (at + 63) & ~(size_t)63;
		if (!part->size || at > length || part->size > length - at)
			return false;
		if (!part->user) {
			*dropped |= in_use & BIT_ULL(i);
		} else if (in_use & BIT_ULL(i)) {
			if (part->offset > size ||
			    part->size > size - part->offset)
				return false;
			memcpy(to + part->offset, from + at, part->size);
		}
		at += part->size;
	}
	in_use &= ~*dropped;
	memcpy(to + OW_XHEADER_AT, &in_use, sizeof(in_use));
	return true;
}
