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

/*
 * The call that killed the kernel would kill this one, too: also if the program
 * did it again by itself, as many do after EINTR.
 */
static bool ow_was_fatal(const struct ow_task *task)
{
	const struct ow_cpu_record *cpu = ow_dead_cpu_of(task->at);

	return cpu && cpu->flags & OW_CPU_CRASHING;
}

void ow_settle_syscall(const struct ow_kernel *kernel,
		       const struct ow_task *task, struct pt_regs *regs)
{
	if ((int)regs->orig_ax < 0)
		return;
	if (ow_was_fatal(task)) {
		ow_verdict(task->pid, OTHERWORLD_DEGRADED, 0, "system call",
			   "%ld killed the kernel: it returns EIO",
			   regs->orig_ax);
		regs->ax = -EIO;
		return;
	}
	switch ((long)regs->ax) {
	case -ENOSYS:		/* what it holds until the call is done */
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		ow_run_again(regs);
	}
}
