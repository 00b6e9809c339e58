/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dead maple trees, which hold the VMAs of an address space.
 */
#ifndef _OW_MAPLE_H
#define _OW_MAPLE_H

#include "ow_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ow_maple_walk() - each entry of a tree, in the order of its indices
 * @kernel: which kernel
 * @root: the content of ma_root
 * @each: called with an entry and the indices it stands for, both inclusive;
 *	other than 0 ends the walk
 * @priv: for @each
 * @why: filled in with the first damage; the walk went on behind it
 *
 * Returns what @each did, or 0. Memory that is no node, and pivots that are
 * not in order, cost that node and what is below it.
 */
int ow_maple_walk(const struct ow_kernel *kernel, u64 root,
		  int (*each)(void *priv, u64 entry, u64 first, u64 last),
		  void *priv, struct ow_fault_info *why);

#ifdef __cplusplus
}
#endif

#endif /* _OW_MAPLE_H */
