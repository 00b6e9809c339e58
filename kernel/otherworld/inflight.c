// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: system calls that the fault interrupted.
 */

#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
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

/* A call that does something to a device or the kernel, and which one it is. */
static bool ow_is_command(long nr)
{
	return nr == __NR_write || nr == __NR_pwrite64 || nr == __NR_writev ||
	       nr == __NR_pwritev || nr == __NR_ioctl;
}

/* Files that hold what was written, so that it can be written once more. */
static bool ow_holds_data(unsigned int fd)
{
	struct fd f = fdget_raw(fd);
	const struct super_block *sb;
	bool holds;

	if (!fd_file(f))
		return true;	/* it will be told so */
	sb = file_inode(fd_file(f))->i_sb;
	holds = sb->s_bdev || sb->s_magic == TMPFS_MAGIC;
	fdput(f);
	return holds;
}

/*
 * The call that killed the kernel would kill this one, too: also if the program
 * did it again by itself, as many do after EINTR. Which call that was is known
 * where the task's CPU carried the panic. A lockup is noticed by others: then it
 * is one that was busy in the kernel, or waited for what never comes, while it
 * commanded something that is not just data.
 */
static bool ow_was_fatal(const struct ow_task *task,
			 const struct pt_regs *regs)
{
	const struct ow_cpu_record *cpu = ow_dead_cpu_of(task->at);
	bool stuck = cpu || task->state & TASK_UNINTERRUPTIBLE;

	if (cpu && cpu->flags & OW_CPU_CRASHING)
		return true;
	return stuck && ow_is_command(regs->orig_ax) &&
	       !ow_holds_data(regs->di);
}

void ow_settle_syscall(const struct ow_kernel *kernel,
		       const struct ow_task *task, struct pt_regs *regs)
{
	if ((int)regs->orig_ax < 0)
		return;
	if (ow_was_fatal(task, regs)) {
		ow_verdict(task->pid, OTHERWORLD_DEGRADED, 0, "system call",
			   "%ld may have killed the kernel: it returns EIO",
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
