/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dead FPU areas: from the compacted format, in which XSAVEC and XSAVES leave
 * out what was not asked for, to the standard one that user mode knows.
 */
#ifndef _OW_XSTATE_H
#define _OW_XSTATE_H

#include "ow_compat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Features that a table has room for; the kernel knows 19. */
#define OW_XCOMPONENTS	32

/**
 * struct ow_xcomponent - a feature's part of the area, as CPUID tells it
 * @offset: in the standard format, behind the header, if @user
 * @size: 0 if the feature is not known
 * @aligned64: in the compacted format it starts at a multiple of 64
 * @user: the standard format has it; else only the kernel may set it
 */
struct ow_xcomponent {
	u32 offset, size;
	bool aligned64, user;
};

/**
 * ow_xstate_expand() - a compacted area in the standard format
 * @area: the compacted one; any of its bytes may be damaged
 * @length: of @area
 * @table: OW_XCOMPONENTS of them, by the feature's number; x87 and SSE, the
 *	first two, are where they always are and not asked for
 * @standard: where to; what it holds counts only if all went well
 * @size: of @standard
 * @dropped: the features in use that are not for user mode, and left out
 *
 * Return: false if it is no such area, or if what is in use does not fit.
 */
bool __must_check ow_xstate_expand(const void *area, size_t length,
				   const struct ow_xcomponent *table,
				   void *standard, size_t size, u64 *dropped);

#ifdef __cplusplus
}
#endif

#endif /* _OW_XSTATE_H */
