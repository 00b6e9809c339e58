// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: sealing the handover at arm time.
 */

/**
 * DOC: The handover
 *
 * While kexec_file_load() places the crash kernel's segments, a segment of our
 * own is added: struct ow_handover, with all that a dying kernel would have to
 * say and that is known beforehand. The crash region is write-protected while
 * it lies dormant, so a wild store hits it last of all. A SETUP_INDIRECT entry
 * of the boot parameters announces it, which also keeps the decompressor and
 * memblock off it. The entry itself is covered by purgatory's digest; the
 * handover is not, since a damaged handover should cost the takeover and not
 * the crash dump.
 *
 * Only images whose command line holds "otherworld=takeover" get a handover,
 * so that an operator's kdump kernel remains one.
 *
 * What can go wrong: no memory for the buffer, or a firmware map with more
 * ranges than the handover holds. Both fail the load with a message.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/crash_core.h>
#include <linux/delay.h>
#include <linux/kexec.h>
#include <linux/pid_namespace.h>
#include <linux/purgatory.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>
#include <linux/xxhash.h>
#include <asm/apic.h>
#include <asm/bootparam.h>
#include <asm/e820/api.h>
#include <asm/setup.h>
#include <asm/tsc.h>

#include "internal.h"
#include "parse/ow_crc.h"

/* Written under the kexec lock. The buffer outlives every image. */
static struct ow_handover *ow_sealed;
static unsigned long ow_sealed_at;
/* The image it is for. Only compared where the lock is not held. */
static const struct kimage *ow_image;

/*
 * Of purgatory, which has no seal of its own: its data is filled in after the
 * digest is made. Not part of the handover, as it is this kernel that checks.
 */
static unsigned long ow_purgatory_at;
static size_t ow_purgatory_len;
static u32 ow_purgatory_crc;

static bool ow_wants_handover(const struct kimage *image)
{
	static const char word[] = "otherworld=takeover";
	const char *at = image->cmdline_buf;

	if (image->type != KEXEC_TYPE_CRASH || !at)
		return false;

	while ((at = strstr(at, word))) {
		char next = at[sizeof(word) - 1];

		if ((at == image->cmdline_buf || at[-1] == ' ') &&
		    (next == ' ' || next == '\0'))
			return true;
		at++;
	}
	return false;
}

/*
 * The whole machine's map. Ranges that this kernel's own boot loader data took
 * out of RAM go back to it: that data dies with this kernel.
 */
static int ow_seal_ranges(struct ow_handover *handover)
{
	struct ow_ram_range *last = NULL;
	int i;

	if (e820_table->nr_entries > OW_MAX_RAM_RANGES) {
		pr_err("the firmware's memory map has %u ranges, more than the %u a handover holds\n",
		       e820_table->nr_entries, OW_MAX_RAM_RANGES);
		return -E2BIG;
	}

	for (i = 0; i < e820_table->nr_entries; i++) {
		const struct e820_entry *entry = &e820_table->entries[i];
		u32 type = entry->type;

		if (type == E820_TYPE_RESERVED_KERN)
			type = E820_TYPE_RAM;
		/* What boot loader data cut in pieces is one again. */
		if (last && last->type == type &&
		    last->start + last->size == entry->addr) {
			last->size += entry->size;
			continue;
		}
		last = &handover->ranges[handover->nr_ranges++];
		last->start = entry->addr;
		last->size = entry->size;
		last->type = type;
	}
	return 0;
}

static void ow_seal_vmcoreinfo(struct ow_handover *handover)
{
	handover->vmcoreinfo_len = min_t(size_t, vmcoreinfo_size,
					 sizeof(handover->vmcoreinfo));
	memcpy(handover->vmcoreinfo, vmcoreinfo_data, handover->vmcoreinfo_len);
}

static void ow_seal_layout(struct ow_handover *handover)
{
	BUILD_BUG_ON(OW_FACT_COUNT > OW_MAX_LAYOUT);
	handover->layout_count = OW_FACT_COUNT;
	memcpy(handover->layout, ow_layout, sizeof(ow_layout));
}

