// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: a process that was between two programs.
 *
 * Up to its point of no return an exec() is run again. Behind it the old
 * program is gone, and the arguments lie on the new one's stack. With these
 * the new program is started once more; nothing of it had run.
 */

#include <linux/binfmts.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/ptrace.h>

#include "inflight.h"

/* More strings than this are damage: all of them fit on a stack. */
#define OW_STRINGS_MAX	(1024 * 1024)

struct ow_exec {
	char program[PATH_MAX];
	char name[TASK_COMM_LEN];
	unsigned long strings;
	unsigned int argc, envc;
};

/* In use by an exec() of this process, and behind the point of no return. */
static bool ow_is_bprm(struct ow_call *call, struct ow_virt at, u64 file)
{
	struct ow_cursor c;

	/* Most words are no address at all. */
	ow_cursor_init(&c, call->kernel);
	return at.a >= ow_const(&c, OW_C_OW_DIRECT_MAP) &&
	       ow_get(&c, at, OW_F_linux_binprm_file) == file &&
	       !ow_get(&c, at, OW_F_linux_binprm_mm) && ow_cursor_ok(&c);
}

/* It is on the heap, named by some word of the stack, or by a register. */
static struct ow_virt ow_find_bprm(struct ow_call *call)
{
	const struct ow_cpu_record *cpu = ow_dead_cpu_of(call->task->at);
	u64 file = ow_get(&call->c, call->task->mm, OW_F_mm_struct_exe_file);
	struct ow_virt at, bprm;
	unsigned int i;

	if (!file || !ow_cursor_ok(&call->c) || !call->has_stack)
		return ow_virt_at(0);
	for (at = call->stack.start; at.a < call->stack.end.a;
	     at = ow_virt_add(at, sizeof(u64))) {
		bprm = ow_virt_at(ow_get_word(&call->c, at));
		if (ow_is_bprm(call, bprm, file))
			return bprm;
	}
	for (i = 0; cpu && i < sizeof(cpu->regs) / sizeof(u64); i++) {
		bprm = ow_virt_at(((const u64 *)&cpu->regs)[i]);
		if (ow_is_bprm(call, bprm, file))
			return bprm;
	}
	return ow_virt_at(0);
}

static bool ow_read_bprm(struct ow_cursor *c, struct ow_virt bprm,
			 struct ow_exec *exec)
{
	char *path = exec->program;

	/* Its name is that of the script, if it is one. */
	ow_get_string(c, ow_get_ptr(c, bprm, OW_F_linux_binprm_filename), path,
		      sizeof(exec->program));
	strscpy(exec->name, kbasename(path), sizeof(exec->name));
	ow_get_string(c, ow_get_ptr(c, bprm, OW_F_linux_binprm_interp), path,
		      sizeof(exec->program));
	exec->strings = ow_get(c, bprm, OW_F_linux_binprm_p);
	exec->argc = ow_get(c, bprm, OW_F_linux_binprm_argc);
	exec->envc = ow_get(c, bprm, OW_F_linux_binprm_envc);
	return ow_cursor_ok(c) && exec->argc <= OW_STRINGS_MAX &&
	       exec->envc <= OW_STRINGS_MAX;
}

void ow_settle_exec(struct ow_call *call)
{
	struct ow_virt bprm = ow_find_bprm(call);
	struct ow_exec *exec;

	if (!bprm.a) {
		/* Not that far, or all done: then the registers are new. */
		if (call->regs->ax == -ENOSYS)
			ow_call_restart(call, -ERESTARTNOINTR);
		else
			call->regs->orig_ax = -1;
		return;
	}
	exec = kzalloc(sizeof(*exec), GFP_KERNEL);
	if (exec && ow_read_bprm(&call->c, bprm, exec)) {
		call->resume->exec = exec;
		return;
	}
	kfree(exec);
	call->resume->lost = true;
	ow_verdict(call->task->pid, OTHERWORLD_LOST, bprm.a, "process",
		   "it was between two programs");
}

/* As many strings of user memory as @count, from @at on. */
static char **ow_strings(unsigned long *at, unsigned int count)
{
	char **strings = kvcalloc(count + 1, sizeof(*strings), GFP_KERNEL);
	unsigned int i;

	for (i = 0; strings && i < count; i++) {
		strings[i] = strndup_user((char __user *)*at, MAX_ARG_STRLEN);
		if (IS_ERR(strings[i])) {
			strings[i] = NULL;
			return strings;
		}
		*at += strlen(strings[i]) + 1;
	}
	return strings;
}

static void ow_strings_free(char **strings)
{
	unsigned int i;

	for (i = 0; strings && strings[i]; i++)
		kfree(strings[i]);
	kvfree(strings);
}

void ow_resume_exec(struct ow_resume *resume)
{
	struct ow_exec *exec = resume->exec;
	char **argv, **envp;
	int ret = -ENOMEM;

	if (!exec)
		return;
	argv = ow_strings(&exec->strings, exec->argc);
	envp = ow_strings(&exec->strings, exec->envc);
	if (argv && envp)
		ret = kernel_execve(exec->program, (const char **)argv,
				    (const char **)envp);
	if (ret)
		force_sig(SIGKILL);
	else
		set_task_comm(current, exec->name);
	ow_strings_free(envp);
	ow_strings_free(argv);
	kfree(exec);
	resume->exec = NULL;
}
