// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: the crash kernel finds what it was left.
 */

/**
 * DOC: Taking over
 *
 * "otherworld=takeover" on the command line makes this kernel look for a
 * handover. That is done from an early parameter, since the clocks want to
 * know soon. Both blocks are copied out, and each claim is checked: magic,
 * version, size, CRC, then the plausibility of every address.
 *
 * With both accepted, this is a successor: before max_pfn is computed the
 * machine's whole memory map replaces the small one kexec passed, and all RAM
 * that this kernel does not live in is reserved. So the rest of the boot sees
 * a machine of full size, with struct pages for the dead kernel's frames, and
 * no way to touch them.
 *
 * Anything amiss, and this remains the ordinary kdump kernel that kexec meant
 * it to be, with the reason in /sys/kernel/otherworld/reason.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/export.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/panic.h>
#include <linux/slab.h>
#include <asm/bootparam.h>
#include <asm/e820/api.h>
#include <asm/setup.h>
#include <asm/tsc.h>

#include "internal.h"
#include "parse/ow_crc.h"

/* memblock's own table must not have to grow before memory is known. */
#define OW_MAX_DEAD_RANGES	64

bool ow_successor __ro_after_init;
/* is_kdump_kernel() is inline, and modules ask it. */
EXPORT_SYMBOL_GPL(ow_successor);

char ow_reason[OW_REASON_LEN];

struct range ow_dead_ram[OW_MAX_DEAD_RANGES] __ro_after_init;
unsigned int ow_dead_ram_count __ro_after_init;
static unsigned long ow_dead_page_count __ro_after_init;
static bool ow_dead_ram_reserved __ro_after_init;

struct ow_handover *ow_dead __ro_after_init;
struct ow_fault_block *ow_dead_fault __ro_after_init;

static struct ow_handover ow_early_dead __initdata;
/* Without the CPU records: those are fetched when memory can be allocated. */
static struct ow_fault_block ow_early_fault __initdata;

static __printf(1, 2) void __init ow_refuse(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(ow_reason, sizeof(ow_reason), fmt, args);
	va_end(args);
	ow_successor = false;
	pr_err("no takeover, this is a kdump kernel: %s\n", ow_reason);
}

static bool __init ow_early_copy(void *to, u64 from, size_t len)
{
	while (len) {
		size_t part = min_t(size_t, len, PAGE_SIZE -
				    offset_in_page(from));
		void *map = early_memremap(from, part);

		if (!map)
			return false;
		memcpy(to, map, part);
		early_memunmap(map, part);
		to += part;
		from += part;
		len -= part;
	}
	return true;
}

static u64 __init ow_find_handover(void)
{
	u64 at = boot_params.hdr.setup_data;
	struct {
		struct setup_data head;
		struct setup_indirect indirect;
	} entry;

	while (at && ow_early_copy(&entry, at, sizeof(entry))) {
		if (entry.head.type == SETUP_INDIRECT &&
		    entry.indirect.type == (SETUP_INDIRECT | OW_SETUP_TYPE))
			return entry.indirect.addr;
		at = entry.head.next;
	}
	return 0;
}

/* Whether [@start, @start + @size) is RAM in the sealed map. */
static bool __init ow_sealed_ram(const struct ow_handover *dead, u64 start,
				 u64 size)
{
	u32 i;

	for (i = 0; i < dead->nr_ranges; i++) {
		const struct ow_ram_range *range = &dead->ranges[i];

		if (range->type == E820_TYPE_RAM && start >= range->start &&
		    size <= range->size &&
		    start - range->start <= range->size - size)
			return true;
	}
	return false;
}

/* Its CRC is right, so it says what was sealed; does that make sense? */
static bool __init ow_handover_plausible(const struct ow_handover *dead)
{
	u64 self = __pa_symbol(_text);
	u32 i;

	if (!dead->nr_ranges || dead->nr_ranges > OW_MAX_RAM_RANGES ||
	    dead->vmcoreinfo_len > OW_VMCOREINFO_LEN ||
	    dead->layout_count > OW_MAX_LAYOUT)
		return false;
	for (i = 0; i < dead->nr_ranges; i++)
		if (dead->ranges[i].start + dead->ranges[i].size <
		    dead->ranges[i].start)
			return false;

	return self >= dead->region_start && self < dead->region_end &&
	       dead->region_end > dead->region_start &&
	       ow_sealed_ram(dead, dead->region_start,
			     dead->region_end - dead->region_start) &&
	       ow_sealed_ram(dead, dead->fault_block, dead->fault_block_size) &&
	       dead->fault_block_size >= sizeof(struct ow_fault_block) &&
	       dead->elfcorehdr_start >= dead->region_start &&
	       dead->elfcorehdr_size < SZ_16M &&
	       dead->elfcorehdr_start + dead->elfcorehdr_size <=
			dead->region_end &&
	       dead->tsc_khz && dead->hz;
}

