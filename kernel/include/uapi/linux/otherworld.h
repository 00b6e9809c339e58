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
 * @region_size: in: size of the next crash region, 0 to keep the present one,
 *	unless a place has been chosen; out: as it is, 0 if what is in the way
 *	could not be moved
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
 * struct otherworld_region - where the next crash kernel shall live
 * @size: in: what is wanted; out: what there is
 * @start: out: where it lies
 *
 * Before OTHERWORLD_IOC_RELEASE a place is chosen, best while all processes
 * stand at the gate; the release keeps to it. After it, for when there was no
 * place or too little, pages of processes are moved out of the way, and the
 * region that there was goes back: -EBUSY if a kernel is armed there. -ENOSPC if
 * nothing suits.
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
 * @pid: the process's, 0 for the machine
 * @grade: enum otherworld_verdict_grade
 * @address: in the dead kernel, 0 if there is none to tell
 * @resource: what: "process", "fd 3", "memory 7f12...-7f13...",
 *	"thread 117: system call"
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

/* --- The pact: what an application asks for ---------------------------------- */

/*
 * mmap() of one page of the device, private, readable and writable, from offset
 * 0 on, gives a page of the process's own; any process may. A child finds it
 * empty after fork(), a program that is executed has none. Whatever is written
 * there is a plain store, that a resurrection reads. Nothing else does.
 */

#define OTHERWORLD_PACT_MAGIC	0x7463617077744fULL
#define OTHERWORLD_PACT_VERSION	1
#define OTHERWORLD_GROUP_LEN	128

/* What becomes of a process: the later, the severer. */
enum otherworld_action {
	OTHERWORLD_ACTION_CONTINUE = 0,	/* where it stood */
	OTHERWORLD_ACTION_PROCEDURE = 1, /* its crash procedure first */
	OTHERWORLD_ACTION_HOT_RESTART = 2, /* the same program file, anew */
	OTHERWORLD_ACTION_RELOAD = 3,	/* what its path names by now, anew */
	OTHERWORLD_ACTION_TERMINATE = 4,
	OTHERWORLD_ACTION_COUNT
};

/**
 * struct otherworld_pact_copy - one of two, of which one is whole at any time
 * @checksum: XXH64 with the seed 0 over all that follows, to the end
 * @sequence: the higher, the newer
 * @procedure: address of the crash procedure, 0 if there is none; it is entered
 *	as a signal handler with three arguments: 0, a siginfo that says nothing,
 *	and the ucontext that OTHERWORLD_IOC_PROCEDURE_END wants back
 * @stack: lowest address of its stack
 * @stack_size: of that
 * @action: enum otherworld_action: what it wishes for, if no policy says else
 * @limit_ms: how long its crash procedure may take, 0 for what the policy says
 * @group: its restart group, "" if it has joined none; ends with a 0
 */
struct otherworld_pact_copy {
	__u64 checksum;
	__u64 sequence;
	__u64 procedure;
	__u64 stack;
	__u64 stack_size;
	__u32 action;
	__u32 limit_ms;
	char group[OTHERWORLD_GROUP_LEN];
};

/**
 * struct otherworld_running - a crash procedure that has been entered
 * @tid: the thread's, as gettid() says; 0 if none runs
 * @dispatches: it did so with its system calls, but the procedure's are not its own
 * @ucontext: where what was interrupted is saved
 * @call: the system call that was interrupted, -1 if it was none
 */
struct otherworld_running {
	__s32 tid;
	__u32 dispatches;
	__u64 ucontext;
	__s64 call;
};

/**
 * struct otherworld_pact - the page, from its beginning
 * @magic: OTHERWORLD_PACT_MAGIC
 * @version: OTHERWORLD_PACT_VERSION
 * @pid: what getpid() says: a page of another is not valid
 * @copies: whoever changes it writes the older one, its checksum last
 * @running: the kernel's own, for the kernel after it
 */
struct otherworld_pact {
	__u64 magic;
	__u32 version;
	__s32 pid;
	struct otherworld_pact_copy copies[2];
	struct otherworld_running running;
};

enum otherworld_pact_state {
	OTHERWORLD_PACT_NONE = 0,	/* there is no such page, or an empty one */
	OTHERWORLD_PACT_VALID = 1,
	OTHERWORLD_PACT_TORN = 2,	/* no whole copy in it */
	OTHERWORLD_PACT_FOREIGN = 3,	/* another version, or another process's */
};

/**
 * struct otherworld_pact_of - what a process has asked for
 * @pid: in: which process, in the initial PID namespace
 * @state: out: enum otherworld_pact_state
 * @has_procedure: out: it has a crash procedure
 * @action: out: as in struct otherworld_pact_copy, if it is valid
 * @limit_ms: out: the same
 * @uid: out: its effective user
 * @running: out: its crash procedure has been entered and not ended
 * @reserved: 0
 * @group: out: the same
 */
struct otherworld_pact_of {
	__s32 pid;
	__u32 state;
	__u32 has_procedure;
	__u32 action;
	__u32 limit_ms;
	__u32 uid;
	__u32 running;
	__u32 reserved;
	char group[OTHERWORLD_GROUP_LEN];
};

