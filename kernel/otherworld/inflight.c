// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: system calls that the fault interrupted.
 */

#include <linux/errno.h>
#include <linux/sched.h>
#include <asm/ptrace.h>
#include <asm/unistd.h>

#include "rebuild.h"

/* The length of the instruction, whichever of the ways in was taken. */
#define OW_SYSCALL_LEN	2

static void ow_run_again(struct pt_regs *regs)
{
	regs->ax = regs->orig_ax;
	regs->ip -= OW_SYSCALL_LEN;
}

void ow_settle_syscall(const struct ow_kernel *kernel,
		       const struct ow_task *task, struct pt_regs *regs)
{
	if ((int)regs->orig_ax < 0)
		return;
	switch ((long)regs->ax) {
	case -ENOSYS:		/* what it holds until the call is done */
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		ow_run_again(regs);
	}
}