static bool __init ow_accept_handover(struct ow_handover *dead, u64 at)
{
	u32 crc;

	if (!ow_early_copy(dead, at, sizeof(*dead))) {
		ow_refuse("the handover at %#llx cannot be mapped", at);
		return false;
	}
	if (dead->magic != OW_HANDOVER_MAGIC) {
		ow_refuse("the handover's magic number is %#llx", dead->magic);
		return false;
	}
	if (dead->version != OW_HANDOVER_VERSION ||
	    dead->size != sizeof(*dead)) {
		ow_refuse("the handover is version %u of %u bytes, not %u of %zu",
			  dead->version, dead->size, OW_HANDOVER_VERSION,
			  sizeof(*dead));
		return false;
	}

	crc = ow_crc32(0, &dead->generation,
		       offsetof(struct ow_handover, stamps) -
		       offsetof(struct ow_handover, generation));
	if (crc != dead->crc) {
		ow_refuse("the handover's checksum is %#x, not %#x", crc,
			  dead->crc);
		return false;
	}
	if (!ow_handover_plausible(dead)) {
		ow_refuse("the handover contradicts itself or this machine");
		return false;
	}
	return true;
}

static bool __init ow_fault_crc(const struct ow_handover *dead, u32 *crc)
{
	u64 at = dead->fault_block + offsetof(struct ow_fault_block, outcome);
	u64 end = dead->fault_block + dead->fault_block_size;
	u8 part[256];

	*crc = 0;
	while (at < end) {
		size_t len = min_t(u64, sizeof(part), end - at);

		if (!ow_early_copy(part, at, len))
			return false;
		*crc = ow_crc32(*crc, part, len);
		at += len;
	}
	return true;
}

static bool __init ow_accept_fault(struct ow_fault_block *fault,
				   const struct ow_handover *dead)
{
	u32 crc;

	if (!ow_early_copy(fault, dead->fault_block, sizeof(*fault)) ||
	    !ow_fault_crc(dead, &crc)) {
		ow_refuse("the fault block at %#llx cannot be mapped",
			  dead->fault_block);
		return false;
	}
	if (fault->magic != OW_FAULT_MAGIC) {
		ow_refuse("the dead kernel left no fault block (magic %#llx)",
			  fault->magic);
		return false;
	}
	if (fault->version != OW_FAULT_VERSION ||
	    fault->size != dead->fault_block_size ||
	    fault->nr_cpus != dead->nr_cpus ||
	    struct_size(fault, cpus, fault->nr_cpus) != fault->size) {
		ow_refuse("the fault block is version %u, %u bytes, %u CPUs, not %u, %u, %u",
			  fault->version, fault->size, fault->nr_cpus,
			  OW_FAULT_VERSION, dead->fault_block_size,
			  dead->nr_cpus);
		return false;
	}
	if (crc != fault->crc) {
		ow_refuse("the fault block's checksum is %#x, not %#x", crc,
			  fault->crc);
		return false;
	}
	if (fault->cookie != dead->cookie) {
		ow_refuse("the fault block belongs to another handover");
		return false;
	}
	if (fault->tsc_clock > rdtsc_ordered()) {
		ow_refuse("the TSC went backwards over the jump");
		return false;
	}
	if (fault->outcome != OW_OUTCOME_TAKEOVER) {
		fault->reason[OW_REASON_LEN - 1] = '\0';
		ow_refuse("%s", fault->reason);
		return false;
	}
	return true;
}

static int __init ow_takeover_setup(char *arg)
{
	u64 at;

	if (!arg || strcmp(arg, "takeover"))
		return -EINVAL;

	ow_stamp(OW_STAGE_KERNEL);
	/* Nobody is left to take over from this one: no endless panic. */
	if (!panic_timeout)
		panic_timeout = -1;
	at = ow_find_handover();
	if (!at) {
		ow_refuse("no handover was announced");
		return 0;
	}
	if (!ow_accept_handover(&ow_early_dead, at))
		return 0;
	ow_generation = ow_early_dead.generation + 1;
	if (!ow_accept_fault(&ow_early_fault, &ow_early_dead))
		return 0;

	ow_successor = true;
	ow_clock_start(&ow_early_dead, &ow_early_fault);
	return 0;
}
early_param("otherworld", ow_takeover_setup);

static bool __init ow_add_piece(u64 start, u64 end)
{
	start = PAGE_ALIGN(start);
	end = PAGE_ALIGN_DOWN(end);
	if (start >= end)
		return true;
	if (ow_dead_ram_count == OW_MAX_DEAD_RANGES)
		return false;
	ow_dead_ram[ow_dead_ram_count].start = start;
	ow_dead_ram[ow_dead_ram_count].end = end - 1;
	ow_dead_ram_count++;
	ow_dead_page_count += PFN_DOWN(end - start);
	return true;
}

