// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: how this kernel is laid out, for the one that may have to read
 * it. The list of what is told is parse/ow_layout_list.h.
 */

#include <linux/mm.h>
#include <linux/binfmts.h>
#include <linux/blk_types.h>
#include <linux/buffer_head.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/filelock.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/init_task.h>
#include <linux/iocontext.h>
#include <linux/ipc_namespace.h>
#include <linux/kallsyms.h>
#include <linux/maple_tree.h>
#include <linux/mm_inline.h>
#include <linux/mmu_context.h>
#include <linux/mempolicy.h>
#include <linux/nsproxy.h>
#include <linux/pgtable.h>
#include <linux/pid.h>
#include <linux/posix_acl.h>
#include <linux/proc_fs.h>
#include <linux/poll.h>
#include <linux/posix-timers.h>
#include <linux/rmap.h>
#include <linux/sched.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/sysctl.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>
#include <linux/vmcore_info.h>
#include <linux/xarray.h>
#include <linux/xattr.h>
#include <linux/zswap.h>
#include <asm/fpu/types.h>
#include <asm/vdso.h>
#include <net/net_namespace.h>

#include "../../fs/mount.h"
#include "../../mm/swap.h"
#include "../futex/futex.h"
#include "internal.h"

/* Behind the list of all facts: here those are left out that are not known. */
#if IS_ENABLED(CONFIG_EXT4_FS)
#include "../../fs/ext4/ext4.h"
#else
#define OW_NO_EXT4
#endif
#ifndef CONFIG_AUDIT
#define OW_NO_AUDIT
#endif
#ifndef CONFIG_CGROUPS
#define OW_NO_CGROUPS
#endif
#ifndef CONFIG_KEYS
#define OW_NO_KEYS
#endif
#ifndef CONFIG_SCHED_CORE
#define OW_NO_SCHED_CORE
#endif
#ifndef CONFIG_FS_POSIX_ACL
#define OW_NO_ACL
#endif
#ifndef CONFIG_UNIX98_PTYS
#define OW_NO_DEVPTS
#endif
#if !defined(CONFIG_NET) || !defined(CONFIG_SYSCTL)
#define OW_NO_NET_SYSCTLS
#endif
#if !defined(CONFIG_SYSVIPC) || !defined(CONFIG_SYSCTL)
#define OW_NO_IPC_SYSCTLS
#endif
#ifndef CONFIG_TMPFS_QUOTA
#define OW_NO_TMPFS_QUOTA
#endif
#ifndef CONFIG_MIGRATION
#define OW_NO_MIGRATION
#endif
#ifndef CONFIG_SWAP
#define OW_NO_SWAP
#endif
#ifndef CONFIG_ZSWAP
#define OW_NO_ZSWAP
#endif

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
#define OW_FMODE_WRITER		((__force u32)FMODE_WRITER)
#define OW_COPY_PROCESS_END	ow_text_end(copy_process)
#define OW_VFS_READ_END		ow_text_end(vfs_read)
#define OW_VFS_WRITE_END	ow_text_end(vfs_write)
#define OW_SYSCTL_DIR		ow_sysctl_dir()
#define OW_XA_FLAGS_MARK_0	((__force u32)XA_FLAGS_MARK(XA_MARK_0))

struct ow_layout_entry ow_layout[OW_FACT_COUNT] __ro_after_init;

/* Where a function ends; where it begins, if that is not known. */
static unsigned long __init ow_text_end_at(unsigned long function)
{
	unsigned long size = 0, offset;

	kallsyms_lookup_size_offset(function, &size, &offset);
	return function + size;
}

#define ow_text_end(function)	ow_text_end_at((unsigned long)(function))

/* All directories of sysctls hang together; nothing but one tells of the first. */
static unsigned long __init ow_sysctl_dir(void)
{
	static struct ctl_table none[1] __initdata;
	struct ctl_table_header *header;
	unsigned long dir;

	header = register_sysctl_sz("kernel", none, 0);
	if (!header)
		return 0;
	dir = (unsigned long)&header->root->default_set.dir;
	unregister_sysctl_table(header);
	return dir;
}

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
