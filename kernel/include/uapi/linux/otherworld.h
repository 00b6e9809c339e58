/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Otherworld: what the kernel and userspace say to each other through
 * /dev/otherworld and /sys/kernel/otherworld/.
 */
#ifndef _UAPI_LINUX_OTHERWORLD_H
#define _UAPI_LINUX_OTHERWORLD_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct otherworld_release - give the dead kernel's memory to this one
 * @region_size: in: size of the next crash region, 0 to keep the present one
 * @region_start: out: where the next crash region lies
 * @released_pages: out: how many page frames came back
 * @withheld_pages: out: dead RAM that stays out of use, this kernel's own
 *	early reservations inside it included
 *
 * The next crash region is taken out of the dead memory before the rest is
 * released, so that it is contiguous whatever happens afterwards.
 * The call waits until every frame is back, and succeeds once per boot.
 * /proc/vmcore is gone after it.
 */
struct otherworld_release {
	__u64 region_size;
	__u64 region_start;
	__u64 released_pages;
	__u64 withheld_pages;
};

/**
 * struct otherworld_region - a larger crash region
 * @size: in: what is wanted; out: what there is
 * @start: out: where it lies
 *
 * For when the release had no place for one. Pages of processes are moved out
 * of the way, and the region that there was goes back. -EBUSY if a kernel is
 * armed there, -ENOSPC if nothing suits.
 */
struct otherworld_region {
	__u64 size;
	__u64 start;
};

/* Moments of the takeover that only userspace can know. */
enum otherworld_stage {
	OTHERWORLD_STAGE_USERSPACE = 0,	/* first instruction of init */
	OTHERWORLD_STAGE_ROOT = 1,	/* root file system mounted */
	OTHERWORLD_STAGE_STORY = 2,	/* the dead kernel's story is kept */
	OTHERWORLD_STAGE_ARMED = 3,	/* next crash kernel armed */
	OTHERWORLD_STAGE_HANDED = 4,	/* init of the machine is about to run */
	OTHERWORLD_STAGE_PROCESSES = 5,	/* all processes stand at the gate */
	OTHERWORLD_STAGE_COUNT
};

#define OTHERWORLD_COMM_LEN	16
#define OTHERWORLD_PATH_LEN	4096
#define OTHERWORLD_TEXT_LEN	160

enum otherworld_process_flags {
	OTHERWORLD_PROCESS_ZOMBIE	= 1 << 0,
	OTHERWORLD_PROCESS_32BIT	= 1 << 1,
	OTHERWORLD_PROCESS_DAMAGED	= 1 << 2, /* @pid and @comm may be wrong */
};

/**
 * struct otherworld_process - one process of the dead kernel
 * @index: in: which one, from 0 on; -ENOENT behind the last
 * @flags: out: enum otherworld_process_flags
 * @task: out: what OTHERWORLD_IOC_BECOME wants
 * @pid: out: its PID; all of these are of the initial PID namespace
 * @ppid: out: its parent's, 0 if there is none
 * @pgid: out: its process group
 * @sid: out: its session
 * @threads: out: how many it has
 * @comm: out: its name
 */
struct otherworld_process {
	__u32 index;
	__u32 flags;
	__u64 task;
	__s32 pid;
	__s32 ppid;
	__s32 pgid;
	__s32 sid;
	__u32 threads;
	__u32 reserved;
	char comm[OTHERWORLD_COMM_LEN];
};

/**
 * struct otherworld_mount - one mount of the dead kernel
 * @index: in: which one, from 0 on, parents before children; -ENOENT behind
 *	the last
 * @flags: out: MS_RDONLY, MS_NOSUID and so on, as mount(2) takes them, of this
 *	mount
 * @major: out: of the device of the file system
 * @minor: out: the same
 * @type: out: the file system's type
 * @source: out: what was mounted
 * @target: out: where, from the root of all mounts
 * @root: out: which directory of the file system
 * @sb_read_only: out: the file system is read-only, by whatever mount
 * @options: out: what the file system was told, where that can be known
 */
struct otherworld_mount {
	__u32 index;
	__u32 flags;
	__u32 major;
	__u32 minor;
	char type[32];
	char source[256];
	char target[OTHERWORLD_PATH_LEN];
	char root[OTHERWORLD_PATH_LEN];
	__u32 sb_read_only;
	char options[256];
};

/**
 * struct otherworld_fill - give a file system in memory its contents back
 * @index: in: a mount of the dead one, as for OTHERWORLD_IOC_MOUNT
 * @fd: in: the root directory of the new one, a tmpfs or devtmpfs; names that
 *	it has already stay, with the dead ones' owners and modes
 * @names: out: how many came back
 * @failed: out: how many did not; verdicts say why
 */
struct otherworld_fill {
	__u32 index;
	__s32 fd;
	__u64 names;
	__u64 failed;
};

/**
 * struct otherworld_sysctl - one of the dead kernel's
 * @index: in: which one, from 0 on; -ENOENT behind the last. Out: which one it
 *	is, as those that the dead kernel did not have are passed over
 * @reserved: 0
 * @name: out: with dots
 * @value: out: as it is to be written to /proc/sys
 */
struct otherworld_sysctl {
	__u32 index;
	__u32 reserved;
	char name[64];
	char value[256];
};

