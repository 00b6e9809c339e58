/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dead xarrays: page caches, among others.
 */
#ifndef _OW_XARRAY_H
#define _OW_XARRAY_H

#include "ow_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OW_XA_MARK_0	BIT(0)
#define OW_XA_MARK_1	BIT(1)
#define OW_XA_MARK_2	BIT(2)

/* Bit 0 says that an entry is a number, not a pointer. */
static inline bool ow_xa_is_value(u64 entry)
{
	return entry & 1;
}

static inline u64 ow_xa_to_value(u64 entry)
{
	return entry >> 1;
}

/* Those of OW_XA_MARK_* that any entry of the xarray @at has. */
unsigned int ow_xa_marks(struct ow_cursor *c, struct ow_virt at);

struct ow_xa_walker;

/* Buffers for walks, one at a time; NULL if there is no memory. */
struct ow_xa_walker *ow_xa_walker_new(const struct ow_kernel *kernel);
/* How many indices the entry spans that each() is being called with. */
u64 ow_xa_span(const struct ow_xa_walker *walker);
void ow_xa_walker_free(struct ow_xa_walker *walker);

/**
 * ow_xa_walk() - each entry, by ascending index
 * @walker: buffers
 * @at: the xarray
 * @marks: only entries that have one of these; 0 for all entries
 * @each: called with the entry and the lowest index that has it; one that
 *	spans several indices comes once. Other than 0 ends the walk.
 * @priv: for @each
 * @why: filled in with the first damage; the walk went on behind it
 */
int ow_xa_walk(struct ow_xa_walker *walker, struct ow_virt at,
	       unsigned int marks,
	       int (*each)(void *priv, u64 index, u64 entry), void *priv,
	       struct ow_fault_info *why);

#ifdef __cplusplus
}
#endif

#endif /* _OW_XARRAY_H */