static int ow_seal(struct kimage *image, struct ow_handover *handover)
{
	int ret;

	memset(handover, 0, sizeof(*handover));
	handover->magic = OW_HANDOVER_MAGIC;
	handover->version = OW_HANDOVER_VERSION;
	handover->size = sizeof(*handover);
	handover->generation = ow_generation;
	handover->cookie = get_random_u64();

	handover->region_start = crashk_res.start;
	handover->region_end = crashk_res.end + 1;
	handover->elfcorehdr_start = image->elf_load_addr;
	handover->elfcorehdr_size = image->elf_headers_sz;
	handover->fault_block = virt_to_phys(ow_last_words);
	handover->fault_block_size = ow_last_words_size;
	handover->nr_cpus = nr_cpu_ids;

	handover->tsc_khz = tsc_khz;
	handover->lapic_timer_period = lapic_timer_period;
	handover->hz = HZ;
	handover->loops_per_jiffy = loops_per_jiffy;
	handover->boot_apicid = boot_cpu_physical_apicid;
	strscpy(handover->release, init_utsname()->release,
		sizeof(handover->release));

	ret = ow_seal_ranges(handover);
	if (ret)
		return ret;
	ow_seal_vmcoreinfo(handover);
	ow_seal_layout(handover);

	handover->crc = ow_crc32(0, &handover->generation,
				 offsetof(struct ow_handover, stamps) -
				 offsetof(struct ow_handover, generation));
	return 0;
}

/* From here on userspace stays out of the PIDs a crash kernel starts with. */
static void ow_withhold_pids(void)
{
	int limit = PID_MAX_LIMIT - OW_PARKED_PIDS;

	pid_max_max = min(pid_max_max, limit);
	if (pid_max > limit) {
		pr_info("kernel.pid_max lowered from %d to %d: the PIDs above are for the next kernel's threads\n",
			pid_max, limit);
		pid_max = limit;
	}
}

int otherworld_load_segment(struct kimage *image)
{
	struct kexec_buf kbuf = {
		.image = image,
		.buf_max = ULONG_MAX,
		.buf_align = PAGE_SIZE,
		.mem = KEXEC_BUF_MEM_UNKNOWN,
		.bufsz = sizeof(*ow_sealed),
		.memsz = PAGE_ALIGN(sizeof(*ow_sealed)),
	};
	int ret;

	ow_sealed_at = 0;
	WRITE_ONCE(ow_image, NULL);
	if (!ow_wants_handover(image))
		return 0;
	if (!ow_last_words) {
		pr_err("no handover: there is no memory for the fault block\n");
		return -ENOMEM;
	}
	if (!tsc_khz || check_tsc_unstable()) {
		pr_err("no handover: there is no usable TSC to carry the clocks\n");
		return -EOPNOTSUPP;
	}
	if (crashk_low_res.end) {
		pr_err("no handover: a crash region in two parts (crashkernel=,high) is not supported\n");
		return -EOPNOTSUPP;
	}

	if (!ow_sealed)
		ow_sealed = vzalloc(kbuf.memsz);
	if (!ow_sealed)
		return -ENOMEM;
	ret = ow_seal(image, ow_sealed);
	if (ret)
		return ret;

	kbuf.buffer = ow_sealed;
	ret = kexec_add_buffer(&kbuf);
	if (ret) {
		pr_err("no handover: the crash region is full\n");
		return ret;
	}
	ow_sealed_at = kbuf.mem;
	WRITE_ONCE(ow_image, image);
	ow_withhold_pids();
	return 0;
}

unsigned long otherworld_setup_data_size(struct kimage *image)
{
	if (!otherworld_owns(image))
		return 0;
	return sizeof(struct setup_data) + sizeof(struct setup_indirect);
}

