/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dead tasks: who there was, and what each of them is apart from its memory
 * and its files.
 */
#ifndef _OW_TASK_H
#define _OW_TASK_H

#include "ow_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OW_COMM_SIZE	16
#define OW_RLIMITS	16
#define OW_NSIG		64
/* More groups than this in a cred are refused. */
#define OW_GROUPS_MAX	65536
#define OW_CPUMASK_WORDS 128

/**
 * struct ow_task - one thread
 * @at: its task_struct
 *
 * The other fields have the names and meanings they have in the kernel.
 * Addresses of user memory are plain numbers.
 */
struct ow_task {
	struct ow_virt at;
	s32 pid, tgid;
	char comm[OW_COMM_SIZE];
	u32 state;
	u32 flags;
	u32 exit_state;
	s32 exit_code, exit_signal, pdeath_signal;
	u64 jobctl;
	u32 personality;
	u64 atomic_flags;
	u64 ti_flags;
	bool on_cpu;
	u32 ptrace;

	struct ow_virt leader, real_parent, parent;
	struct ow_virt mm, fs, files, nsproxy, signal, sighand, cred, stack;
	struct ow_virt vfork_done;
	struct ow_virt mempolicy, seccomp_filter;
	u32 seccomp_mode;
	u32 ioprio;
	bool dispatches;	/* system calls to itself, but those from here: */
	u64 dispatch_offset, dispatch_len, dispatch_selector;
	bool has_login;
	u32 loginuid;
	u64 slice; /* 0: the kernel chooses */
	u64 dl_runtime, dl_deadline, dl_period;
	struct ow_virt user_cpus;

	u32 policy;
	s32 static_prio;
	u32 rt_priority;
	bool reset_on_fork;

	u64 set_child_tid, clear_child_tid, robust_list;
	u64 rseq;
	u32 rseq_len, rseq_sig;
	u64 blocked, real_blocked, saved_sigmask;
	bool restore_sigmask;
	u64 sas_ss_sp, sas_ss_size;
	u32 sas_ss_flags;
	u64 timer_slack_ns, default_timer_slack_ns;

	u64 utime, stime, gtime, sum_exec_runtime;
	u64 prev_utime, prev_stime;	/* as they were last told */
	u64 nvcsw, nivcsw, min_flt, maj_flt;
	u64 start_time, start_boottime;

	u64 fsbase, gsbase;
	u32 fsindex, gsindex, ds, es, pkru;
	struct ow_virt fpstate;
};

/* What getpid() says in it, in whatever PID namespace. */
s32 ow_task_own_pid(struct ow_cursor *c, const struct ow_task *task);

bool ow_task_is_kernel(struct ow_cursor *c, const struct ow_task *task);
bool ow_task_is_32bit(struct ow_cursor *c, const struct ow_task *task);
bool ow_task_is_zombie(struct ow_cursor *c, const struct ow_task *task);
/* A zombie, or on the way to be one. */
bool ow_task_is_gone(struct ow_cursor *c, const struct ow_task *task);

/* Read one. False, with @c saying why, if it is damaged. */
bool ow_task_read(struct ow_cursor *c, struct ow_virt at,
		  struct ow_task *task);

/* What a callback of a walk returns to be called again. */
#define OW_GO_ON	0

/**
 * ow_processes_walk() - each process of the dead kernel, by its leader
 * @kernel: which kernel
 * @each: called with the address of each leader; other than OW_GO_ON ends it
 * @priv: for @each
 * @why: filled in when the list is damaged; the walk went on from its other
 *	end, so only what lies between two damaged places was missed
 *
 * Returns what @each did, or OW_GO_ON. The idle task is not among them.
 */
int ow_processes_walk(const struct ow_kernel *kernel,
		      int (*each)(void *priv, struct ow_virt task), void *priv,
		      struct ow_fault_info *why);

/* The same for each thread of a process, its leader included. */
int ow_threads_walk(const struct ow_kernel *kernel, struct ow_virt signal,
		    int (*each)(void *priv, struct ow_virt task), void *priv,
		    struct ow_fault_info *why);

/**
 * ow_process_body() - a thread that has what its process consists of
 * @kernel: which kernel
 * @leader: the process's; it may have exited while other threads went on
 * @body: a thread with memory that was not exiting; the leader, if it can be
 *
 * False if there is none.
 */
bool ow_process_body(const struct ow_kernel *kernel,
		     const struct ow_task *leader, struct ow_task *body);

struct ow_rlimit {
	u64 cur, max;
};

/* What the threads of a process share besides memory, files and handlers. */
struct ow_signal {
	struct ow_virt at;
	u32 nr_threads;
	u32 flags;
	s32 group_exit_code, group_stop_count;
	bool is_child_subreaper, has_child_subreaper;
	bool leader;
	s32 pgid, sid;
	struct ow_virt tty;
	u64 utime, stime, cutime, cstime, sum_sched_runtime;
	u64 prev_utime, prev_stime;
	u64 maxrss, cmaxrss;
	struct ow_rlimit rlim[OW_RLIMITS];
	s32 oom_score_adj, oom_score_adj_min;
};

bool ow_signal_read(struct ow_cursor *c, struct ow_virt at,
		    struct ow_signal *signal);

struct ow_sigaction {
	u64 handler, flags, restorer, mask;
};

/* @sig counts from 1. */
bool ow_sigaction_read(struct ow_cursor *c, struct ow_virt sighand, int sig,
		       struct ow_sigaction *action);

struct ow_cred {
	struct ow_virt at;
	u32 uid, gid, suid, sgid, euid, egid, fsuid, fsgid;
	u32 securebits;
	u64 cap_inheritable, cap_permitted, cap_effective, cap_bset;
	u64 cap_ambient;
	bool init_user_ns;
	struct ow_virt group_info;
	u32 ngroups;
};

bool ow_cred_read(struct ow_cursor *c, struct ow_virt at,
		  struct ow_cred *cred);
u32 ow_cred_group(struct ow_cursor *c, const struct ow_cred *cred,
		  unsigned int index);

/* The registers a task left user mode with, in the order of struct pt_regs. */
#define OW_REG_COUNT	21
bool ow_user_regs_read(struct ow_cursor *c, const struct ow_task *task,
		       u64 regs[OW_REG_COUNT]);

#ifdef __cplusplus
}
#endif

#endif /* _OW_TASK_H */