/**
 * struct otherworld_decision - what shall become of a process at the gate
 * @pid: which, in the initial PID namespace
 * @action: enum otherworld_action; if there is no crash procedure, and it is
 *	OTHERWORLD_ACTION_PROCEDURE, it continues
 *
 * Of what nothing is decided continues. Also for one whose crash procedure runs
 * or has failed. One that was in its crash procedure when the kernel died goes
 * on with that, whatever is decided now.
 */
struct otherworld_decision {
	__s32 pid;
	__u32 action;
};

enum otherworld_procedure_state {
	OTHERWORLD_PROCEDURE_NONE = 0,		/* never had one */
	OTHERWORLD_PROCEDURE_RUNNING = 1,
	OTHERWORLD_PROCEDURE_CONTINUED = 2,	/* the process goes on */
	OTHERWORLD_PROCEDURE_RESTARTED = 3,	/* it executed a program */
	OTHERWORLD_PROCEDURE_EXITED = 4,
	OTHERWORLD_PROCEDURE_FAILED = 5,	/* it said so; waits for a decision */
	OTHERWORLD_PROCEDURE_REFUSED = 6,	/* it could not be entered */
};

/* A bit for each state after which nothing more is decided about a process. */
#define OTHERWORLD_PROCEDURE_OVER			\
	(1U << OTHERWORLD_PROCEDURE_CONTINUED |		\
	 1U << OTHERWORLD_PROCEDURE_RESTARTED |		\
	 1U << OTHERWORLD_PROCEDURE_EXITED |		\
	 1U << OTHERWORLD_PROCEDURE_REFUSED)

/**
 * struct otherworld_procedure - how a crash procedure fares
 * @pid: in: whose
 * @timeout_ms: in: how long to wait until it no longer runs
 * @state: out: enum otherworld_procedure_state
 * @reserved: 0
 * @nanoseconds: out: how long it took, or has taken
 */
struct otherworld_procedure {
	__s32 pid;
	__u32 timeout_ms;
	__u32 state;
	__u32 reserved;
	__u64 nanoseconds;
};

/* How a crash procedure ends by itself, other than by execve() or exit(). */
enum otherworld_answer {
	OTHERWORLD_ANSWER_CONTINUE = 0,	/* where it was interrupted */
	OTHERWORLD_ANSWER_FAILED = 1,	/* the next severer action, please */
};

/**
 * struct otherworld_end - the end of the caller's crash procedure
 * @ucontext: the third argument it was entered with
 * @answer: enum otherworld_answer
 * @reserved: 0
 */
struct otherworld_end {
	__u64 ucontext;
	__u32 answer;
	__u32 reserved;
};

/**
 * struct otherworld_outcome - what the last takeover did to the caller
 * @verdicts: in: where those go that are about it, threads and all
 * @count: in: for how many there is room; out: how many there are
 * @generation: out: of this kernel
 * @outage_ns: out: from the fault to the gate's opening, 0 if there was none
 * @resurrected: out: the caller is a process that came back
 */
struct otherworld_outcome {
	__u64 verdicts;
	__u32 count;
	__u32 resurrected;
	__u64 generation;
	__u64 outage_ns;
};

/* What OTHERWORLD_IOC_EVENT waits for. */
enum otherworld_event_kind {
	OTHERWORLD_EVENT_TAKEOVER = 0,	/* there was one */
	OTHERWORLD_EVENT_RESTARTED = 1,	/* a restart group was */
};

/**
 * struct otherworld_event - what all may know
 * @sequence: in: the last one that the caller knows, 0 for none; out: of this
 *	one. They begin with 1 in every generation.
 * @generation: in: in which that was; out: of this one
 * @kind: out: enum otherworld_event_kind
 * @action: out: enum otherworld_action, of a group
 * @group: out: which
 *
 * -EAGAIN if there is none yet; poll() on the device says when there is one
 * that was not yet given through that descriptor.
 */
struct otherworld_event {
	__u64 sequence;
	__u64 generation;
	__u32 kind;
	__u32 action;
	char group[OTHERWORLD_GROUP_LEN];
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
/* Of any process, by whom CAP_SYS_BOOT allows it. */
#define OTHERWORLD_IOC_PACT	_IOWR(OTHERWORLD_IOC_MAGIC, 16, \
				      struct otherworld_pact_of)
/* Once all processes stand at the gate. */
#define OTHERWORLD_IOC_DECIDE	_IOW(OTHERWORLD_IOC_MAGIC, 17, \
				     struct otherworld_decision)
#define OTHERWORLD_IOC_PROCEDURE _IOWR(OTHERWORLD_IOC_MAGIC, 18, \
				       struct otherworld_procedure)
/* A group was restarted: the kernel tells whoever asks, see the next ones. */
#define OTHERWORLD_IOC_ANNOUNCE	_IOW(OTHERWORLD_IOC_MAGIC, 19, \
				     struct otherworld_event)

/* For any process, about itself. */
#define OTHERWORLD_IOC_PROCEDURE_END _IOW(OTHERWORLD_IOC_MAGIC, 20, \
					  struct otherworld_end)
#define OTHERWORLD_IOC_OUTCOME	_IOWR(OTHERWORLD_IOC_MAGIC, 21, \
				      struct otherworld_outcome)
#define OTHERWORLD_IOC_EVENT	_IOWR(OTHERWORLD_IOC_MAGIC, 22, \
				      struct otherworld_event)

#endif /* _UAPI_LINUX_OTHERWORLD_H */
