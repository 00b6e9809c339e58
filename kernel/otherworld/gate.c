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

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/coredump.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>
#include <asm/tsc.h>

#include "pact.h"
#include "rebuild.h"
#include "trace.h"

static DECLARE_WAIT_QUEUE_HEAD(ow_gate);
static bool ow_gate_is_open;

/* One process at the gate; gone with the last of its threads. */
struct ow_gate_process {
	const struct ow_kernel *kernel;
	atomic_t missing;	/* threads that have not arrived */
	atomic_t threads;	/* that refer to this */
	bool failed;
	struct ow_live_mm *live_mm;
	unsigned long dumpable;
	struct ow_virt files, fs;	/* what its threads share, mostly */
	struct ow_signal signal;
	struct ow_itimers itimers;
	struct completion timers_exist;
	struct list_head timers;	/* to be started */
	struct mutex start;		/* who starts them goes first */
	bool started;
	struct ow_virt leader;	/* the dead one */
	pid_t pid;
	pid_t spokesman;	/* the first that has not exited */
	bool copied;		/* and all its threads are there */
};

struct ow_gate_thread {
	struct callback_head work;
	struct ow_gate_process *process;
	struct ow_task task;
	bool exited;		/* or was too far on its way there */
	s32 exit_code;
};

static void ow_gate_process_put(struct ow_gate_process *process)
{
	if (!atomic_dec_and_test(&process->threads))
		return;
	ow_forget_timers(&process->timers);
	if (process->live_mm)
		ow_live_mm_put(process->live_mm);
	kfree(process);
}

static int ow_finish_thread(struct ow_gate_process *process,
			    const struct ow_task *task,
			    struct ow_resume *resume)
{
	const struct ow_kernel *kernel = process->kernel;
	int ret;

	/* unshare(CLONE_FILES), by one thread of many. */
	if (task->files.a != process->files.a) {
		ret = ow_rebuild_files(kernel, task);
		if (ret)
			return ret;
	}
	if (task->fs.a != process->fs.a) {
		ret = ow_rebuild_fs(kernel, task);
		if (ret)
			return ret;
	}
	ret = ow_rebuild_registers(kernel, task, resume);
	ret = ret ?: ow_fault_point(OW_POINT_REGISTERS, task->comm);
	if (ret)
		return ret;
	ow_rebuild_thread_signals(task, resume);
	ow_rebuild_thread_identity(kernel, task);
	ret = ow_rebuild_seccomp(kernel, task);
	ret = ret ?: ow_fault_point(OW_POINT_SECCOMP, task->comm);
	if (ret)
		return ret;
	ret = ow_rebuild_creds(task->pid, kernel, task);
	ret = ret ?: ow_fault_point(OW_POINT_CREDS, task->comm);
	if (ret)
		return ret;
	/* Signals of timers are the timers' own, for them to go on after it. */
	wait_for_completion(&process->timers_exist);
	/* Signals count against the limit of their user. */
	ow_rebuild_pending(kernel, task, resume);
	/* A copy is stopped anyway. */
	if (!ow_kernel_lives(kernel))
		ow_rebuild_stop(kernel, task);
	if (resume->vfork_child)
		ow_vfork_wait_begin(resume);
	return 0;
}

static void ow_arrive(struct ow_gate_process *process)
{
	bool copy = ow_kernel_lives(process->kernel);

	if (!atomic_dec_and_test(&process->missing))
		return;
	if (copy && !process->failed && !ow_copy_is_whole()) {
		ow_verdict(process->pid, OTHERWORLD_LOST, 0, "process",
			   "the original did not stand still");
		WRITE_ONCE(process->failed, true);
	}
	if (process->failed) {
		/* PID 1 cannot be killed. */
		if (!is_global_init(current) && !copy)
			ow_note_lost(process->kernel, process->leader,
				     process->pid);
	} else {
		/* Every change of credentials has reset it. */
		set_dumpable(current->mm, process->dumpable);
		ow_rebuild_shared_pending(process->kernel, process->pid,
					  process->signal.at);
		if (!copy)
			ow_rebuild_group_stop(process->kernel,
					      &process->signal);
		ow_verdict(process->pid, OTHERWORLD_EXACT, 0, "process",
			   "%d threads", get_nr_threads(current));
	}
	if (copy) {
		ow_copy_done();
		WRITE_ONCE(process->copied, true);
		wake_up_all(&ow_gate);
	} else {
		ow_settle(!process->failed);
	}
}

/* Of PID 1 the first thread stays: a signal that kills would kill all of it. */
static void ow_end_failed(bool copy)
{
	if (copy)
		force_sig(SIGKILL);
	else if (!is_global_init(current))
		ow_await_death();
	else if (thread_group_leader(current))
		ow_start_init();
	else
		do_exit(0);
}

