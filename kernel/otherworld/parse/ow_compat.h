/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parser of dead memory needs from its home.
 *
 * The same files are compiled into the crash kernel, into owctl and into the
 * host tests. In the kernel this header is a list of includes; elsewhere it
 * supplies the handful of kernel names the parser uses, and nothing more.
 */
#ifndef _OW_COMPAT_H
#define _OW_COMPAT_H

#ifdef __KERNEL__

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/xxhash.h>

static inline void *ow_alloc(size_t size)
{
	return kvzalloc(size, GFP_KERNEL);
}

static inline void ow_free(void *memory)
{
	kvfree(memory);
}

#else

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libow's, by the kernel's name. */
#include <xxh64.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed int s32;
typedef signed long long s64;

#ifndef __must_check
#define __must_check __attribute__((__warn_unused_result__))
#endif

#ifndef BIT
#define BIT(n) (1UL << (n))
#endif

#ifndef BIT_ULL
#define BIT_ULL(n) (1ULL << (n))
#endif

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

static inline void *ow_alloc(size_t size)
{
	return calloc(1, size);
}

static inline void ow_free(void *memory)
{
	free(memory);
}

#endif /* __KERNEL__ */

#endif /* _OW_COMPAT_H */
