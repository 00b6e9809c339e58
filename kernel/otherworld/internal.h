/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Otherworld: what its files say to each other, and to nobody else.
 */
#ifndef _OW_INTERNAL_H
#define _OW_INTERNAL_H

#include <linux/otherworld.h>
#include <linux/otherworld_handover.h>
#include <linux/range.h>
#include <linux/types.h>
#include <uapi/linux/otherworld.h>

#include "parse/ow_cause.h"
#include "parse/ow_layout.h"

struct kimage;
struct ow_memory;
struct pt_regs;
struct restart_block;

/*
 * PIDs from here on are withheld from userspace, so that no kernel thread of
 * a crash kernel ever sits on the PID of a process it is to resurrect.
 */
#define OW_PARKED_PIDS	65536

/* --- The main kernel: layout.c, seal.c, fault.c, cpu_state.c -------------- */

extern struct ow_layout_entry ow_layout[OW_FACT_COUNT];
/* Of OW_HIDDEN fields, by their owners. */
extern const unsigned int ow_offset_seccomp_filter_prev;
extern const unsigned int ow_offset_seccomp_filter_prog;
extern const unsigned int ow_offset_pts_fs_info_mount_opts;
extern const unsigned int ow_offset_pts_mount_opts_setuid;
extern const unsigned int ow_offset_pts_mount_opts_setgid;
extern const unsigned int ow_offset_pts_mount_opts_uid;
extern const unsigned int ow_offset_pts_mount_opts_gid;
extern const unsigned int ow_offset_pts_mount_opts_mode;
extern const unsigned int ow_offset_pts_mount_opts_ptmxmode;

bool ow_armed(void);
/* False if purgatory is no longer what was loaded. */
bool ow_purgatory_intact(const struct kimage *image);
u64 ow_armed_cookie(void);

/* Where the dying kernel writes; made at boot, sealed by address. */
extern struct ow_fault_block *ow_last_words;
extern size_t ow_last_words_size;

void ow_save_cpu_state(struct ow_cpu_record *record, struct pt_regs *regs);
/* Its state is saved, all of it. */
bool ow_has_stopped(unsigned int cpu);
/* In the interrupt or NMI that stops a CPU other than the panicking one. */
void ow_save_stopped_cpu(unsigned int cpu, struct pt_regs *regs);
/* Those that do not comply are stopped by NMI. */
void ow_ask_others_to_stop(void);

static inline void __noreturn ow_halt(void)
{
	for (;;)
		asm volatile("cli; hlt" : : : "memory");
}

/* Places in entry_64.S. */
extern unsigned char entry_SYSCALL_64_after_hwframe[];
extern unsigned char swapgs_restore_regs_and_return_to_usermode[];
extern unsigned char native_irq_return_iret[];
/* The user's registers on the way in: OW_CPU_USER, OW_CPU_SYSCALL, or 0. */
u32 ow_user_regs_in_entry(struct ow_regs *user, const struct pt_regs *regs);

/* What tells a file of the device from others: dev.c. */
extern const struct file_operations ow_fops;

/* What a restart block names, see inflight_wait.c. */
long ow_restart_wait(struct restart_block *restart);

/* --- The crash kernel, while it boots: early.c, clock.c, pids.c ---------- */

/* RAM of the dead kernel that this one does not live in, in no order. */
extern struct range ow_dead_ram[];
extern unsigned int ow_dead_ram_count;

/* Checked copies of both blocks, valid while ow_successor is true. */
extern struct ow_handover *ow_dead;
extern struct ow_fault_block *ow_dead_fault;

void __init ow_clock_start(const struct ow_handover *dead,
			   const struct ow_fault_block *fault);
void __init ow_clock_set_jiffies(void);
/* jiffies as they would be if no tick had been lost until @mono_ns. */
u64 ow_due_jiffies(u64 mono_ns);
void ow_unpark_pids(void);

/* --- State: state.c, cause.c --------------------------------------------- */

enum ow_stage {
	OW_STAGE_KERNEL,
	OW_STAGE_SMP,
	OW_STAGE_INIT,
	OW_STAGE_RELEASE_START,
	OW_STAGE_RELEASE_END,
	OW_STAGE_USER,		/* the first of enum otherworld_stage */
	OW_STAGE_COUNT = OW_STAGE_USER + OTHERWORLD_STAGE_COUNT
};

/* Why this crash kernel is but a kdump kernel; "" if it is not. */
extern char ow_reason[OW_REASON_LEN];
/* This kernel's own number. */
extern u32 ow_generation;

void ow_stamp(enum ow_stage stage);
u64 ow_stamp_at(enum ow_stage stage);
/* Reading dead memory while it is still there. */
extern const struct ow_memory ow_dead_memory;
/* One line, found in the dead kernel's log when first asked for. */
const char *ow_cause_of_death(void);
enum ow_cause_kind ow_cause_kind_of_death(void);

/* --- Memory: release.c ---------------------------------------------------- */

int ow_release(struct otherworld_release *request);
int ow_prepare_region(struct otherworld_region *region);
bool ow_released(void);

/* --- The next crash region: region.c -------------------------------------- */

/* As it is rounded. */
u64 ow_region_size(u64 size);

/**
 * struct ow_next_region - where the next crash kernel will live
 * @start: physical address
 * @size: rounded
 * @held: pages of processes are in it yet
 */
struct ow_next_region {
	u64 start;
	u64 size;
	bool held;
};

/*
 * A place for ->size bytes, before dead RAM is released; the other members are
 * out, and all of them if a place had been chosen. -ENOSPC if there is none.
 * Once all else is released, settle there; if that fails, the place is memory
 * like any other.
 */
int ow_choose_region(struct ow_next_region *next);
int ow_settle_region(struct ow_next_region *next);
/* A larger region than the one there is, in a machine that is whole again. */
int ow_grow_region(struct otherworld_region *region);

/* --- Testing: damage.c ------------------------------------------------------ */

void ow_provoke_damage(void);

#endif /* _OW_INTERNAL_H */
