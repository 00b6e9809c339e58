/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Otherworld: which calls a dead thread's kernel stack consists of.
 */
#ifndef _OW_TRACE_H
#define _OW_TRACE_H

#include <asm/orc_types.h>

#include "rebuild.h"

/* What this kernel unwinds its stacks by, made when it was linked. */
extern int __start_orc_unwind_ip[];
extern int __stop_orc_unwind_ip[];
extern struct orc_entry __start_orc_unwind[];

/* Its table of system calls knows them, and no header does. */
long __x64_sys_rt_sigtimedwait(const struct pt_regs *regs);

#define OW_FRAMES_MAX	64

/**
 * struct ow_stack_frame - one function that had been called and had not returned
 * @ip: where in it, in this kernel
 * @start: the lowest address of its part of the stack
 * @end: behind that
 */
struct ow_stack_frame {
	unsigned long ip;
	u64 start, end;
};

/**
 * struct ow_trace - the innermost is the first
 * @moved: how much higher the dead kernel was
 * @own: the innermost frame that is not of an interrupt or exception
 * @has_regs: what the registers were there is known, as it was on a CPU
 * @regs: these
 * @count: how many frames follow
 * @frames: up to the outermost, or to where it could not be told any more
 */
struct ow_trace {
	u64 moved;
	unsigned int own;
	bool has_regs;
	struct ow_regs regs;
	unsigned int count;
	struct ow_stack_frame frames[OW_FRAMES_MAX];
};

/* NULL if nothing can be said: it was another build of the kernel, say. */
struct ow_trace *ow_trace_new(const struct ow_kernel *kernel,
			      const struct ow_task *task);
void ow_trace_free(struct ow_trace *trace);
/* Whether any is between two addresses of the dead kernel. */
bool ow_trace_within(const struct ow_trace *trace, u64 low, u64 high);
/* Which frame is that of a function of this kernel, or -1. */
int ow_trace_find(const struct ow_trace *trace, void *function);
/* The same, looking at that frame only. */
bool ow_trace_is(const struct ow_trace *trace, int frame, void *function);
/* Whether a register had @value in the innermost frame that is the task's own. */
bool ow_trace_holds(const struct ow_trace *trace, u64 value);

#endif /* _OW_TRACE_H */
