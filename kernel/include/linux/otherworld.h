/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Otherworld: the hooks that the rest of the kernel calls. Configured out,
 * each of them is nothing.
 */
#ifndef _LINUX_OTHERWORLD_H
#define _LINUX_OTHERWORLD_H

#include <linux/init.h>
#include <linux/stddef.h>
#include <linux/types.h>

struct boot_params;
struct clocksource;
struct kimage;
struct super_block;
struct swap_info_struct;
struct timekeeper;

#ifdef CONFIG_OTHERWORLD

/* True in a kernel that takes over a dead one, from early boot on. */
extern bool ow_successor;

static inline bool otherworld_successor(void)
{
	return ow_successor;
}

/*
 * In a file that keeps a struct to itself: where one of its fields lies, for
 * the crash kernel.
 */
#define otherworld_field(type, field)					\
	extern const unsigned int ow_offset_##type##_##field;		\
	const unsigned int ow_offset_##type##_##field =			\
		offsetof(struct type, field)

/*
 * Main kernel, while an image is loaded into the crash region: ours if it
 * carries a handover.
 */
int otherworld_load_segment(struct kimage *image);
bool otherworld_owns(const struct kimage *image);
int otherworld_store_digest(struct kimage *image);
unsigned long otherworld_setup_data_size(struct kimage *image);
void otherworld_setup_data(struct kimage *image, struct boot_params *params,
			   unsigned long params_load_addr,
			   unsigned int *offset);

/* Crash kernel, while it boots. */
void __init otherworld_early_memory(void);
void otherworld_claim(phys_addr_t base, phys_addr_t size);
unsigned long __init otherworld_dead_pages(void);
void __init otherworld_park_pids(void);
struct clocksource * __init
otherworld_early_clock(struct clocksource *usual);
void __init otherworld_restore_clocks(struct timekeeper *tk);

#else

/* No inline function: it would count when gcc decides what to inline. */
#define otherworld_successor() false

/* Nothing, where a semicolon follows. */
#define otherworld_field(type, ...) struct type

static inline int otherworld_load_segment(struct kimage *image)
{
	return 0;
}

static inline bool otherworld_owns(const struct kimage *image)
{
	return false;
}

static inline int otherworld_store_digest(struct kimage *image)
{
	return 0;
}

static inline unsigned long otherworld_setup_data_size(struct kimage *image)
{
	return 0;
}

static inline void otherworld_setup_data(struct kimage *image,
					 struct boot_params *params,
					 unsigned long params_load_addr,
					 unsigned int *offset)
{
}

static inline void otherworld_early_memory(void)
{
}

static inline void otherworld_claim(phys_addr_t base, phys_addr_t size)
{
}

static inline unsigned long otherworld_dead_pages(void)
{
	return 0;
}

static inline void otherworld_park_pids(void)
{
}

static inline struct clocksource *
otherworld_early_clock(struct clocksource *usual)
{
	return usual;
}

static inline void otherworld_restore_clocks(struct timekeeper *tk)
{
}

#endif /* CONFIG_OTHERWORLD */

/* Crash kernel: ext4 has replayed its log, and not looked at anything yet. */
#if defined(CONFIG_OTHERWORLD) && defined(CONFIG_EXT4_FS)
void otherworld_journal_loaded(struct super_block *sb);
#else
static inline void otherworld_journal_loaded(struct super_block *sb)
{
}
#endif

/* Crash kernel: swapon(), of an area that it may have taken over. */
#if defined(CONFIG_OTHERWORLD) && defined(CONFIG_SWAP)
int otherworld_swapon(struct swap_info_struct *si, unsigned char *swap_map,
		      unsigned long *zeromap);
void otherworld_swap_is_on(struct swap_info_struct *si);
#else
static inline int otherworld_swapon(struct swap_info_struct *si,
				    unsigned char *swap_map,
				    unsigned long *zeromap)
{
	return 0;
}

static inline void otherworld_swap_is_on(struct swap_info_struct *si)
{
}
#endif

#endif /* _LINUX_OTHERWORLD_H */