void otherworld_setup_data(struct kimage *image, struct boot_params *params,
			   unsigned long params_load_addr,
			   unsigned int *offset)
{
	struct setup_data *sd = (void *)params + *offset;
	struct setup_indirect *indirect = (void *)sd->data;
	u64 stamps;

	if (!otherworld_owns(image))
		return;

	sd->type = SETUP_INDIRECT;
	sd->len = sizeof(*indirect);
	indirect->type = SETUP_INDIRECT | OW_SETUP_TYPE;
	indirect->reserved = 0;
	indirect->addr = ow_sealed_at;
	indirect->len = sizeof(*ow_sealed);

	sd->next = params->hdr.setup_data;
	params->hdr.setup_data = params_load_addr + *offset;
	*offset += otherworld_setup_data_size(image);

	/* Only the report misses the two stamps if this fails. */
	stamps = ow_sealed_at + offsetof(struct ow_handover, stamps);
	if (kexec_purgatory_get_set_symbol(image, "purgatory_stamps", &stamps,
					   sizeof(stamps), false))
		pr_warn("purgatory will not be timed\n");
}

/*
 * Purgatory checks what is to be booted. Against a kernel's stray writes a fast
 * hash is as good as a cryptographic one, and the machine stands still while
 * it is computed. Only what was loaded is hashed, not the zeroes behind it.
 */
int otherworld_store_digest(struct kimage *image)
{
	struct kexec_sha_region *regions;
	unsigned long i, count = 0;
	u64 digest = 0;
	int ret;

	regions = kcalloc(KEXEC_SEGMENT_MAX, sizeof(*regions), GFP_KERNEL);
	if (!regions)
		return -ENOMEM;

	for (i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *segment = &image->segment[i];

		/* What has a seal of its own, or changes later. */
		if (segment->mem == ow_sealed_at ||
		    segment->mem == image->elf_load_addr ||
		    segment->kbuf == image->purgatory_info.purgatory_buf)
			continue;
		digest = xxh64(segment->kbuf, segment->bufsz, digest);
		regions[count].start = segment->mem;
		regions[count].len = segment->bufsz;
		count++;
	}

	ret = kexec_purgatory_get_set_symbol(image, "purgatory_xxh64_regions",
					     regions, KEXEC_SEGMENT_MAX *
					     sizeof(*regions), false);
	if (!ret)
		ret = kexec_purgatory_get_set_symbol(image,
						     "purgatory_xxh64_digest",
						     &digest, sizeof(digest),
						     false);
	kfree(regions);
	return ret;
}

/* The segments are in place: note what purgatory looks like now. */
int machine_kexec_post_load(struct kimage *image)
{
	unsigned long i;

	ow_purgatory_len = 0;
	if (!otherworld_owns(image))
		return 0;

	for (i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *segment = &image->segment[i];

		if (segment->kbuf != image->purgatory_info.purgatory_buf)
			continue;
		ow_purgatory_at = segment->mem;
		ow_purgatory_len = segment->bufsz;
		ow_purgatory_crc = ow_crc32(0, __va(segment->mem),
					    segment->bufsz);
	}
	return 0;
}

bool ow_purgatory_intact(const struct kimage *image)
{
	return !ow_purgatory_len ||
	       ow_crc32(0, __va(ow_purgatory_at), ow_purgatory_len) ==
	       ow_purgatory_crc;
}

bool otherworld_owns(const struct kimage *image)
{
	unsigned long i;

	if (!image || image != ow_image || !ow_sealed_at)
		return false;
	for (i = 0; i < image->nr_segments; i++)
		if (image->segment[i].mem == ow_sealed_at &&
		    image->segment[i].bufsz == sizeof(*ow_sealed))
			return true;
	return false;
}

/*
 * Without the kexec lock: a panic that finds it taken does not jump, and who
 * looks at the state must not be the reason.
 */
bool ow_armed(void)
{
	const struct kimage *image = READ_ONCE(kexec_crash_image);

	return image && image == READ_ONCE(ow_image);
}

u64 ow_armed_cookie(void)
{
	return ow_sealed->cookie;
}
