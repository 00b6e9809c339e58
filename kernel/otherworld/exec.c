// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: a process that was between two programs.
 *
 * Up to its point of no return an exec() is run again. Behind it the old
 * program is gone, and the arguments lie on the new one's stack. With these
 * the new program is started once more; nothing of it had run.
 */

#include <linux/binfmts.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/ptrace.h>

#include "inflight.h"

/* More than this is damage: execve() takes three quarters of 8 MiB. */
#define OW_STRINGS_MAX	_STK_LIM

/**
 * struct ow_exec - what it takes to start the new program once more
 * @program: its file
 * @name: what it is called
 * @strings: its arguments, then its environment
 * @size: of all of them
 * @argc: how many of them are arguments
 * @envc: how many are of the environment
 * @afresh: it was not the program before it that asked for this one
 */
struct ow_exec {
	char program[PATH_MAX];
	char name[TASK_COMM_LEN];
	char *strings;
	size_t size;
	unsigned int argc, envc;
	bool afresh;
};

static void ow_exec_free(struct ow_exec *exec)
{
	if (exec)
		kvfree(exec->strings);
	kfree(exec);
}

/* Of an exec() of this process that is behind the point of no return. */
static bool ow_is_bprm(struct ow_call *call, struct ow_virt at, void *priv)
{
	struct ow_virt *bprm = priv;
	struct ow_virt mm, stack;
	struct ow_cursor c;
	bool in_front;
	u64 file, exe;

	ow_cursor_init(&c, call->kernel);
	if (!ow_get(&c, at, OW_F_linux_binprm_point_of_no_return))
		return false;
	/* It is the process's as soon as it is not this one's. */
	mm = ow_get_ptr(&c, at, OW_F_linux_binprm_mm);
	in_front = mm.a;
	if (!in_front)
		mm = call->task->mm;
	file = ow_get(&c, at, OW_F_linux_binprm_file);
	exe = ow_get(&c, mm, OW_F_mm_struct_exe_file);
	stack = ow_get_ptr(&c, at, OW_F_linux_binprm_vma);
	if (ow_get(&c, stack, OW_F_vm_area_struct_vm_mm) != mm.a || !file ||
	    !(exe == file || (in_front && !exe)) || !ow_cursor_ok(&c))
		return false;
	*bprm = at;
	return true;
}

struct ow_strings_copy {
	struct ow_call *call;
	struct ow_exec *exec;
	struct ow_virt family;	/* of the stack's pages */
	u64 at, end;
};

static int ow_each_page(void *priv, const struct ow_pte *pte)
{
	struct ow_strings_copy *copy = priv;
	struct ow_cursor *c = &copy->call->c;
	struct ow_exec *exec = copy->exec;
	struct ow_fault_info why;
	struct ow_virt anon_vma;
	struct ow_page page;
	u64 skip = copy->at - pte->address;
	u64 size = min(pte->size - skip, copy->end - copy->at);

	if (pte->address > copy->at || pte->kind != OW_PTE_PAGE ||
	    !ow_page_read(c, pte->pfn, &page) ||
	    !(page.mapping & OW_MAPPING_ANON))
		return true;
	anon_vma = ow_virt_at(page.mapping & ~OW_MAPPING_FLAGS);
	if (ow_anon_root(c, anon_vma).a != copy->family.a ||
	    ow_memory_read(copy->call->kernel->mem,
			   ow_phys_at((pte->pfn << PAGE_SHIFT) + skip),
			   exec->strings + exec->size, size, &why))
		return true;
	exec->size += size;
	copy->at += size;
	return copy->at == copy->end;
}

/* What is there from the first address on, up to a hole. */
static void ow_copy_strings(struct ow_strings_copy *copy, struct ow_virt mm)
{
	struct ow_virt pgd = ow_get_ptr(&copy->call->c, mm,
					OW_F_mm_struct_pgd);
	struct ow_user_tables *tables = ow_user_tables_new(copy->call->kernel,
							   pgd);

	if (tables)
		ow_user_walk(tables, copy->at & PAGE_MASK, copy->end,
			     ow_each_page, copy, NULL);
	ow_user_tables_free(tables);
}

/*
 * They end where the program's name begins, which comes to lie right below the
 * end of all stacks. When the stack gets an address of its own all of that moves
 * down, page by page, from the lowest one on.
 *
 * They are read where they are, and not in the new process: while they move,
 * their pages are not where their VMA says.
 */
