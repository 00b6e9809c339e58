// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: the dead kernel's memory becomes this one's.
 */

/**
 * DOC: Release
 *
 * Userspace asks for it once it has kept what it wants of the dead kernel.
 * First a place in dead RAM is chosen for the next crash region; then every
 * other dead frame goes to the page allocator. All CPUs share the work.
 *
 * A CPU that this kernel did not bring up may still execute, or wait in, the
 * dead kernel's text. It gets an INIT first, which leaves it waiting for a
 * start-up IPI with no memory in use.
 *
 * When no place is found for a region of the size asked for, nothing is
 * released, and userspace may ask again for a smaller one.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/cpumask.h>
#include <linux/crash_dump.h>
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/otherworld_mm.h>
#include <linux/workqueue.h>
#include <asm/apic.h>

#include "internal.h"

/* The unit in which CPUs share the work: large, but many per GiB. */
#define OW_CHUNK_PAGES		(SZ_64M >> PAGE_SHIFT)

static DEFINE_MUTEX(ow_release_lock);
static bool ow_is_released;

bool ow_released(void)
{
	return READ_ONCE(ow_is_released);
}

static void ow_init_stray_cpus(void)
{
	unsigned int i, cpu;

	for (i = 0; i < ow_dead_fault->nr_cpus; i++) {
		const struct ow_cpu_record *record = &ow_dead_fault->cpus[i];
		bool ours = false;

		if (!(record->flags & OW_CPU_PRESENT))
			continue;
		for_each_online_cpu(cpu)
			ours |= cpu_physical_id(cpu) == record->apicid;
		if (ours)
			continue;

		pr_info("CPU with APIC ID %u is not in use: out of dead text by INIT\n",
			record->apicid);
		apic_icr_write(APIC_INT_LEVELTRIG | APIC_INT_ASSERT |
			       APIC_DM_INIT, record->apicid);
		mdelay(10);
	}
}

/* --- Freeing, by all CPUs ------------------------------------------------- */

struct ow_freeing {
	struct work_struct work;
	struct ow_freeing_plan *plan;
};

struct ow_freeing_plan {
	atomic_long_t next_chunk;
	atomic_long_t freed;
	/* Frames that stay out of use: the next crash region. */
	unsigned long keep_pfn;
	unsigned long keep_end;
};

static unsigned long ow_free_outside(const struct ow_freeing_plan *plan,
				     unsigned long pfn, unsigned long end)
{
	unsigned long freed = 0, cut;

	cut = clamp(plan->keep_pfn, pfn, end);
	freed += ow_free_frames(pfn, cut - pfn);
	cut = clamp(plan->keep_end, cut, end);
	freed += ow_free_frames(cut, end - cut);
	return freed;
}

/* The part of dead RAM with the number @chunk; false beyond the last. */
static bool ow_chunk(unsigned long chunk, unsigned long *pfn,
		     unsigned long *end)
{
	unsigned int i;

	for (i = 0; i < ow_dead_ram_count; i++) {
		unsigned long first = PFN_DOWN(ow_dead_ram[i].start);
		unsigned long last = PFN_DOWN(ow_dead_ram[i].end + 1);
		/* Cut at multiples of the unit, not from the range's start. */
		unsigned long base = ALIGN_DOWN(first, OW_CHUNK_PAGES);
		unsigned long count = DIV_ROUND_UP(last - base, OW_CHUNK_PAGES);

		if (chunk >= count) {
			chunk -= count;
			continue;
		}
		base += chunk * OW_CHUNK_PAGES;
		*pfn = max(base, first);
		*end = min(base + OW_CHUNK_PAGES, last);
		return true;
	}
	return false;
}

static void ow_free_chunks(struct work_struct *work)
{
	struct ow_freeing *freeing = container_of(work, struct ow_freeing,
						  work);
	struct ow_freeing_plan *plan = freeing->plan;
	unsigned long pfn, end;

	while (ow_chunk(atomic_long_fetch_inc(&plan->next_chunk), &pfn, &end)) {
		atomic_long_add(ow_free_outside(plan, pfn, end), &plan->freed);
		cond_resched();
	}
}

