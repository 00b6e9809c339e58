// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: system calls that the fault interrupted.
 */

/**
 * DOC: System calls in flight
 *
 * To a call that waits, the outage is what a signal without a handler is: it
 * is given the code that it would have returned for one, and the kernel's own
 * way back to user mode makes of it what it always does. If a signal with a
 * handler is pending, the handler runs, and the call is run again or returns
 * -EINTR, as it should; if not, it is run again, or goes on by its restart
 * block with the time that remains. Only rax, rcx and r11 ever change.
 *
 * What may not be run twice is judged by what it left behind: a child, a
 * signal, bytes in a file, a name. Where that says nothing, the call returns
 * -EINTR, and the verdict says so.
 *
 * Which call is treated how is listed in parse/ow_call_list.h.
 */

#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/uaccess.h>
#include <asm/ptrace.h>
#include <asm/unistd.h>

#include "inflight.h"

/* A new kernel's new calls are to be placed. */
static_assert(NR_syscalls == OW_CALLS);

void ow_call_return(struct ow_call *call, long result)
{
	call->regs->ax = result;
	call->regs->orig_ax = -1;
}

void ow_call_restart(struct ow_call *call, long code)
{
	call->regs->ax = code;
}

void ow_call_doubt(struct ow_call *call, const char *why)
{
	ow_verdict(call->task->pid, OTHERWORLD_DEGRADED, call->task->at.a,
		   "system call", "%s: %s: it returns EINTR",
		   ow_call_name(call->number), why);
	ow_call_return(call, -EINTR);
}

bool ow_call_within(struct ow_call *call, enum ow_fact begin,
		    enum ow_fact end)
{
	const struct ow_cpu_record *cpu = ow_dead_cpu_of(call->task->at);
	u64 low = ow_const(&call->c, begin), high = ow_const(&call->c, end);

	if (call->resume->trace)
		return ow_trace_within(call->resume->trace, low, high);
	/* Less certain: what looks like it may be left over from another call. */
	if (cpu && cpu->regs.ip >= low && cpu->regs.ip < high)
		return true;
	return call->has_stack &&
	       ow_stack_find(&call->c, &call->stack, low, high).a;
}

static bool ow_call_word(struct ow_call *call, u64 word, ow_word_fn is_it,
			 void *priv)
{
	struct ow_virt at = ow_virt_at(word);
	struct ow_cursor c;

	ow_cursor_init(&c, call->kernel);
	return ow_may_be_object(&c, at) && is_it(call, at, priv);
}