static bool ow_read_strings(struct ow_call *call, struct ow_virt bprm,
			    size_t name_size, struct ow_exec *exec)
{
	struct ow_cursor *c = &call->c;
	struct ow_strings_copy copy = { .call = call, .exec = exec };
	struct ow_virt vma = ow_get_ptr(c, bprm, OW_F_linux_binprm_vma);
	struct ow_virt mm = ow_get_ptr(c, bprm, OW_F_linux_binprm_mm);
	u64 moves_to, size, shift;

	if (!mm.a)
		mm = call->task->mm;
	copy.family = ow_anon_root(c, ow_get_ptr(c, vma,
						 OW_F_vm_area_struct_anon_vma));
	moves_to = ow_get(c, mm, OW_F_mm_struct_arg_start);
	copy.at = moves_to ?: ow_get(c, bprm, OW_F_linux_binprm_p);
	copy.end = ow_get(c, bprm, OW_F_linux_binprm_exec);
	size = copy.end - copy.at;
	if (!ow_cursor_ok(c) || size > OW_STRINGS_MAX)
		return false;
	exec->strings = kvmalloc(size, GFP_KERNEL);
	if (!exec->strings)
		return false;
	ow_copy_strings(&copy, mm);
	if (exec->size < size && moves_to) {
		shift = STACK_TOP_MAX - sizeof(void *) - name_size - copy.end;
		copy.at += shift;
		copy.end += shift;
		ow_copy_strings(&copy, mm);
	}
	return exec->size == size;
}

static bool ow_read_bprm(struct ow_call *call, struct ow_virt bprm,
			 struct ow_exec *exec)
{
	struct ow_cursor *c = &call->c;
	char *path = exec->program;
	size_t name_size;

	/* Its name is that of the script, if it is one. */
	ow_get_string(c, ow_get_ptr(c, bprm, OW_F_linux_binprm_filename), path,
		      sizeof(exec->program));
	name_size = strlen(path) + 1;
	strscpy(exec->name, kbasename(path), sizeof(exec->name));
	ow_get_string(c, ow_get_ptr(c, bprm, OW_F_linux_binprm_interp), path,
		      sizeof(exec->program));
	/* By execveat(): the descriptor may be closed, but this is its file. */
	if (strstarts(path, "/dev/fd/"))
		strscpy(path, "/proc/self/exe", sizeof(exec->program));
	exec->argc = ow_get(c, bprm, OW_F_linux_binprm_argc);
	exec->envc = ow_get(c, bprm, OW_F_linux_binprm_envc);
	return ow_cursor_ok(c) &&
	       ow_read_strings(call, bprm, name_size, exec) &&
	       exec->argc <= exec->size && exec->envc <= exec->size;
}

/* Its memory is not the old program's any more, and nobody's yet. */
static bool ow_has_begun(struct ow_call *call)
{
	return !ow_get(&call->c, call->task->mm, OW_F_mm_struct_env_end);
}

/* False if there is still the old program, or already the new one. */
static bool ow_take_exec(struct ow_call *call)
{
	struct ow_virt bprm = ow_virt_at(0);
	struct ow_exec *exec = NULL;

	ow_call_search(call, ow_is_bprm, &bprm);
	if (!bprm.a && !ow_has_begun(call))
		return false;
	if (bprm.a)
		exec = kzalloc(sizeof(*exec), GFP_KERNEL);
	if (exec && ow_read_bprm(call, bprm, exec)) {
		call->resume->exec = exec;
		return true;
	}
	ow_exec_free(exec);
	call->resume->lost = true;
	ow_verdict(call->task->pid, OTHERWORLD_LOST, bprm.a, "process",
		   "it was between two programs");
	return true;
}

void ow_settle_exec(struct ow_call *call)
{
	if (ow_take_exec(call))
		return;
	/* Not that far, or all done: then the registers are new. */
	if (call->regs->ax == -ENOSYS)
		ow_call_restart(call, -ERESTARTNOINTR);
	else
		call->regs->orig_ax = -1;
}

/*
 * What is left on a stack of an exec() that is over looks like one, so this is
 * asked of those alone whose stack says that it is not over.
 */
bool ow_settle_kernel_exec(struct ow_call *call)
{
	const struct ow_trace *trace = call->resume->trace;
	struct ow_exec *exec;

	if (!trace || ow_trace_find(trace, kernel_execve) < 0 ||
	    !ow_take_exec(call))
		return false;
	exec = call->resume->exec;
	if (exec)
		exec->afresh = ow_trace_find(trace, ow_exec_afresh) >= 0;
	return true;
}

/*
 * A list of the next @count strings, with room for one more; NULL if there are
 * not as many.
 */
static char **ow_list_strings(char **at, const char *end, unsigned int count)
{
	char **list = kvcalloc(count + 2, sizeof(*list), GFP_KERNEL_ACCOUNT);
	unsigned int i;

	for (i = 0; list && i < count; i++) {
		if (*at >= end || !memchr(*at, '\0', end - *at)) {
			kvfree(list);
			return NULL;
		}
		list[i] = *at;
		*at += strlen(*at) + 1;
	}
	return list;
}

/*
 * Who is executed has the timers of the program before it, and expects them. Who
 * begins anew does not: the first tick would kill it, and be it within exec(),
 * where nothing handles it any more.
 */
static void ow_stop_itimers(void)
{
	struct signal_struct *signal = current->signal;

	spin_lock_irq(&ow_current_sighand()->siglock);
	signal->it_real_incr = 0;
	memset(signal->it, 0, sizeof(signal->it));
	spin_unlock_irq(&ow_current_sighand()->siglock);
	hrtimer_cancel(&signal->real_timer);
}