/* Nothing of it was built right, or not its memory, which somebody else built. */
static bool ow_has_failed(const struct ow_gate_process *process)
{
	return READ_ONCE(process->failed) ||
	       (process->live_mm && READ_ONCE(process->live_mm->failed));
}

static int ow_finish_exited(const struct ow_gate_process *process,
			    const struct ow_task *task)
{
	ow_rebuild_thread_identity(process->kernel, task);
	return ow_rebuild_creds(task->pid, process->kernel, task);
}

/* The first thread to go starts what counts down; the others see it running. */
static void ow_go(struct ow_gate_process *process, struct ow_resume *resume)
{
	struct ow_cursor c;

	mutex_lock(&process->start);
	if (!process->started)
		ow_start_timers(&process->itimers, &process->timers);
	process->started = true;
	mutex_unlock(&process->start);

	ow_cursor_init(&c, process->kernel);
	resume->group_exit = process->signal.flags &
			     ow_const(&c, OW_C_SIGNAL_GROUP_EXIT);
	resume->group_exit_code = process->signal.group_exit_code;
}

/* Each copy has a gate of its own, whether or not the large one is open. */
static bool ow_may_pass(const struct ow_gate_process *process)
{
	return ow_kernel_lives(process->kernel) ? READ_ONCE(process->copied) :
						  READ_ONCE(ow_gate_is_open);
}

static void ow_at_gate(struct callback_head *work)
{
	struct ow_gate_thread *thread = container_of(work,
						     struct ow_gate_thread,
						     work);
	struct ow_gate_process *process = thread->process;
	bool copy = ow_kernel_lives(process->kernel);
	bool exited = thread->exited;
	bool spokesman = process->spokesman == thread->task.pid;
	struct ow_resume resume = { .vforks = LIST_HEAD_INIT(resume.vforks) };
	s32 code = thread->exit_code;
	int ret;

	if (exited) {
		ret = ow_finish_exited(process, &thread->task);
	} else {
		resume.trace = ow_trace_new(process->kernel, &thread->task);
		ret = ow_finish_thread(process, &thread->task, &resume);
		ow_trace_free(resume.trace);
	}
	if (ret)
		WRITE_ONCE(process->failed, true);
	kfree(thread);
	ow_arrive(process);
	if (exited) {
		ow_gate_process_put(process);
		/* Nobody else is waited for. */
		if (copy)
			do_exit(code);
		ow_exit_again(code);
	}
	/* A signal that kills is as good a way out. */
	wait_event_killable(ow_gate, ow_may_pass(process));
	if (ow_has_failed(process)) {
		ow_gate_process_put(process);
		ow_vfork_forget(&resume);
		ow_forget_exec(&resume);
		ow_end_failed(copy);
		return;
	}
	/* Each thread for itself, so that none runs before all are stopped. */
	if (copy)
		send_sig(SIGSTOP, current, 1);
	ow_go(process, &resume);
	ow_gate_process_put(process);
	ow_resume_signals(&resume);
	ow_resume_wait(&resume);
	ow_resume_exec(&resume);
	if (resume.vfork_child)
		ow_vfork_wait(&resume);
	if (!copy)
		ow_carry_out(spokesman);
}

/* On the clocks that go on over a takeover; 0 if the gate has not opened. */
static u64 ow_gate_boottime, ow_gate_outage;

u64 ow_gate_opened_at(u64 *outage_ns)
{
	*outage_ns = READ_ONCE(ow_gate_outage);
	return READ_ONCE(ow_gate_boottime);
}

void ow_open_gate(void)
{
	const struct otherworld_event takeover = {
		.kind = OTHERWORLD_EVENT_TAKEOVER,
	};

	/* Whatever is announced is announced once. */
	if (ow_gate_is_open)
		return;
	WRITE_ONCE(ow_gate_outage,
		   mul_u64_u64_div_u64(rdtsc_ordered() -
				       ow_dead_fault->tsc_fault,
				       NSEC_PER_MSEC, ow_dead->tsc_khz));
	WRITE_ONCE(ow_gate_boottime, ktime_get_boottime_ns());
	ow_announce(&takeover);
	ow_unpark_pids();
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
	thread->exited = task->exit_state;
	thread->exit_code = task->exit_code;
	if (!thread->exited && !process->spokesman)
		process->spokesman = task->pid;
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
	pid_t pid = rebuild->task.pid;
	struct ow_task task;
	struct ow_cursor c;
	char name[32];
	int ret;

	if (at.a == rebuild->task.at.a)
		return OW_GO_ON;
	ow_cursor_init(&c, rebuild->kernel);
	if (!ow_task_read(&c, at, &task)) {
		ow_verdict_fault(pid, OTHERWORLD_LOST, "a thread", &c.fault);
		return -EIO;
	}
	/* It was leaving: nobody waits for a thread. */
	if (task.exit_state || task.flags & ow_const(&c, OW_C_PF_EXITING))
		return OW_GO_ON;
	snprintf(name, sizeof(name), "thread %d", task.pid);
	if (ow_task_is_kernel(&c, &task)) {
		ow_verdict(pid, OTHERWORLD_LOST, at.a, name,
			   "the kernel's own, for io_uring or the like");
		return OW_GO_ON;
	}
	if (task.tgid != rebuild->task.tgid)
		return -EIO;
	ow_judge_thread_namespaces(rebuild, &task);
	ow_judge_thread_ties(rebuild, &task);
	ret = ow_make_thread(pass->process, &task);
	if (ret)
		ow_verdict(pid, OTHERWORLD_LOST, at.a, name,
			   "it cannot be made: error %d", ret);
	return ret;
}

