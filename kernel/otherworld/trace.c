// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: which calls a dead thread's kernel stack consists of.
 */

/**
 * DOC: Frames
 *
 * A word on a stack that looks like a return address may be left over from a
 * call that is long over. Which ones are real is told by the tables that this
 * kernel unwinds its own stacks by: they are the dead one's as well, if it was
 * the same build, and differ only in the address that it was loaded at.
 *
 * As everywhere else nothing is taken for granted: each step reads dead memory
 * with checks, there is a fixed number of them, and a step that makes no sense
 * ends the trace.
 */

#include <linux/kallsyms.h>
#include <linux/panic.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <asm/ptrace.h>
#include <asm/switch_to.h>

#include "trace.h"

/**
 * struct ow_unwind - a step on the way
 * @c: to read with
 * @moved: how much higher the dead kernel was
 * @ip: where in a function, in this kernel
 * @exact: that is an instruction that was interrupted, not one behind a call
 * @sp: the stack pointer there
 * @bp: and this register
 * @regs: where all registers are, or 0
 */
struct ow_unwind {
	struct ow_cursor c;
	u64 moved;
	unsigned long ip;
	bool exact;
	u64 sp, bp, regs;
};

static unsigned long ow_orc_ip(const int *at)
{
	return (unsigned long)at + *at;
}

/* The last entry that is not behind @ip. */
static const struct orc_entry *ow_orc_find(unsigned long ip)
{
	unsigned int low = 0, high = __stop_orc_unwind_ip -
				     __start_orc_unwind_ip;

	while (high - low > 1) {
		unsigned int middle = low + (high - low) / 2;

		if (ow_orc_ip(__start_orc_unwind_ip + middle) <= ip)
			low = middle;
		else
			high = middle;
	}
	return __start_orc_unwind + low;
}

static const struct orc_entry *ow_orc_at(const struct ow_unwind *u)
{
	/* Behind a call that does not return another function may begin. */
	return ow_orc_find(u->exact ? u->ip : u->ip - 1);
}

static u64 ow_unwind_word(struct ow_unwind *u, u64 at)
{
	return ow_get_word(&u->c, ow_virt_at(at));
}

static u64 ow_unwind_reg(struct ow_unwind *u, size_t offset)
{
	if (!u->regs)
		ow_cursor_fail(&u->c, OW_MISSING, ow_virt_at(u->sp),
			       "registers for a frame");
	return ow_unwind_word(u, u->regs + offset);
}

/* The end of the frame: what the stack pointer is when it is gone. */
static u64 ow_frame_end(struct ow_unwind *u, const struct orc_entry *orc)
{
	switch (orc->sp_reg) {
	case ORC_REG_SP:
		return u->sp + orc->sp_offset;
	case ORC_REG_BP:
		return u->bp + orc->sp_offset;
	case ORC_REG_SP_INDIRECT:
		return ow_unwind_word(u, u->sp) + orc->sp_offset;
	case ORC_REG_BP_INDIRECT:
		return ow_unwind_word(u, u->bp + orc->sp_offset);
	case ORC_REG_R10:
		return ow_unwind_reg(u, offsetof(struct pt_regs, r10));
	case ORC_REG_R13:
		return ow_unwind_reg(u, offsetof(struct pt_regs, r13));
	case ORC_REG_DI:
		return ow_unwind_reg(u, offsetof(struct pt_regs, di));
	case ORC_REG_DX:
		return ow_unwind_reg(u, offsetof(struct pt_regs, dx));
	}
	ow_cursor_fail(&u->c, OW_BAD_DATA, ow_virt_at(u->sp), "a frame");
	return 0;
}

static void ow_unwind_bp(struct ow_unwind *u, const struct orc_entry *orc,
			 u64 end)
{
	switch (orc->bp_reg) {
	case ORC_REG_PREV_SP:
		u->bp = ow_unwind_word(u, end + orc->bp_offset);
		break;
	case ORC_REG_BP:
		u->bp = ow_unwind_word(u, u->bp + orc->bp_offset);
		break;
	default:
		if (u->regs)
			u->bp = ow_unwind_reg(u, offsetof(struct pt_regs, bp));
	}
}

/* To the caller; false where there is none, or none that can be told. */
static bool ow_unwind_step(struct ow_unwind *u, u64 *end)
{
	const struct orc_entry *orc = ow_orc_at(u);
	u64 frame;

	*end = ow_frame_end(u, orc);
	switch (orc->type) {
	case ORC_TYPE_CALL:
		u->ip = ow_unwind_word(u, *end - sizeof(u64));
		u->sp = *end;
		u->regs = 0;
		break;
	case ORC_TYPE_REGS:
	case ORC_TYPE_REGS_PARTIAL:
		frame = *end;
		if (orc->type == ORC_TYPE_REGS) {
			u->regs = frame;
			frame += offsetof(struct pt_regs, ip);
		} else {
			u->regs = 0;
		}
		u->ip = ow_unwind_word(u, frame);
		u->sp = ow_unwind_word(u, frame + offsetof(struct pt_regs, sp) -
					  offsetof(struct pt_regs, ip));
		break;
	default:
		return false;
	}
	u->ip -= u->moved;
	u->exact = orc->signal;
	ow_unwind_bp(u, orc, *end);
	return ow_cursor_ok(&u->c) && core_kernel_text(u->ip);
}