static unsigned long ow_free_dead_ram(u64 keep_start, u64 keep_size)
{
	struct ow_freeing_plan plan = {
		.keep_pfn = PFN_DOWN(keep_start),
		.keep_end = PFN_DOWN(keep_start + keep_size),
	};
	struct ow_freeing *workers;
	unsigned int cpu;

	workers = kcalloc(nr_cpu_ids, sizeof(*workers), GFP_KERNEL);
	if (!workers) {
		struct ow_freeing alone = { .plan = &plan };

		ow_free_chunks(&alone.work);
		return atomic_long_read(&plan.freed);
	}

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		workers[cpu].plan = &plan;
		INIT_WORK(&workers[cpu].work, ow_free_chunks);
		queue_work_on(cpu, system_highpri_wq, &workers[cpu].work);
	}
	for_each_online_cpu(cpu)
		flush_work(&workers[cpu].work);
	cpus_read_unlock();
	kfree(workers);
	return atomic_long_read(&plan.freed);
}

/* Dead frames that are still out of use when all is done. */
static unsigned long ow_withheld_frames(void)
{
	unsigned long frames = 0, pfn;
	unsigned int i;

	for (i = 0; i < ow_dead_ram_count; i++)
		for (pfn = PFN_DOWN(ow_dead_ram[i].start);
		     pfn < PFN_DOWN(ow_dead_ram[i].end + 1); pfn++)
			frames += PageReserved(pfn_to_page(pfn));
	return frames;
}

static void ow_release_all_but(struct ow_next_region *next,
			       struct otherworld_release *request)
{
	u64 size = next->size;
	int ret;

	request->released_pages = ow_free_dead_ram(next->start, size);
	request->withheld_pages = ow_withheld_frames();
	ow_frames_freed(request->withheld_pages);
	pr_info("%llu MiB released\n",
		request->released_pages >> (20 - PAGE_SHIFT));

	ret = ow_settle_region(next);
	if (ret) {
		pr_warn("no crash region: what is in the way cannot be moved (%d)\n",
			ret);
		return;
	}
	if (next->held)
		request->withheld_pages += PHYS_PFN(size);
	request->region_start = next->start;
	request->region_size = size;
	pr_info("next crash region [%#llx-%#llx]\n", next->start,
		next->start + size - 1);
}

static int ow_release_locked(struct otherworld_release *request)
{
	struct ow_next_region next = { .size = request->region_size };
	int ret;

	if (!ow_successor)
		return -ENODEV;
	if (ow_is_released)
		return -EALREADY;
	if (!next.size)
		next.size = ow_dead->region_end - ow_dead->region_start;
	if (next.size > U64_MAX / 2)
		return -EINVAL;
	next.size = ow_region_size(next.size);

	ret = ow_choose_region(&next);
	if (ret)
		return ret;

	/* The log is about to go. */
	ow_cause_of_death();
	ow_stamp(OW_STAGE_RELEASE_START);
	vmcore_cleanup();
	elfcorehdr_addr = ELFCORE_ADDR_MAX;
	ow_init_stray_cpus();
	WRITE_ONCE(ow_is_released, true);

	request->region_start = 0;
	request->region_size = 0;
	ow_release_all_but(&next, request);
	ow_unpark_pids();
	ow_stamp(OW_STAGE_RELEASE_END);
	return 0;
}

int ow_prepare_region(struct otherworld_region *region)
{
	struct ow_next_region next;
	int ret;

	if (!region->size || region->size > U64_MAX / 2)
		return -EINVAL;
	next = (struct ow_next_region){ .size = ow_region_size(region->size) };
	mutex_lock(&ow_release_lock);
	if (ow_is_released) {
		ret = ow_grow_region(region);
	} else {
		ret = ow_choose_region(&next);
		region->start = next.start;
		region->size = next.size;
	}
	mutex_unlock(&ow_release_lock);
	return ret;
}

int ow_release(struct otherworld_release *request)
{
	int ret;

	mutex_lock(&ow_release_lock);
	ret = ow_release_locked(request);
	mutex_unlock(&ow_release_lock);
	return ret;
}