/**
 * struct otherworld_swap - one swap area of the dead kernel
 * @index: in: which one, from 0 on; -ENOENT behind the last
 * @flags: out: as swapon(2) takes them
 * @priority: out: negative if the kernel had chosen it: the lower, the later
 * @is_on: out: it was taken over
 * @path: out: of its file or device, from the root of all mounts
 *
 * If it is not on, the caller's next swapon(2) takes this area over, with all
 * that the dead kernel had in it.
 */
struct otherworld_swap {
	__u32 index;
	__u32 flags;
	__s32 priority;
	__u32 is_on;
	char path[OTHERWORLD_PATH_LEN];
};

/**
 * struct otherworld_settled - how far resurrection is
 * @timeout_ms: in: how long to wait for a change
 * @seen: in: the sum of the two that the caller knows already
 * @arrived: out: processes that stand at the gate, all their threads made
 * @failed: out: processes that were given up
 */
struct otherworld_settled {
	__u32 timeout_ms;
	__u32 seen;
	__u32 arrived;
	__u32 failed;
};

enum otherworld_verdict_grade {
	OTHERWORLD_EXACT = 0,
	OTHERWORLD_DEGRADED = 1,
	OTHERWORLD_LOST = 2,
};

/**
 * struct otherworld_verdict - what became of a process or a part of it
 * @pid: whose; the thread's, where it is about one
 * @grade: enum otherworld_verdict_grade
 * @address: in the dead kernel, 0 if there is none to tell
 * @resource: what: "process", "fd 3", "memory 7f12...-7f13..."
 * @reason: why it is not exact
 *
 * read() on the device gives these, each once, whole ones only.
 */
struct otherworld_verdict {
	__s32 pid;
	__u32 grade;
	__u64 address;
	char resource[OTHERWORLD_TEXT_LEN];
	char reason[OTHERWORLD_TEXT_LEN];
};

#define OTHERWORLD_IOC_MAGIC	0xB9

#define OTHERWORLD_IOC_RELEASE	_IOWR(OTHERWORLD_IOC_MAGIC, 1, \
				      struct otherworld_release)
/* The argument is an enum otherworld_stage; the kernel stamps the time. */
#define OTHERWORLD_IOC_STAGE	_IO(OTHERWORLD_IOC_MAGIC, 2)
#define OTHERWORLD_IOC_PROCESS	_IOWR(OTHERWORLD_IOC_MAGIC, 3, \
				      struct otherworld_process)
#define OTHERWORLD_IOC_MOUNT	_IOWR(OTHERWORLD_IOC_MAGIC, 4, \
				      struct otherworld_mount)
/*
 * The caller, which has one thread and the PID of the dead process, becomes
 * it. The argument points to its task. Returns only if nothing was begun;
 * later failures are as if OTHERWORLD_IOC_LOSE had been asked for.
 */
#define OTHERWORLD_IOC_BECOME	_IOW(OTHERWORLD_IOC_MAGIC, 5, __u64)
#define OTHERWORLD_IOC_SETTLED	_IOWR(OTHERWORLD_IOC_MAGIC, 6, \
				      struct otherworld_settled)
/* Parents, groups and sessions of all that stand at the gate, as they were. */
#define OTHERWORLD_IOC_LINK	_IO(OTHERWORLD_IOC_MAGIC, 7)
/* All go on. */
#define OTHERWORLD_IOC_OPEN_GATE _IO(OTHERWORLD_IOC_MAGIC, 8)
/*
 * Pages of files that the dead kernel had not written yet come back, in all
 * file systems that are mounted by now and were not at an earlier call.
 */
#define OTHERWORLD_IOC_SAVE	_IO(OTHERWORLD_IOC_MAGIC, 9)
#define OTHERWORLD_IOC_FILL	_IOWR(OTHERWORLD_IOC_MAGIC, 10, \
				      struct otherworld_fill)
/* Those that userspace sets, and that should be as they were. */
#define OTHERWORLD_IOC_SYSCTL	_IOWR(OTHERWORLD_IOC_MAGIC, 11, \
				      struct otherworld_sysctl)
#define OTHERWORLD_IOC_SWAP	_IOWR(OTHERWORLD_IOC_MAGIC, 12, \
				      struct otherworld_swap)
#define OTHERWORLD_IOC_REGION	_IOWR(OTHERWORLD_IOC_MAGIC, 13, \
				      struct otherworld_region)
/*
 * The caller, which is like one of OTHERWORLD_IOC_BECOME, stands for a process
 * that does not come back: OTHERWORLD_IOC_LINK kills it in its place, and so its
 * parent is told. Does not return.
 */
#define OTHERWORLD_IOC_LOSE	_IOW(OTHERWORLD_IOC_MAGIC, 14, __u64)
/*
 * The caller, which has one thread, becomes a copy of the process whose PID in
 * the initial namespace is what the caller's is in a namespace of its own.
 * -EAGAIN if one of that process's threads is not stopped, traced or frozen.
 * Nobody's memory is touched but the caller's. Returns only if nothing was
 * begun; a failure later kills the copy, and if there is none it is stopped, as
 * by SIGSTOP, before it has executed one instruction.
 */
#define OTHERWORLD_IOC_COPY	_IO(OTHERWORLD_IOC_MAGIC, 15)

#endif /* _UAPI_LINUX_OTHERWORLD_H */
