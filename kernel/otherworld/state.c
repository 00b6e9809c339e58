// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: which generation this is, and when it got where.
 */

#include <linux/init.h>
#include <linux/io.h>
#include <linux/string.h>
#include <asm/tsc.h>

#include "internal.h"
#include "parse/ow_memory.h"

u32 ow_generation;

static u64 ow_stamps[OW_STAGE_COUNT];

/* The first time counts. */
void ow_stamp(enum ow_stage stage)
{
	if (!ow_stamps[stage])
		ow_stamps[stage] = rdtsc_ordered();
}

u64 ow_stamp_at(enum ow_stage stage)
{
	return ow_stamps[stage];
}

static int __init ow_stamp_smp(void)
{
	ow_stamp(OW_STAGE_SMP);
	return 0;
}
core_initcall(ow_stamp_smp);

static int __init ow_stamp_init(void)
{
	ow_stamp(OW_STAGE_INIT);
	return 0;
}
late_initcall_sync(ow_stamp_init);

/*
 * Dead RAM is in the direct map, but a bad DIMM may answer with a fault. What
 * is not dead RAM, this kernel's own memory above all, is out of bounds: a
 * torn pointer must not make the parser read live data.
 */
static enum ow_status ow_read_dead(void *priv, struct ow_phys at, void *dst,
				   size_t len, struct ow_phys *bad)
{
	u64 end = at.a + len - 1;
	unsigned int i;

	for (i = 0; i < ow_dead_ram_count; i++) {
		const struct range *ram = &ow_dead_ram[i];

		if (at.a < ram->start || at.a > ram->end)
			continue;
		if (end > ram->end) {
			bad->a = ram->end + 1;
			return OW_BAD_ADDRESS;
		}
		if (!copy_from_kernel_nofault(dst, __va(at.a), len))
			return OW_OK;
		break;
	}
	*bad = at;
	return OW_BAD_ADDRESS;
}

static const struct ow_memory_ops ow_dead_memory_ops = {
	.read = ow_read_dead,
};

const struct ow_memory ow_dead_memory = {
	.ops = &ow_dead_memory_ops,
};
