// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Dead stacks
 *
 * A thread that sleeps keeps on its kernel stack what the sleep is about: the
 * timer, and its place in a futex's queue. Both name a function that nothing
 * else names, and are found by it. The innermost is the right one; below the
 * stack pointer, where older ones may lie, nobody looks.
 */
#include "ow_stack.h"

#define OW_STACK_CHUNK	32
/* The clocks that a timer can go by: CLOCK_REALTIME to CLOCK_TAI. */
#define OW_CLOCK_MAX	11

bool ow_stack_init(struct ow_cursor *c, const struct ow_task *task, u64 sp,
		   struct ow_stack *stack)
{
	u64 low = task->stack.a;
	u64 high = low + ow_const(c, OW_C_THREAD_SIZE) -
		   ow_const(c, OW_S_pt_regs);

	if (!task->on_cpu)
		sp = ow_get(c, task->at, OW_F_task_struct_thread_sp);
	if (!ow_cursor_ok(c) || sp < low || sp > high)
		return false;
	stack->start = ow_virt_at((sp + 7) & ~7ULL);
	stack->end = ow_virt_at(high);
	return true;
}

bool ow_may_be_object(struct ow_cursor *c, struct ow_virt word)
{
	return word.a >= ow_const(c, OW_C_OW_DIRECT_MAP) &&
	       !(word.a % sizeof(u64));
}

struct ow_virt ow_stack_find(struct ow_cursor *c, const struct ow_stack *stack,
			     u64 low, u64 high)
{
	u64 words[OW_STACK_CHUNK];
	struct ow_virt at = stack->start;
	unsigned int i, count;

	while (at.a < stack->end.a) {
		count = (stack->end.a - at.a) / sizeof(u64);
		if (!count)
			break;
		if (count > OW_STACK_CHUNK)
			count = OW_STACK_CHUNK;
		if (!ow_get_memory(c, at, words, count * sizeof(u64)))
			break;
		for (i = 0; i < count; i++)
			if (words[i] >= low && words[i] < high)
				return ow_virt_add(at, i * sizeof(u64));
		at = ow_virt_add(at, count * sizeof(u64));
	}
	return ow_virt_at(0);
}

static struct ow_virt ow_stack_object(struct ow_cursor *c,
				      const struct ow_stack *stack,
				      enum ow_fact function,
				      enum ow_fact field)
{
	u64 address = ow_const(c, function);
	struct ow_virt at = ow_stack_find(c, stack, address, address + 1);

	return at.a ? ow_object_of(c, at, field) : at;
}

bool ow_stack_sleeper(struct ow_cursor *c, const struct ow_stack *stack,
		      struct ow_sleeper *sleeper)
{
	struct ow_virt timer = ow_stack_object(c, stack, OW_A_hrtimer_wakeup,
					       OW_F_hrtimer_function);
	struct ow_virt base;

	if (!timer.a)
		return false;
	sleeper->expires = ow_get(c, timer, OW_F_hrtimer__softexpires);
	base = ow_get_ptr(c, timer, OW_F_hrtimer_base);
	sleeper->clock = ow_get(c, base, OW_F_hrtimer_clock_base_clockid);
	return ow_cursor_ok(c) && sleeper->clock >= 0 &&
	       sleeper->clock <= OW_CLOCK_MAX && (s64)sleeper->expires >= 0;
}

enum ow_futex_wait ow_stack_futex(struct ow_cursor *c,
				  const struct ow_task *task,
				  const struct ow_stack *stack)
{
	struct ow_virt q = ow_stack_object(c, stack, OW_A_futex_wake_mark,
					   OW_F_futex_q_wake);
	u64 lock;

	/* It names the thread from when it was queued on. */
	if (!q.a || ow_get(c, q, OW_F_futex_q_task) != task->at.a)
		return OW_FUTEX_NONE;
	lock = ow_get(c, q, OW_F_futex_q_lock_ptr);
	if (!ow_cursor_ok(c))
		return OW_FUTEX_NONE;
	return lock ? OW_FUTEX_WAITS : OW_FUTEX_WOKEN;
}
