// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: how this kernel is laid out, for the one that may have to read
 * it. The list of what is told is parse/ow_layout_list.h.
 */

#include <linux/mm.h>
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/filelock.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/init.h>
#include <linux/init_task.h>
#include <linux/iocontext.h>
#include <linux/maple_tree.h>
#include <linux/mm_inline.h>
#include <linux/mempolicy.h>
#include <linux/nsproxy.h>
#include <linux/pgtable.h>
#include <linux/pid.h>
#include <linux/rmap.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>
#include <linux/vmcore_info.h>
#include <linux/xarray.h>
#include <asm/fpu/types.h>
#include <asm/vdso.h>

#include "../../fs/mount.h"
#include "internal.h"

/* Names of the parser's own for what has no name of its own in the kernel. */
#define OW_VDSO_SIZE		vdso_image_64.size
#define OW_VVAR_SIZE		(-vdso_image_64.sym_vvar_start)
#define OW_ZERO_PFN		page_to_pfn(ZERO_PAGE(0))
/* No page has bit 64. */
#ifdef CONFIG_MEMORY_FAILURE
#define OW_PG_HWPOISON		PG_hwpoison
#else
#define OW_PG_HWPOISON		64
#endif
#define OW_DIRECT_MAP		PAGE_OFFSET
#define OW_DIRECT_MAP_SIZE	((u64)max_pfn << PAGE_SHIFT)
#define OW_VMEMMAP		VMEMMAP_START
#define OW_XA_FLAGS_MARK_0	((__force u32)XA_FLAGS_MARK(XA_MARK_0))

struct ow_layout_entry ow_layout[OW_FACT_COUNT] __ro_after_init;

static void __init ow_tell(enum ow_fact fact, u64 value, size_t size)
{
	ow_layout[fact].name = ow_fact_hash(fact);
	ow_layout[fact].size = size;
	ow_layout[fact].value = value;
}

/*
 * Nothing but an assignment tells where a bitfield lies: @probe is an object
 * with only that field set.
 */
static void __init ow_tell_bits(enum ow_fact fact, const void *probe,
				size_t size)
{
	unsigned long first, end;

	first = find_first_bit(probe, size * BITS_PER_BYTE);
	end = find_next_zero_bit(probe, size * BITS_PER_BYTE, first);
	if (first >= size * BITS_PER_BYTE)
		return;
	ow_tell(fact, first / 32 * 4, sizeof(u32));
	ow_layout[fact].bit = first % 32;
	ow_layout[fact].bits = end - first;
}

#define OW_STRUCT(type)							\
	ow_tell(OW_S_##type, sizeof(struct type), 0);
#define OW_FIELD(type, field)						\
	ow_tell(OW_F_##type##_##field, offsetof(struct type, field),	\
		sizeof_field(struct type, field));
#define OW_MEMBER(type, name, path)					\
	ow_tell(OW_F_##type##_##name, offsetof(struct type, path),	\
		sizeof_field(struct type, path));
#define OW_ARRAY(type, field)						\
	ow_tell(OW_F_##type##_##field, offsetof(struct type, field), 0);
#define OW_HIDDEN(type, field)						\
	ow_tell(OW_F_##type##_##field, ow_offset_##type##_##field,	\
		sizeof(void *));
#define OW_BITS(type, field)						\
	do {								\
		struct type *probe = kzalloc(sizeof(*probe), GFP_KERNEL); \
									\
		if (!probe)						\
			break;						\
		probe->field = ~0;					\
		ow_tell_bits(OW_F_##type##_##field, probe,		\
			     sizeof(*probe));				\
		kfree(probe);						\
	} while (0);
#define OW_CONST(name)							\
	ow_tell(OW_C_##name, (u64)(name), 0);
#define OW_SYMBOL(name)							\
	ow_tell(OW_A_##name, (u64)&(name), 0);

/* So that who reads a dump of this kernel finds the table, sealed or not. */
static void __init ow_layout_announce(void)
{
	u32 *note = vmcoreinfo_note;

	if (!note)
		return;
	VMCOREINFO_SYMBOL_ARRAY(ow_layout);
	VMCOREINFO_STRUCT_SIZE(ow_layout_entry);
	vmcoreinfo_append_str("NUMBER(ow_layout_count)=%d\n", OW_FACT_COUNT);

	/* The note was made before this; the dying kernel makes it once more. */
	note = append_elf_note(note, VMCOREINFO_NOTE_NAME, 0, vmcoreinfo_data,
			       vmcoreinfo_size);
	final_note(note);
}

static int __init ow_layout_fill(void)
{
#include "parse/ow_layout_list.h"
	ow_layout_announce();
	return 0;
}
late_initcall(ow_layout_fill);
