// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: into a crash procedure, by a signal frame on a stack of its own,
 * and back to what it interrupted.
 */

#include <linux/restart_block.h>
#include <linux/rseq.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/uaccess.h>
#include <asm/fpu/signal.h>
#include <asm/ptrace.h>
#include <asm/sigframe.h>
#include <asm/sighandling.h>
#include <asm/syscall.h>
#include <asm/syscalls.h>

#include "pact.h"
#include "rebuild.h"

asmlinkage long __x64_sys_rt_sigreturn(const struct pt_regs *regs);

/* The frame's stack_t says what it was, for a procedure may change it. */
static int ow_put_altstack(struct rt_sigframe __user *frame, unsigned long sp,
			   size_t size, unsigned int flags)
{
	stack_t stack = {
		.ss_sp = (void __user *)sp,
		.ss_flags = flags,
		.ss_size = size,
	};

	return copy_to_user(&frame->uc.uc_stack, &stack, sizeof(stack)) ?
	       -EFAULT : 0;
}

/* A frame on the procedure's own stack, which is no signal stack. */
static int ow_build_frame(const struct otherworld_pact_copy *wish,
			  struct ksignal *ksig, struct pt_regs *regs)
{
	unsigned long sp = current->sas_ss_sp;
	size_t size = current->sas_ss_size;
	unsigned int flags = current->sas_ss_flags;
	int ret;

	if (wish->procedure >= TASK_SIZE_MAX ||
	    wish->stack_size < MINSIGSTKSZ ||
	    !access_ok((void __user *)wish->stack, wish->stack_size))
		return -EFAULT;
	current->sas_ss_sp = wish->stack;
	current->sas_ss_size = wish->stack_size;
	current->sas_ss_flags = 0;
	ret = x64_setup_rt_frame(ksig, regs);
	current->sas_ss_sp = sp;
	current->sas_ss_size = size;
	current->sas_ss_flags = flags;
	if (ret)
		return ret;
	return ow_put_altstack((struct rt_sigframe __user *)regs->sp, sp, size,
			       flags);
}

/* Nothing but its own faults interrupts it. */
static void ow_block_signals(void)
{
	sigset_t faults, all;

	siginitset(&faults, sigmask(SIGSEGV) | sigmask(SIGBUS) |
			    sigmask(SIGILL) | sigmask(SIGFPE) |
			    sigmask(SIGTRAP) | sigmask(SIGABRT));
	sigfillset(&all);
	sigandnsets(&all, &all, &faults);
	set_current_blocked(&all);
	clear_restore_sigmask();
}

int ow_frame_enter(struct ow_entry *entry)
{
	struct pt_regs *regs = current_pt_regs();
	struct otherworld_running running = {
		.tid = task_pid_vnr(current),
		.dispatches = test_syscall_work(SYSCALL_USER_DISPATCH),
		.call = syscall_get_nr(current, regs),
	};
	struct ksignal ksig = {
		.ka.sa.sa_handler =
			(__sighandler_t)entry->pact.copy.procedure,
		.ka.sa.sa_flags = SA_SIGINFO | SA_RESTORER | SA_ONSTACK,
	};
	struct pt_regs before;
	int ret;

	clear_siginfo(&ksig.info);
	/* Once a sequence is forgotten there is no way back into its midst. */
	rseq_signal_deliver(&ksig, regs);
	before = *regs;
	ret = ow_build_frame(&entry->pact.copy, &ksig, regs);
	if (!ret) {
		running.ucontext = regs->dx;
		entry->pact.running = running;
		ret = ow_pact_note(&entry->pact, &running);
	}
	if (ret) {
		*regs = before;
		return ret;
	}
	entry->call = running.call;
	entry->restart = current->restart_block;
	regs->orig_ax = -1;
	regs->flags &= ~(X86_EFLAGS_DF | X86_EFLAGS_RF | X86_EFLAGS_TF);
	fpu__clear_user_states(&current->thread.fpu);
	ow_block_signals();
	/* libow's calls are not meant for the application's handler. */
	clear_syscall_work(SYSCALL_USER_DISPATCH);
	return 0;
}

void ow_frame_unblock(const struct ow_entry *entry)
{
	const struct ucontext __user *uc =
		(void __user *)entry->pact.running.ucontext;
	sigset_t blocked;

	if (!entry->pact.running.tid)
		return;
	if (copy_from_user(&blocked, &uc->uc_sigmask, sizeof(blocked)))
		sigemptyset(&blocked);
	sigdelsetmask(&blocked, sigmask(SIGKILL) | sigmask(SIGSTOP));
	set_current_blocked(&blocked);
}

static bool ow_is_restart(long ax)
{
	return ax == -ERESTARTSYS || ax == -ERESTARTNOINTR ||
	       ax == -ERESTARTNOHAND || ax == -ERESTART_RESTARTBLOCK;
}

/*
 * A signal frame is no secret: what it says is as good as any other that the
 * process could have put there.
 */
void ow_frame_leave(struct ow_entry *entry, u64 ucontext)
{
	const struct otherworld_running none = {};
	struct pt_regs *regs = current_pt_regs();
	bool has_block = entry->restart.fn;

	if (entry->pact.running.dispatches)
		set_syscall_work(SYSCALL_USER_DISPATCH);
	ow_pact_note(&entry->pact, &none);
	regs->sp = ucontext - offsetof(struct rt_sigframe, uc) + sizeof(long);
	regs->orig_ax = -1;
	regs->ax = __x64_sys_rt_sigreturn(regs);
	if (ow_is_restart(regs->ax)) {
		/* In a kernel before this one, that knew how it goes on. */
		if (entry->call == -1 ||
		    (regs->ax == -ERESTART_RESTARTBLOCK && !has_block)) {
			ow_verdict(task_pid_nr(current), OTHERWORLD_DEGRADED, 0,
				   "system call",
				   "the kernel died again in the crash procedure: it returns EINTR");
			regs->ax = -EINTR;
		} else {
			regs->orig_ax = entry->call;
			if (has_block)
				current->restart_block = entry->restart;
		}
	}
	/* That is where such a call is begun again. */
	set_thread_flag(TIF_SIGPENDING);
}
