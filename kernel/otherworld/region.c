// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: where the next crash kernel will live.
 */

/**
 * DOC: The next crash region
 *
 * It is cut out of dead RAM before the rest is released, from where nothing
 * was adopted. After many takeovers there may be no such place: then the one
 * with the fewest pages of processes is held, and emptied once the rest is
 * memory that they can be moved to. That is chosen before processes go on: what
 * they free later may become anything, also what cannot be moved. If even that
 * fails, a region too small is better than none.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/crash_reserve.h>
#include <linux/ioport.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/otherworld_mm.h>

#include "../kexec_internal.h"
#include "internal.h"
#include "rebuild.h"

/* What crashkernel= aligns to, so that any kernel image fits. */
#define OW_REGION_ALIGN		SZ_16M

u64 ow_region_size(u64 size)
{
	return ALIGN(size, OW_REGION_ALIGN);
}

/*
 * The highest place below @end for @size bytes of @ram in which nothing was
 * adopted; 0 if there is none.
 */
static u64 ow_place_in(const struct range *ram, u64 end, u64 size)
{
	while (end >= size) {
		u64 start = ALIGN_DOWN(end - size, OW_REGION_ALIGN);
		unsigned long pfn = PFN_DOWN(start + size);

		if (start < ram->start || !start)
			return 0;
		while (pfn > PFN_DOWN(start) && ow_frame_unclaimed(pfn - 1))
			pfn--;
		if (pfn == PFN_DOWN(start))
			return start;
		/* Below the one that is in the way. */
		end = PFN_PHYS(pfn - 1);
	}
	return 0;
}

/*
 * The highest such place of all dead RAM, below 4 GiB if there is one: the
 * crash kernel needs DMA memory too.
 */
static u64 ow_place_region(u64 size)
{
	u64 best = 0, limit = SZ_4G;
	int pass;

	for (pass = 0; pass < 2 && !best; pass++, limit = U64_MAX) {
		unsigned int i;

		for (i = 0; i < ow_dead_ram_count; i++) {
			const struct range *ram = &ow_dead_ram[i];
			u64 end = min(ram->end + 1, limit);

			best = max(best, ow_place_in(ram, end, size));
		}
	}
	return best;
}

/* Under the lock of kexec. */
static int ow_set_region(u64 start, u64 size)
{
	int ret;

	crashk_res.start = start;
	crashk_res.end = start + size - 1;
	ret = insert_resource(&iomem_resource, &crashk_res);
	if (ret) {
		crashk_res.start = 0;
		crashk_res.end = 0;
	}
	return ret;
}

static bool ow_unclaimed_dead(unsigned long pfn)
{
	return !ow_released() && ow_frame_is_dead_ram(pfn, 1) &&
	       ow_frame_unclaimed(pfn);
}

static u64 ow_hold(u64 size)
{
	unsigned long count = PFN_DOWN(size);
	unsigned long align = PFN_DOWN(OW_REGION_ALIGN);
	unsigned long pfn;

	pfn = ow_hold_region(count, align, PFN_DOWN(SZ_4G), ow_unclaimed_dead);
	if (!pfn)
		pfn = ow_hold_region(count, align, ULONG_MAX,
				     ow_unclaimed_dead);
	return PFN_PHYS(pfn);
}

/* Before the release. */
static struct ow_next_region ow_chosen;

static int ow_choose(struct ow_next_region *next)
{
	/* Somebody left crashkernel= on the crash kernel's command line. */
	if (crashk_res.end)
		return -EBUSY;
	next->start = ow_place_region(next->size);
	if (!next->start) {
		next->start = ow_hold(next->size);
		next->held = true;
	}
	return next->start ? 0 : -ENOSPC;
}

int ow_choose_region(struct ow_next_region *next)
{
	int ret = 0;

	if (!ow_chosen.start) {
		ret = ow_choose(next);
		if (!ret)
			ow_chosen = *next;
	}
	*next = ow_chosen;
	return ret;
}

int ow_settle_region(struct ow_next_region *next)
{
	int ret = 0;

	if (next->held)
		ret = ow_take_region(PFN_DOWN(next->start),
				     PFN_DOWN(next->size));
	if (ret)
		return ret;
	/* Nobody loads an image without a region. */
	if (!kexec_trylock())
		return -EAGAIN;
	ret = ow_set_region(next->start, next->size);
	kexec_unlock();
	return ret;
}

/* --- A larger one, later --------------------------------------------------- */

static int ow_exchange_region(u64 size)
{
	u64 start;

	if (resource_size(&crashk_res) >= size)
		return 0;
	/* It may be armed by now. */
	if (kexec_crash_image)
		return -EBUSY;
	start = ow_hold(size);
	if (!start || ow_take_region(PFN_DOWN(start), PFN_DOWN(size)))
		return -ENOSPC;

	if (crashk_res.end) {
		release_resource(&crashk_res);
		crash_free_reserved_phys_range(crashk_res.start,
					       crashk_res.end);
	}
	return ow_set_region(start, size);
}

int ow_grow_region(struct otherworld_region *region)
{
	int ret;

	if (!kexec_trylock())
		return -EAGAIN;
	ret = ow_exchange_region(ow_region_size(region->size));
	region->start = crashk_res.start;
	region->size = crashk_res.end ? resource_size(&crashk_res) : 0;
	kexec_unlock();
	return ret;
}
