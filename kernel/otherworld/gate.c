// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: where all threads wait for each other.
 */

/**
 * DOC: The gate
 *
 * Threads are made by the process that they belong to, as copies of it, and
 * finish themselves: what is a thread's own is restored in its own context, by
 * task work, on its way to user mode. There each of them waits until userspace
 * has seen every process arrive. So nobody runs before whom it may wake, wait
 * for or signal exists.
 *
 * Everything that has to be read from dead memory is read before the wait.
 */

#include <linux/sched.h>
#include <linux/sched/coredump.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/wait.h>

#include "rebuild.h"

static DECLARE_WAIT_QUEUE_HEAD(ow_gate);
static bool ow_gate_is_open;

/* One process at the gate; gone with the last of its threads. */
struct ow_gate_process {
	const struct ow_kernel *kernel;
	atomic_t missing;	/* threads that have not arrived */
	atomic_t threads;	/* that refer to this */
	bool failed;
	unsigned long dumpable;
	pid_t pid;
};

struct ow_gate_thread {
	struct callback_head work;
	struct ow_gate_process *process;
	struct ow_task task;
};

static void ow_gate_process_put(struct ow_gate_process *process)
{
	if (atomic_dec_and_test(&process->threads))
		kfree(process);
}

static int ow_finish_thread(const struct ow_kernel *kernel,
			    const struct ow_task *task)
{
	int ret;

	ret = ow_rebuild_registers(kernel, task);
	if (ret)
		return ret;
	ow_rebuild_thread_signals(task);
	ow_rebuild_thread_identity(task);
	return ow_rebuild_creds(task->pid, kernel, task);
}

static void ow_arrive(struct ow_gate_process *process)
{
	if (!atomic_dec_and_test(&process->missing))
		return;
	if (process->failed) {
		do_send_sig_info(SIGKILL, SEND_SIG_PRIV, current, PIDTYPE_TGID);
	} else {
		/* Every change of credentials has reset it. */
		set_dumpable(current->mm, process->dumpable);
		ow_verdict(process->pid, OTHERWORLD_EXACT, 0, "process",
			   "%d threads", get_nr_threads(current));
	}
	ow_settle(!process->failed);
}

static void ow_at_gate(struct callback_head *work)
{
	struct ow_gate_thread *thread = container_of(work,
						     struct ow_gate_thread,
						     work);
	struct ow_gate_process *process = thread->process;

	if (ow_finish_thread(process->kernel, &thread->task))
		WRITE_ONCE(process->failed, true);
	kfree(thread);
	ow_arrive(process);
	ow_gate_process_put(process);
	/* A signal that kills is as good a way out. */
	wait_event_killable(ow_gate, READ_ONCE(ow_gate_is_open));
}

void ow_open_gate(void)
{
	WRITE_ONCE(ow_gate_is_open, true);
	wake_up_all(&ow_gate);
}

static struct ow_gate_thread *ow_gate_thread(struct ow_gate_process *process,
					     const struct ow_task *task)
{
	struct ow_gate_thread *thread = kzalloc(sizeof(*thread), GFP_KERNEL);

	if (!thread)
		return NULL;
	init_task_work(&thread->work, ow_at_gate);
	thread->process = process;
	thread->task = *task;
	atomic_inc(&process->threads);
	atomic_inc(&process->missing);
	return thread;
}

static void ow_gate_thread_drop(struct ow_gate_thread *thread)
{
	atomic_dec(&thread->process->missing);
	ow_gate_process_put(thread->process);
	kfree(thread);
}

static int ow_make_thread(struct ow_gate_process *process,
			  const struct ow_task *dead)
{
	pid_t tid = dead->pid;
	struct kernel_clone_args args = {
		.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM |
			 CLONE_SIGHAND | CLONE_THREAD,
		.set_tid = &tid,
		.set_tid_size = 1,
	};
	struct ow_gate_thread *thread = ow_gate_thread(process, dead);
	struct task_struct *task;

	if (!thread)
		return -ENOMEM;
	task = copy_process(NULL, 0, NUMA_NO_NODE, &args);
	if (IS_ERR(task)) {
		ow_gate_thread_drop(thread);
		return PTR_ERR(task);
	}
	/* It cannot be on its way out: nobody has woken it yet. */
	WARN_ON_ONCE(task_work_add(task, &thread->work, TWA_RESUME));
	wake_up_new_task(task);
	return 0;
}

struct ow_thread_pass {
	struct ow_rebuild *rebuild;
	struct ow_gate_process *process;
};

static int ow_each_thread(void *priv, struct ow_virt at)
{
	struct ow_thread_pass *pass = priv;
	struct ow_rebuild *rebuild = pass->rebuild;
	struct ow_task task;
	struct ow_cursor c;
	int ret;

	if (at.a == rebuild->task.at.a)
		return OW_GO_ON;
	ow_cursor_init(&c, rebuild->kernel);
	if (!ow_task_read(&c, at, &task)) {
		ow_verdict_fault(rebuild->task.pid, OTHERWORLD_LOST,
				 "a thread", &c.fault);
		return -EIO;
	}
	/* It was leaving; what it would still have done, exit() has done. */
	if (task.exit_state || task.flags & ow_const(&c, OW_C_PF_EXITING))
		return OW_GO_ON;
	if (ow_task_is_kernel(&c, &task)) {
		ow_verdict(task.pid, OTHERWORLD_LOST, at.a, "a thread",
			   "the kernel's own, for io_uring or the like");
		return OW_GO_ON;
	}
	if (task.tgid != rebuild->task.tgid)
		return -EIO;
	ret = ow_make_thread(pass->process, &task);
	if (ret)
		ow_verdict(task.pid, OTHERWORLD_LOST, at.a, "a thread",
			   "it cannot be made: error %d", ret);
	return ret;
}

int ow_rebuild_threads(struct ow_rebuild *rebuild)
{
	struct ow_gate_process *process = kzalloc(sizeof(*process), GFP_KERNEL);
	struct ow_fault_info why = { .status = OW_OK };
	struct ow_thread_pass pass = {
		.rebuild = rebuild,
		.process = process,
	};
	struct ow_gate_thread *leader;
	int ret;

	if (!process)
		return -ENOMEM;
	process->kernel = rebuild->kernel;
	process->dumpable = rebuild->mm.flags & MMF_DUMPABLE_MASK;
	process->pid = rebuild->task.pid;
	leader = ow_gate_thread(process, &rebuild->task);
	if (!leader) {
		kfree(process);
		return -ENOMEM;
	}
	ret = ow_threads_walk(rebuild->kernel, rebuild->task.signal,
			      ow_each_thread, &pass, &why);
	if (!ret && why.status != OW_OK) {
		ow_verdict_fault(rebuild->task.pid, OTHERWORLD_LOST,
				 "list of threads", &why);
		ret = -EIO;
	}
	/* With a thread missing the others would wait for it for ever. */
	if (ret)
		WRITE_ONCE(process->failed, true);
	/* Also the way out for what has failed. */
	WARN_ON_ONCE(task_work_add(current, &leader->work, TWA_RESUME));
	return 0;
}
