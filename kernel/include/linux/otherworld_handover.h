/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Otherworld handover: what a dead kernel leaves to its crash kernel.
 *
 * This interface is a contract between two kernels that may be of different
 * builds. Every struct carries its version and size; the reader refuses what
 * it does not know. Change a struct, and its version goes up.
 *
 * There are two blocks, because they are protected differently:
 *
 * struct ow_handover is written once, at arm time, into a kexec segment of
 * the crash region, which is write-protected while the main kernel runs. A
 * CRC seals everything behind @crc.
 *
 * struct ow_fault_block lives in the main kernel's ordinary memory, since it
 * is written while that kernel dies. It names the cookie of the handover it
 * belongs to and has a CRC of its own.
 *
 * The file also compiles in userspace, for the tools and the unit tests.
 */
#ifndef _LINUX_OTHERWORLD_HANDOVER_H
#define _LINUX_OTHERWORLD_HANDOVER_H

#include <linux/types.h>

#define OW_HANDOVER_MAGIC	0x4F57484E444F5652ULL	/* "OWHNDOVR" */
#define OW_HANDOVER_VERSION	2
#define OW_FAULT_MAGIC		0x4F574641554C5421ULL	/* "OWFAULT!" */
#define OW_FAULT_VERSION	3

/* The type of the SETUP_INDIRECT entry that announces the handover. */
#define OW_SETUP_TYPE		0x4F57

#define OW_MAX_RAM_RANGES	512
#define OW_RELEASE_LEN		128
#define OW_VMCOREINFO_LEN	4096
#define OW_MAX_LAYOUT		1024
#define OW_REASON_LEN		120
#define OW_COMM_LEN		16

struct ow_ram_range {
	__u64 start;
	__u64 size;
	__u32 type;		/* enum e820_type */
	__u32 reserved;
};

/* One fact of how the dead kernel is laid out, see parse/ow_layout.h. */
struct ow_layout_entry {
	__u32 name;
	__u16 size;
	__u8 bit;
	__u8 bits;
	__u64 value;
};

/*
 * Moments of the takeover, as raw TSC readings. Purgatory can write only the
 * handover segment, and the crash kernel adds its own: so this is outside the
 * seal, and nothing but the report depends on it.
 */
enum ow_early_stamp {
	OW_STAMP_PURGATORY_IN,
	OW_STAMP_PURGATORY_OUT,
	OW_STAMP_EARLY_COUNT
};

struct ow_handover {
	__u64 magic;
	__u32 version;
	__u32 size;		/* of this struct */
	__u32 crc;		/* of all that follows, up to @stamps */
	__u32 generation;		/* of the kernel that sealed it */

	__u64 cookie;		/* ties the fault block to this handover */
	__u64 region_start;	/* the crash region, end exclusive */
	__u64 region_end;
	__u64 elfcorehdr_start;
	__u64 elfcorehdr_size;
	__u64 fault_block;	/* physical address of struct ow_fault_block */
	__u32 fault_block_size;
	__u32 nr_cpus;		/* records behind the fault block's head */

	__u32 tsc_khz;
	__u32 lapic_timer_period;
	__u32 hz;
	__u32 boot_apicid;
	__u64 loops_per_jiffy;
	__u32 nr_ranges;
	__u32 vmcoreinfo_len;

	char release[OW_RELEASE_LEN];
	struct ow_ram_range ranges[OW_MAX_RAM_RANGES];
	char vmcoreinfo[OW_VMCOREINFO_LEN];
	__u32 layout_count;
	__u32 layout_reserved;
	struct ow_layout_entry layout[OW_MAX_LAYOUT];

	__u64 stamps[OW_STAMP_EARLY_COUNT];
};

/* What became of the attempt to leave, decided by the dying kernel. */
enum ow_outcome {
	OW_OUTCOME_NONE = 0,	/* no fault yet, or it never got this far */
	OW_OUTCOME_TAKEOVER = 1,
	OW_OUTCOME_KDUMP = 2,	/* see @reason */
};

enum ow_cpu_flags {
	OW_CPU_ONLINE	= 1 << 0,	/* was online when the kernel died */
	OW_CPU_STOPPED	= 1 << 1,	/* answered the stop */
	OW_CPU_USER	= 1 << 2,	/* was in user mode: @regs are its own */
	OW_CPU_FPU	= 1 << 3,	/* FPU registers went to the task's own area */
	OW_CPU_IN_SWITCH = 1 << 4,	/* inside __switch_to(): bases are next's */
	OW_CPU_GS_UNSURE = 1 << 5,	/* caught between entry and swapgs */
	OW_CPU_PKRU	= 1 << 6,	/* @pkru is valid */
	OW_CPU_CRASHING	= 1 << 7,	/* this CPU carried the panic */
	OW_CPU_PRESENT	= 1 << 8,	/* may sit in dead text, online or not */
	OW_CPU_SYSCALL	= 1 << 9,	/* was entering a call: @regs are its own */
	OW_CPU_INTERRUPT = 1 << 10,	/* the panic was in one, not in the task */
};

/* The registers at the stop, in the order of struct pt_regs. */
struct ow_regs {
	__u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	__u64 ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};

struct ow_cpu_record {
	__u32 flags;		/* enum ow_cpu_flags */
	__u32 apicid;
	__u64 tsc;
	__u64 task;		/* the dead kernel's virtual address of current */
	__s32 pid;
	__s32 tgid;
	char comm[OW_COMM_LEN];
	__u64 fpstate;		/* dead virtual address of the saved FPU area */
	__u32 fpstate_size;
	__u32 pkru;
	__u64 fs_base;
	__u64 gs_base;		/* the user's */
	__u16 fs, gs, ds, es;	/* selectors, the user's */
	__u64 stack;		/* pointer into the task's own stack, 0: unknown */
	struct ow_regs regs;
};

struct ow_fault_block {
	__u64 magic;
	__u32 version;
	__u32 size;		/* of this head and all CPU records */
	__u32 crc;		/* of all that follows, records included */
	__u32 outcome;		/* enum ow_outcome */
	__u64 cookie;
	char reason[OW_REASON_LEN];

	__u32 crashing_cpu;
	__u32 nr_cpus;

	/* All of these belong to the same instant, @tsc_clock. */
	__u64 tsc_clock;
	__u64 mono_ns;
	__u64 boot_ns;
	__u64 real_ns;
	__u64 raw_ns;
	__s32 tai_offset;
	__s32 last_pid;		/* cursor of the PID allocator */
	__u64 jiffies;
	__u32 pid_max;
	__u32 reserved;

	__u64 tsc_fault;		/* the panic reached us */
	__u64 tsc_stopped;	/* all other CPUs stopped */
	__u64 tsc_jump;		/* about to leave */

	struct ow_cpu_record cpus[];
};

#endif /* _LINUX_OTHERWORLD_HANDOVER_H */