static struct ow_gate_process *ow_gate_process(struct ow_rebuild *rebuild)
{
	struct ow_gate_process *process = kzalloc(sizeof(*process), GFP_KERNEL);

	if (!process)
		return NULL;
	process->kernel = rebuild->kernel;
	process->live_mm = rebuild->live_mm;
	if (process->live_mm)
		refcount_inc(&process->live_mm->users);
	process->dumpable = rebuild->mm.flags & MMF_DUMPABLE_MASK;
	process->files = rebuild->body.files;
	process->fs = rebuild->body.fs;
	process->signal = rebuild->signal;
	init_completion(&process->timers_exist);
	INIT_LIST_HEAD(&process->timers);
	mutex_init(&process->start);
	process->leader = rebuild->task.at;
	process->pid = rebuild->task.pid;
	return process;
}

static struct ow_gate_thread *ow_gate_leader(struct ow_rebuild *rebuild)
{
	struct ow_gate_process *process = ow_gate_process(rebuild);
	struct ow_gate_thread *leader;

	if (!process)
		return NULL;
	leader = ow_gate_thread(process, &rebuild->task);
	if (!leader) {
		atomic_set(&process->threads, 1);
		ow_gate_process_put(process);
	}
	return leader;
}

/* Some are for threads, which exist now. */
static void ow_make_timers(struct ow_rebuild *rebuild,
			   struct ow_gate_process *process)
{
	struct ow_cursor c;

	ow_cursor_init(&c, rebuild->kernel);
	if (!ow_itimers_read(&c, rebuild->signal.at, &process->itimers))
		ow_verdict_fault(process->pid, OTHERWORLD_DEGRADED, "timers",
				 &c.fault);
	ow_rebuild_timers(rebuild->kernel, process->pid, rebuild->signal.at,
			  &process->timers);
}

int ow_rebuild_threads(struct ow_rebuild *rebuild)
{
	struct ow_gate_thread *leader = ow_gate_leader(rebuild);
	struct ow_fault_info why = { .status = OW_OK };
	struct ow_thread_pass pass = { .rebuild = rebuild };
	int ret;

	if (!leader)
		return -ENOMEM;
	pass.process = leader->process;
	ret = ow_threads_walk(rebuild->kernel, rebuild->task.signal,
			      ow_each_thread, &pass, &why);
	if (!ret && why.status != OW_OK) {
		ow_verdict_fault(rebuild->task.pid, OTHERWORLD_LOST,
				 "list of threads", &why);
		ret = -EIO;
	}
	ret = ret ?: ow_fault_point(OW_POINT_THREADS, rebuild->task.comm);
	if (!ret)
		ow_make_timers(rebuild, pass.process);
	/* With a thread missing the others would wait for it for ever. */
	if (ret)
		WRITE_ONCE(pass.process->failed, true);
	complete_all(&pass.process->timers_exist);
	/* Also the way out for what has failed. */
	WARN_ON_ONCE(task_work_add(current, &leader->work, TWA_RESUME));
	return 0;
}

/* SIGNAL_GROUP_EXIT: all threads were killed together. */
#define OW_GROUP_EXIT	4

int ow_rebuild_zombie(struct ow_rebuild *rebuild)
{
	struct ow_gate_thread *leader;
	int ret;

	ret = ow_note_kin(rebuild);
	if (ret)
		return ret;
	leader = ow_gate_leader(rebuild);
	if (!leader)
		return -ENOMEM;
	/* Without memory, whether or not its parent has been told. */
	leader->exited = true;
	if (rebuild->signal.flags & OW_GROUP_EXIT)
		leader->exit_code = rebuild->signal.group_exit_code;
	ow_rebuild_identity(rebuild);
	WARN_ON_ONCE(task_work_add(current, &leader->work, TWA_RESUME));
	return 0;
}
