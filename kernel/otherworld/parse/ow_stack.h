/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel stack of a dead thread tells of the call it was in.
 */
#ifndef _OW_STACK_H
#define _OW_STACK_H

#include "ow_task.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct ow_stack - the part of a kernel stack that was in use
 * @start: the stack pointer
 * @end: where the user's registers begin
 */
struct ow_stack {
	struct ow_virt start, end;
};

/**
 * ow_stack_init() - find it
 * @c: latches what goes wrong
 * @task: whose
 * @sp: the stack pointer of a thread that was running, or 0
 * @stack: what to fill in
 *
 * False if nothing is known of it: the thread ran on another stack, say.
 */
bool ow_stack_init(struct ow_cursor *c, const struct ow_task *task, u64 sp,
		   struct ow_stack *stack);

/* Aligned, and where objects of the kernel are: most words are neither. */
bool ow_may_be_object(struct ow_cursor *c, struct ow_virt word);

/* The first word of at least @low and less than @high, or 0. */
struct ow_virt ow_stack_find(struct ow_cursor *c, const struct ow_stack *stack,
			     u64 low, u64 high);

struct ow_sleeper {
	u64 expires;		/* as it was asked for, without slack */
	s32 clock;
};

/* The timer that a thread sleeps by, or slept by until it fired. */
bool ow_stack_sleeper(struct ow_cursor *c, const struct ow_stack *stack,
		      struct ow_sleeper *sleeper);

enum ow_futex_wait {
	OW_FUTEX_NONE,
	OW_FUTEX_WAITS,
	OW_FUTEX_WOKEN,
};

/* Whether a thread waits for a futex. */
enum ow_futex_wait ow_stack_futex(struct ow_cursor *c,
				  const struct ow_task *task,
				  const struct ow_stack *stack);

#ifdef __cplusplus
}
#endif

#endif /* _OW_STACK_H */