/* Everything of [start, end) that nobody has reserved yet is the dead's. */
static bool __init ow_add_dead_ram(u64 start, u64 end)
{
	phys_addr_t taken_start, taken_end;
	u64 i;

	for_each_reserved_mem_range(i, &taken_start, &taken_end) {
		if (taken_end <= start)
			continue;
		if (taken_start >= end)
			break;
		if (!ow_add_piece(start, taken_start))
			return false;
		start = taken_end;
	}
	return ow_add_piece(start, end);
}

static bool __init ow_find_dead_ram(const struct ow_handover *dead)
{
	u32 i;

	for (i = 0; i < dead->nr_ranges; i++) {
		u64 start = dead->ranges[i].start;
		u64 end = start + dead->ranges[i].size;

		if (dead->ranges[i].type != E820_TYPE_RAM)
			continue;
		/* The first megabyte belongs to firmware in every generation. */
		start = max_t(u64, start, SZ_1M);
		if (start >= end)
			continue;

		if (!ow_add_dead_ram(start, min(end, dead->region_start)) ||
		    !ow_add_dead_ram(max(start, dead->region_end), end))
			return false;
	}

	/* Inside this kernel's own region, but of use only until the release. */
	return ow_add_dead_ram(dead->elfcorehdr_start,
			       PAGE_ALIGN(dead->elfcorehdr_start +
					  dead->elfcorehdr_size));
}

static void __init ow_replace_map(const struct ow_handover *dead)
{
	u32 i;

	e820_table->nr_entries = 0;
	for (i = 0; i < dead->nr_ranges; i++)
		e820__range_add(dead->ranges[i].start, dead->ranges[i].size,
				dead->ranges[i].type);
	e820__update_table(e820_table);

	/* The next kexec builds its map from these two. */
	memcpy(e820_table_kexec, e820_table, sizeof(*e820_table_kexec));
	memcpy(e820_table_firmware, e820_table, sizeof(*e820_table_firmware));
}

/*
 * Firmware tables may lie in memory that its map calls RAM. They are found,
 * and reserved, after old RAM was; from then on they are not the dead's.
 */
void __init_memblock otherworld_claim(phys_addr_t base, phys_addr_t size)
{
	u64 start = PAGE_ALIGN_DOWN(base), end = PAGE_ALIGN(base + size);
	unsigned int i;

	if (!ow_dead_ram_reserved)
		return;

	for (i = 0; i < ow_dead_ram_count; i++) {
		struct range *ram = &ow_dead_ram[i];
		u64 from = max(start, ram->start);
		u64 to = min(end, ram->end + 1);
		struct range rest = { .start = to, .end = ram->end };

		if (from >= to)
			continue;
		/* With no room for the rest, that stays out of use as well. */
		if (rest.start <= rest.end &&
		    ow_dead_ram_count < OW_MAX_DEAD_RANGES)
			ow_dead_ram[ow_dead_ram_count++] = rest;
		else
			to = ram->end + 1;
		ram->end = from - 1;
		ow_dead_page_count -= PFN_DOWN(to - from);
		totalram_pages_add(-(long)PFN_DOWN(to - from));
		pr_info("[%#llx-%#llx] in old RAM is reserved, and stays so\n",
			from, to - 1);
	}
}

void __init otherworld_early_memory(void)
{
	const struct ow_handover *dead = &ow_early_dead;
	unsigned int i;

	if (!ow_successor)
		return;

	if (!ow_find_dead_ram(dead)) {
		ow_refuse("old RAM is in more than %u pieces",
			  OW_MAX_DEAD_RANGES);
		return;
	}

	ow_clock_set_jiffies();
	ow_replace_map(dead);
	for (i = 0; i < ow_dead_ram_count; i++)
		if (memblock_reserve(ow_dead_ram[i].start,
				     range_len(&ow_dead_ram[i])))
			panic("otherworld: old RAM cannot be reserved");
	ow_dead_ram_reserved = true;

	/*
	 * Reserved frames do not count as RAM, but limits should be made for
	 * the whole machine. So they are counted here and not when released.
	 */
	totalram_pages_add(ow_dead_page_count);
	pr_info("generation %u takes over from %s: %lu MiB of old RAM in %u pieces, outside [%#llx-%#llx]\n",
		ow_generation, dead->release,
		ow_dead_page_count >> (20 - PAGE_SHIFT), ow_dead_ram_count,
		dead->region_start, dead->region_end - 1);
}

unsigned long __init otherworld_dead_pages(void)
{
	return ow_dead_page_count;
}

/* Now that memory can be allocated, keep what the boot was told. */
static int __init ow_keep_blocks(void)
{
	if (!ow_successor)
		return 0;

	ow_dead = kmemdup(&ow_early_dead, sizeof(*ow_dead), GFP_KERNEL);
	ow_dead_fault = kmemdup(__va(ow_early_dead.fault_block),
				ow_early_dead.fault_block_size, GFP_KERNEL);
	if (!ow_dead || !ow_dead_fault)
		panic("otherworld: no memory for the handover's copy");
	return 0;
}
pure_initcall(ow_keep_blocks);
