// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: a CPU that was stopped on its way into the kernel.
 *
 * There the user's registers are partly on a stack, and what lies above them is
 * of an earlier entry. The way in pushes them one by one and clears them when
 * all are pushed: so what is on the stack counts, and for the rest the CPU.
 *
 * On the way out nothing is to be done. What is popped stays where it was, and
 * the last entry's registers are complete.
 */

#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/cpu_entry_area.h>
#include <asm/current.h>
#include <asm/proto.h>
#include <asm/ptrace.h>
#include <asm/segment.h>

#include "internal.h"

/* swapgs, perhaps after endbr64: then the stack pointer is saved. */
#define OW_SP_SAVED	8
/* All registers are pushed by instructions of one or two bytes. */
#define OW_PUSHES	32
/* No less than all of entry_SYSCALL_64, whose way out uses the same stack. */
#define OW_CALL_SIZE	1024

/* The words that are on the stack. */
static void ow_take_pushed(struct ow_regs *user, unsigned long frame,
			   unsigned long sp)
{
	unsigned long from = max(frame, ALIGN(sp, sizeof(long)));
	unsigned long end = frame + sizeof(*user);

	if (from < end)
		memcpy((char *)user + (from - frame), (void *)from, end - from);
}

static bool ow_syscall_entry(struct ow_regs *user, const struct pt_regs *regs)
{
	unsigned long start = (unsigned long)entry_SYSCALL_64;
	unsigned long safe = (unsigned long)entry_SYSCALL_64_safe_stack;
	unsigned long end = (unsigned long)entry_SYSCALL_64_after_hwframe +
			    OW_PUSHES;
	unsigned long top = this_cpu_read(pcpu_hot.top_of_stack);
	unsigned long frame = top - sizeof(struct pt_regs);

	if (regs->ip < start || regs->ip >= end)
		return false;
	memcpy(user, regs, sizeof(*user));
	user->orig_ax = regs->ax;
	user->ax = -ENOSYS;
	user->ip = regs->cx;
	user->flags = regs->r11;
	user->cs = __USER_CS;
	user->ss = __USER_DS;
	if (regs->ip >= start + OW_SP_SAVED)
		user->sp = this_cpu_read(cpu_tss_rw.x86_tss.sp2);
	if (regs->ip < safe)
		return true;
	if (regs->sp < frame || regs->sp > top)
		return false;
	ow_take_pushed(user, frame, regs->sp);
	return true;
}

/* An interrupt or a fault: on a stack of its own until all is pushed. */
static bool ow_exception_entry(struct ow_regs *user, const struct pt_regs *regs)
{
	unsigned long leave =
		(unsigned long)swapgs_restore_regs_and_return_to_usermode;
	unsigned long left = (unsigned long)native_irq_return_iret;
	unsigned long call = (unsigned long)entry_SYSCALL_64;
	unsigned long top, frame, hardware, pushed_si;

	top = (unsigned long)(cpu_entry_stack(smp_processor_id()) + 1);
	frame = top - sizeof(*user);
	hardware = frame + offsetof(struct ow_regs, ip);
	pushed_si = frame + offsetof(struct ow_regs, si);
	if (regs->sp > hardware || top - regs->sp >= sizeof(struct entry_stack))
		return false;
	if (regs->ip >= leave && regs->ip <= left)
		return false;
	if (regs->ip >= call && regs->ip < call + OW_CALL_SIZE)
		return false;
	memcpy(user, regs, sizeof(*user));
	/* rsi makes room for a return address, and goes first. */
	if (regs->sp <= pushed_si)
		memcpy(&user->si, (void *)pushed_si, sizeof(user->si));
	ow_take_pushed(user, frame, regs->sp <= frame ? frame : hardware);
	user->orig_ax = -1;
	return user->cs == __USER_CS;
}

u32 ow_user_regs_in_entry(struct ow_regs *user, const struct pt_regs *regs)
{
	struct ow_regs entered;
	u32 flag = 0;

	if (ow_syscall_entry(&entered, regs))
		flag = OW_CPU_SYSCALL;
	else if (ow_exception_entry(&entered, regs))
		flag = OW_CPU_USER;
	if (flag)
		*user = entered;
	return flag;
}