bool ow_call_search(struct ow_call *call, ow_word_fn is_it, void *priv)
{
	const struct ow_cpu_record *cpu = ow_dead_cpu_of(call->task->at);
	struct ow_virt at;
	unsigned int i;

	if (!call->has_stack)
		return false;
	for (at = call->stack.start; at.a < call->stack.end.a;
	     at = ow_virt_add(at, sizeof(u64)))
		if (ow_call_word(call, ow_get_word(&call->c, at), is_it, priv))
			return true;
	for (i = 0; cpu && i < sizeof(cpu->regs) / sizeof(u64); i++)
		if (ow_call_word(call, ((const u64 *)&cpu->regs)[i], is_it,
				 priv))
			return true;
	return false;
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
 * Who was interrupted has no part in what killed the interrupt, but where it was
 * the interrupt that noticed that the CPU was stuck.
 */
static bool ow_carried_the_panic(const struct ow_cpu_record *cpu)
{
	enum ow_cause_kind kind;

	if (!(cpu->flags & OW_CPU_CRASHING))
		return false;
	if (!(cpu->flags & OW_CPU_INTERRUPT))
		return true;
	kind = ow_cause_kind_of_death();
	return kind == OW_CAUSE_SOFT_LOCKUP || kind == OW_CAUSE_RCU_STALL;
}

/*
 * The call that killed the kernel would kill this one, too: also if the program
 * did it again by itself, as many do after EINTR. Which call that was is known
 * where the task's CPU carried the panic. A lockup may be noticed by others: then
 * it is one that was busy in the kernel, or waited for what never comes, while it
 * commanded something that is not just data.
 */
static bool ow_was_fatal(const struct ow_task *task,
			 const struct pt_regs *regs)
{
	const struct ow_cpu_record *cpu = ow_dead_cpu_of(task->at);
	bool stuck = cpu || task->state & TASK_UNINTERRUPTIBLE;

	if (cpu && ow_carried_the_panic(cpu))
		return true;
	return stuck && ow_is_command(regs->orig_ax) &&
	       !ow_holds_data(regs->di);
}

static void ow_settle_once(struct ow_call *call)
{
	if (call->begun)
		ow_call_doubt(call, "it may have been done");
	else
		ow_call_restart(call, -ERESTARTSYS);
}

/*
 * sigsuspend() puts the mask back after it has waited, not before: until then
 * nothing says that it is to be put back.
 */
static void ow_settle_suspend(struct ow_call *call)
{
	u64 mask;

	if (call->number != __NR_rt_sigsuspend ||
	    get_user(mask, (u64 __user *)call->regs->di))
		return;
	mask &= ~(sigmask(SIGKILL) | sigmask(SIGSTOP));
	call->resume->suspends = call->task->blocked == mask;
}

static void ow_settle_class(struct ow_call *call)
{
	switch (ow_call_class(call->number)) {
	case OW_CALL_UNPLACED:
	case OW_CALL_AGAIN:
		ow_call_restart(call, -ERESTARTNOINTR);
		break;
	case OW_CALL_WAIT:
		ow_call_restart(call, -ERESTARTSYS);
		break;
	case OW_CALL_PAUSE:
		ow_settle_suspend(call);
		ow_call_restart(call, -ERESTARTNOHAND);
		break;
	case OW_CALL_SLEEP:
		ow_settle_sleep(call);
		break;
	case OW_CALL_POLL:
		ow_settle_poll(call);
		break;
	case OW_CALL_SELECT:
		ow_settle_select(call);
		break;
	case OW_CALL_EPOLL:
		ow_settle_epoll(call);
		break;
	case OW_CALL_SIGWAIT:
		ow_settle_sigwait(call);
		break;
	case OW_CALL_FUTEX:
		ow_settle_futex(call);
		break;
	case OW_CALL_RESTART:
		ow_settle_restart(call);
		break;
	case OW_CALL_READ:
		ow_settle_read(call);
		break;
	case OW_CALL_WRITE:
		ow_settle_write(call);
		break;
	case OW_CALL_SEEK:
		ow_settle_seek(call);
		break;
	case OW_CALL_CLOSE:
		ow_settle_close(call);
		break;
	case OW_CALL_OPEN:
		ow_settle_open(call);
		break;
	case OW_CALL_NAME:
	case OW_CALL_UNNAME:
		ow_settle_name(call);
		break;
	case OW_CALL_SIGNAL:
		ow_settle_signal(call);
		break;
	case OW_CALL_FORK:
		ow_settle_fork(call);
		break;
	case OW_CALL_REAP:
		ow_settle_reap(call);
		break;
	case OW_CALL_EXEC:	/* never gets here */
		break;
	case OW_CALL_ONCE:
		ow_settle_once(call);
		break;
	}
}

static void ow_settle_call(struct ow_call *call)
{
	if (ow_call_class(call->number) == OW_CALL_EXEC) {
		ow_settle_exec(call);
		return;
	}

	switch ((long)call->regs->ax) {
	case -ENOSYS:		/* what it holds until the call is done */
		ow_settle_class(call);
		break;
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
		/* It had been interrupted already. */
		break;
	case -ERESTART_RESTARTBLOCK:
		ow_settle_restart(call);
		break;
	default:
		call->regs->orig_ax = -1;
	}
}

/* The kernel was about to hand it back to the thread, as it does if made again. */
static bool ow_is_dispatched(const struct ow_task *task,
			     const struct pt_regs *regs)
{
	char selector = SYSCALL_DISPATCH_FILTER_BLOCK;

	return task->dispatches && (long)regs->ax == -ENOSYS &&
	       regs->ip - task->dispatch_offset >= task->dispatch_len &&
	       (!task->dispatch_selector ||
		!get_user(selector, (char __user *)task->dispatch_selector)) &&
	       selector == SYSCALL_DISPATCH_FILTER_BLOCK;
}

void ow_settle_syscall(const struct ow_kernel *kernel,
		       const struct ow_task *task, struct pt_regs *regs,
		       struct ow_resume *resume)
{
	const struct ow_cpu_record *cpu = ow_dead_cpu_of(task->at);
	struct ow_call call = {
		.kernel = kernel,
		.task = task,
		.regs = regs,
		.resume = resume,
		.number = regs->orig_ax,
	};

	ow_cursor_init(&call.c, kernel);
	call.begun = !(task->state & ow_const(&call.c,
					      OW_C_TASK_INTERRUPTIBLE));
	call.has_stack = ow_stack_init(&call.c, task, cpu ? cpu->stack : 0,
				       &call.stack);
	/* A call may do without whatever cannot be read of it. */
	ow_cursor_init(&call.c, kernel);
	if (ow_settle_kernel_exec(&call) || (int)regs->orig_ax < 0)
		return;
	if (ow_is_dispatched(task, regs)) {
		ow_call_restart(&call, -ERESTARTNOINTR);
		return;
	}
	if ((long)regs->ax == -ENOSYS && ow_was_fatal(task, regs)) {
		ow_verdict(task->pid, OTHERWORLD_DEGRADED, 0, "system call",
			   "%ld may have killed the kernel: it returns EIO",
			   regs->orig_ax);
		ow_call_return(&call, -EIO);
		return;
	}
	ow_settle_call(&call);
}
