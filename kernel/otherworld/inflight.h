/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Otherworld: a system call that the fault interrupted, while it is judged.
 */
#ifndef _OW_INFLIGHT_H
#define _OW_INFLIGHT_H

#include "parse/ow_calls.h"
#include "parse/ow_stack.h"
#include "rebuild.h"
#include "trace.h"

/**
 * struct ow_call - one call
 * @kernel: where it was made
 * @task: by whom
 * @regs: with which arguments; what it returns is put there
 * @resume: what is left to do when the gate is open
 * @c: to read with
 * @number: which call
 * @begun: it was not waiting for anything, but under way
 * @has_stack: @stack is known
 */
struct ow_call {
	const struct ow_kernel *kernel;
	const struct ow_task *task;
	struct pt_regs *regs;
	struct ow_resume *resume;
	struct ow_cursor c;
	unsigned int number;
	bool begun, has_stack;
	struct ow_stack stack;
};

/* It is over. */
void ow_call_return(struct ow_call *call, long result);
/*
 * It goes on as if a signal had come: with -ERESTARTNOINTR it is run again,
 * with the others after what pending signals ask for.
 */
void ow_call_restart(struct ow_call *call, long code);
/* Whether it was done nobody knows. */
void ow_call_doubt(struct ow_call *call, const char *why);
/* Whether the CPU was within a function, by its begin and its end. */
bool ow_call_within(struct ow_call *call, enum ow_fact begin,
		    enum ow_fact end);
/*
 * An object that nothing names but the thread itself: whether @is_it holds for
 * some word of its stack or of its registers. Of words that may be one's address
 * only: most are no address at all.
 */
typedef bool (*ow_word_fn)(struct ow_call *call, struct ow_virt word,
			   void *priv);
bool ow_call_search(struct ow_call *call, ow_word_fn is_it, void *priv);

/* inflight_wait.c: those that wait, some for a limited time. */
void ow_settle_sleep(struct ow_call *call);
void ow_settle_poll(struct ow_call *call);
void ow_settle_select(struct ow_call *call);
void ow_settle_epoll(struct ow_call *call);
void ow_settle_sigwait(struct ow_call *call);
void ow_settle_futex(struct ow_call *call);
void ow_settle_restart(struct ow_call *call);

/* inflight_files.c: those whose progress shows in files. */
void ow_settle_read(struct ow_call *call);
void ow_settle_write(struct ow_call *call);
void ow_settle_seek(struct ow_call *call);
void ow_settle_close(struct ow_call *call);

/* inflight_names.c: those whose progress shows in names. */
void ow_settle_open(struct ow_call *call);
void ow_settle_name(struct ow_call *call);

/* inflight_links.c: what was done to names and not yet to inodes. */
#ifdef CONFIG_EXT4_FS
/* A name that is gone. */
void ow_settle_removed(struct ow_call *call, const char __user *name);
/* A name of another file now; @half: the older name is still there. */
void ow_settle_replaced(struct ow_call *call, const char __user *old,
			const char __user *new, bool half);
/* A name that was to be made and is not there. */
void ow_settle_unmade(struct ow_call *call);
#else
static inline void ow_settle_removed(struct ow_call *call,
				     const char __user *name) { }
static inline void ow_settle_replaced(struct ow_call *call,
				      const char __user *old,
				      const char __user *new, bool half) { }
static inline void ow_settle_unmade(struct ow_call *call) { }
#endif

/* inflight_kin.c: those whose progress shows in other tasks. */
void ow_settle_signal(struct ow_call *call);
void ow_settle_fork(struct ow_call *call);
void ow_settle_reap(struct ow_call *call);

/* exec.c */
void ow_settle_exec(struct ow_call *call);
/* Of a process that was made to begin anew: false if it had not begun. */
bool ow_settle_kernel_exec(struct ow_call *call);

#endif /* _OW_INFLIGHT_H */