/*
 * The registers of a CPU that panicked were taken in __crash_kexec(), which is in
 * no table. Its frame is small, and behind it panic() goes on.
 */
static void ow_leave_crash_kexec(struct ow_unwind *u)
{
	unsigned long panic_at = (unsigned long)panic, size = 0, offset;
	const unsigned int words = 64;
	unsigned int i;

	kallsyms_lookup_size_offset(panic_at, &size, &offset);
	for (i = 0; i < words && ow_cursor_ok(&u->c); i++) {
		u->ip = ow_unwind_word(u, u->sp) - u->moved;
		u->sp += sizeof(u64);
		if (u->ip - panic_at < size)
			break;
	}
	u->exact = false;
}

/* Where it was; a task that does not run is about to return from a switch. */
static bool ow_unwind_begin(struct ow_unwind *u, const struct ow_task *task)
{
	const struct ow_cpu_record *cpu = ow_dead_cpu_of(task->at);
	struct inactive_task_frame frame;

	if (cpu) {
		u->ip = cpu->regs.ip;
		u->sp = cpu->regs.sp;
		u->bp = cpu->regs.bp;
		u->exact = true;
		u->ip -= u->moved;
		if (ow_orc_at(u)->type == ORC_TYPE_UNDEFINED)
			ow_leave_crash_kexec(u);
	} else {
		u->sp = ow_get(&u->c, task->at, OW_F_task_struct_thread_sp);
		ow_get_memory(&u->c, ow_virt_at(u->sp), &frame, sizeof(frame));
		u->ip = frame.ret_addr - u->moved;
		u->sp += sizeof(frame);
		u->bp = frame.bp;
	}
	return ow_cursor_ok(&u->c) && core_kernel_text(u->ip);
}

static void ow_note_own(struct ow_trace *trace, struct ow_unwind *u)
{
	trace->own = trace->count;
	trace->has_regs = ow_get_memory(&u->c, ow_virt_at(u->regs), &trace->regs,
					sizeof(trace->regs));
}

struct ow_trace *ow_trace_new(const struct ow_kernel *kernel,
			      const struct ow_task *task)
{
	const struct ow_cpu_record *cpu = ow_dead_cpu_of(task->at);
	struct ow_trace *trace;
	struct ow_unwind u = {};

	ow_cursor_init(&u.c, kernel);
	if (!ow_same_build(kernel, &u.moved) || !ow_unwind_begin(&u, task))
		return NULL;
	trace = kzalloc(sizeof(*trace), GFP_KERNEL);
	if (!trace)
		return NULL;
	trace->moved = u.moved;
	if (cpu) {
		trace->has_regs = true;
		trace->regs = cpu->regs;
	}
	while (trace->count < OW_FRAMES_MAX) {
		struct ow_stack_frame *frame = trace->frames + trace->count++;

		frame->ip = u.ip;
		frame->start = u.sp;
		if (!ow_unwind_step(&u, &frame->end))
			break;
		/* Between two stacks there is nothing. */
		if (frame->end - frame->start > THREAD_SIZE)
			frame->end = frame->start;
		if (u.regs)
			ow_note_own(trace, &u);
	}
	return trace;
}

void ow_trace_free(struct ow_trace *trace)
{
	kfree(trace);
}

bool ow_trace_within(const struct ow_trace *trace, u64 low, u64 high)
{
	unsigned int i;

	for (i = 0; i < trace->count; i++)
		if (trace->frames[i].ip + trace->moved >= low &&
		    trace->frames[i].ip + trace->moved < high)
			return true;
	return false;
}

bool ow_trace_is(const struct ow_trace *trace, int frame, void *function)
{
	unsigned long size, offset;

	return kallsyms_lookup_size_offset(trace->frames[frame].ip, &size,
					   &offset) &&
	       trace->frames[frame].ip - offset == (unsigned long)function;
}

int ow_trace_find(const struct ow_trace *trace, void *function)
{
	int i;

	for (i = 0; i < trace->count; i++)
		if (ow_trace_is(trace, i, function))
			return i;
	return -1;
}

bool ow_trace_holds(const struct ow_trace *trace, u64 value)
{
	const unsigned int count = offsetof(struct ow_regs, orig_ax) / sizeof(u64);
	const u64 *words = (const u64 *)&trace->regs;
	unsigned int i;

	if (!trace->has_regs)
		return false;
	for (i = 0; i < count; i++)
		if (words[i] == value)
			return true;
	return false;
}