static void ow_forget_ticks(void)
{
	static const int ticks[] = { SIGALRM, SIGVTALRM, SIGPROF };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ticks); i++) {
		if (ow_current_sighand()->action[ticks[i] - 1].sa.sa_handler ==
		    SIG_IGN)
			continue;
		/* For what is on its way. */
		kernel_sigaction(ticks[i], SIG_IGN);
		kernel_sigaction(ticks[i], SIG_DFL);
	}
}

static int ow_exec_program(struct ow_exec *exec)
{
	const char *end = exec->strings + exec->size;
	char *at = exec->strings;
	char **argv = ow_list_strings(&at, end, exec->argc);
	char **envp = ow_list_strings(&at, end, exec->envc);
	int ret = -EINVAL;

	if (exec->afresh)
		ow_stop_itimers();
	/* It may have overwritten them all; no program starts without a name. */
	if (argv && !exec->argc)
		argv[0] = exec->name;
	if (argv && envp)
		ret = kernel_execve(exec->program, (const char **)argv,
				    (const char **)envp);
	kvfree(envp);
	kvfree(argv);
	if (ret)
		return ret;
	if (exec->afresh)
		ow_forget_ticks();
	set_task_comm(current, exec->name);
	/* Of the call that the old program was in nothing is begun again. */
	current_pt_regs()->ax = 0;
	current_pt_regs()->orig_ax = -1;
	return 0;
}

void ow_forget_exec(struct ow_resume *resume)
{
	ow_exec_free(resume->exec);
	resume->exec = NULL;
}

void ow_resume_exec(struct ow_resume *resume)
{
	struct ow_exec *exec = resume->exec;
	int ret;

	if (!exec)
		return;
	ret = ow_exec_program(exec);
	if (ret) {
		ow_verdict(task_pid_vnr(current), OTHERWORLD_LOST, 0, "process",
			   "it was between two programs: error %d", ret);
		force_sig(SIGKILL);
	}
	ow_forget_exec(resume);
}

/* --- A program that starts anew ------------------------------------------------ */

static unsigned int ow_count_strings(const char *at, size_t size)
{
	unsigned int count = 0;

	for (; size; size--)
		count += !*at++;
	return count;
}

/* Where they lay when it was executed; it may have written other things there. */
static int ow_own_strings(struct ow_exec *exec)
{
	struct mm_struct *mm = current->mm;
	unsigned long args = mm->arg_start, env = mm->env_start;
	size_t args_size = mm->arg_end - args, env_size = mm->env_end - env;

	if (mm->arg_end < args || mm->env_end < env ||
	    args_size > OW_STRINGS_MAX || env_size > OW_STRINGS_MAX)
		return -E2BIG;
	exec->size = args_size + env_size;
	exec->strings = kvmalloc(exec->size, GFP_KERNEL_ACCOUNT);
	if (!exec->strings)
		return -ENOMEM;
	if (copy_from_user(exec->strings, (void __user *)args, args_size) ||
	    copy_from_user(exec->strings + args_size, (void __user *)env,
			   env_size))
		return -EFAULT;
	exec->argc = ow_count_strings(exec->strings, args_size);
	exec->envc = ow_count_strings(exec->strings + args_size, env_size);
	/* Their pointers count as well: a string may be nothing but its end. */
	return exec->argc > OW_STRINGS_MAX / sizeof(char *) - exec->envc ?
		       -E2BIG : 0;
}

static int ow_own_program(struct ow_exec *exec, bool same_file)
{
	struct file *file = get_task_exe_file(current);
	char *path;

	if (!file)
		return -ENOENT;
	path = d_path(&file->f_path, exec->program, sizeof(exec->program));
	fput(file);
	if (IS_ERR(path))
		return PTR_ERR(path);
	memmove(exec->program, path, strlen(path) + 1);
	strscpy(exec->name, kbasename(exec->program), sizeof(exec->name));
	if (same_file)
		strscpy(exec->program, "/proc/self/exe", sizeof(exec->program));
	return 0;
}

/* It may have been in the midst of a handler, which blocks its own signal. */
static void ow_unblock_handled(void)
{
	sigset_t blocked = current->blocked;
	__sighandler_t handler;
	int number;

	for (number = 1; number <= _NSIG; number++) {
		handler = ow_current_sighand()->action[number - 1].sa.sa_handler;
		if (handler != SIG_DFL && handler != SIG_IGN)
			sigdelset(&blocked, number);
	}
	set_current_blocked(&blocked);
}

int ow_exec_afresh(bool same_file)
{
	struct ow_exec *exec = kzalloc(sizeof(*exec), GFP_KERNEL);
	int ret;

	if (!exec)
		return -ENOMEM;
	exec->afresh = true;
	ret = ow_own_program(exec, same_file);
	ret = ret ?: ow_own_strings(exec);
	if (!ret)
		ow_unblock_handled();
	ret = ret ?: ow_exec_program(exec);
	ow_exec_free(exec);
	return ret;
}
