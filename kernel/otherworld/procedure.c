// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: crash procedures, and processes that start anew.
 */

/**
 * DOC: What becomes of a process
 *
 * Userspace decides, by what the process asks for and by policy, before the
 * gate opens. One thread of the process, the spokesman, carries it out as the
 * last thing on its way to user mode, when everything is restored; the others
 * wait behind it.
 *
 * A crash procedure is entered as a signal handler is, on a stack that the
 * process has named, with what was interrupted saved in a signal frame there.
 * It ends by a call to the device, which lets the interrupted state be restored
 * as rt_sigreturn() does, and with it what a signal frame has no room for: the
 * system call that is to be run again.
 *
 * It may also execute a program, or exit; both are seen when asked for. If it
 * fails, or takes too long, userspace decides again.
 *
 * The next kernel may die while it runs. Then it goes on where it stood, as
 * anything does; that it runs, and in which thread, is noted in the pact.
 */

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/signal.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "pact.h"
#include "rebuild.h"

/* Nobody is told when a process executes a program or exits. */
#define OW_LOOK_AGAIN_MS	10

/* What was decided, once more than an action. */
#define OW_UNDECIDED		OTHERWORLD_ACTION_COUNT

/**
 * struct ow_run - a process that does not just go on
 * @list: all of them, to the end of this generation
 * @tgid: its own
 * @action: what was decided last, or OW_UNDECIDED
 * @state: how its crash procedure fares
 * @began: when that was entered
 * @ended: when it was seen to have ended
 * @task: the spokesman, once it is one and until all is over
 * @mm: what it was entered in, or NULL; no longer than @task
 * @entry: what it asked for, and how it was entered
 * @again: carries out what was decided later, in @task
 * @queued: @again is on its way
 */
struct ow_run {
	struct list_head list;
	struct pid *tgid;
	u32 action;
	enum otherworld_procedure_state state;
	ktime_t began;
	ktime_t ended;
	struct task_struct *task;
	struct mm_struct *mm;
	struct ow_entry entry;
	struct callback_head again;
	bool queued;
};

static DEFINE_MUTEX(ow_runs_lock);
static LIST_HEAD(ow_runs);
static DECLARE_WAIT_QUEUE_HEAD(ow_runs_wait);

static struct ow_run *ow_run_find(struct pid *tgid)
{
	struct ow_run *run;

	lockdep_assert_held(&ow_runs_lock);
	list_for_each_entry(run, &ow_runs, list)
		if (run->tgid == tgid)
			return run;
	return NULL;
}

static struct ow_run *ow_run_of_current(void)
{
	struct ow_run *run;

	mutex_lock(&ow_runs_lock);
	run = ow_run_find(task_tgid(current));
	mutex_unlock(&ow_runs_lock);
	return run;
}

/* Nothing more is decided about it, and it has no spokesman. */
static bool ow_is_over(enum otherworld_procedure_state state)
{
	return OTHERWORLD_PROCEDURE_OVER >> state & 1;
}

static void ow_run_set(struct ow_run *run, enum otherworld_procedure_state state)
{
	lockdep_assert_held(&ow_runs_lock);
	/* Whoever looks may see the end before the spokesman says it. */
	if (ow_is_over(run->state))
		return;
	WRITE_ONCE(run->state, state);
	if (state == OTHERWORLD_PROCEDURE_RUNNING)
		run->began = ktime_get();
	else
		run->ended = ktime_get();
	if (!ow_is_over(state))
		return;
	if (run->task)
		put_task_struct(run->task);
	if (run->mm)
		mmdrop(run->mm);
	run->task = NULL;
	run->mm = NULL;
}

static void ow_run_is(struct ow_run *run, enum otherworld_procedure_state state)
{
	mutex_lock(&ow_runs_lock);
	ow_run_set(run, state);
	mutex_unlock(&ow_runs_lock);
	wake_up_all(&ow_runs_wait);
}

/* current speaks for its process; @inside: its crash procedure. */
static void ow_run_begin(struct ow_run *run, bool inside)
{
	mutex_lock(&ow_runs_lock);
	if (!run->task)
		run->task = get_task_struct(current);
	if (inside && !run->mm) {
		run->mm = current->mm;
		mmgrab(run->mm);
	}
	mutex_unlock(&ow_runs_lock);
}

static u32 ow_take_decision(struct ow_run *run)
{
	u32 action;

	mutex_lock(&ow_runs_lock);
	action = run->action;
	run->action = OW_UNDECIDED;
	mutex_unlock(&ow_runs_lock);
	return action;
}

/* --- By what was decided ------------------------------------------------------------ */

static void ow_enter(struct ow_run *run)
{
	int ret;

	ow_run_begin(run, true);
	ret = ow_frame_enter(&run->entry);
	if (ret) {
		ow_verdict(task_tgid_nr(current), OTHERWORLD_DEGRADED,
			   run->entry.pact.copy.procedure, "crash procedure",
			   "its entry or its stack cannot be used");
		ow_run_is(run, OTHERWORLD_PROCEDURE_REFUSED);
	} else {
		ow_run_is(run, OTHERWORLD_PROCEDURE_RUNNING);
	}
}

static void ow_return_to(struct ow_run *run, u64 ucontext)
{
	ow_frame_leave(&run->entry, ucontext);
	ow_run_is(run, OTHERWORLD_PROCEDURE_CONTINUED);
}

static bool ow_start_anew(struct ow_run *run, bool same_file)
{
	int ret;

	ow_frame_unblock(&run->entry);
	ret = ow_exec_afresh(same_file);
	if (!ret) {
		ow_run_is(run, OTHERWORLD_PROCEDURE_RESTARTED);
		return true;
	}
	ow_verdict(task_tgid_nr(current), OTHERWORLD_DEGRADED, 0, "restart",
		   "its program cannot be executed: error %d", ret);
	ow_run_is(run, OTHERWORLD_PROCEDURE_FAILED);
	return false;
}

static void ow_go_on(struct ow_run *run)
{
	if (run->entry.pact.running.tid)
		ow_return_to(run, run->entry.pact.running.ucontext);
	else
		ow_run_is(run, OTHERWORLD_PROCEDURE_CONTINUED);
}

/* False if that failed, and there is to be another decision. */
static bool ow_act(struct ow_run *run, u32 action)
{
	switch (action) {
	case OTHERWORLD_ACTION_PROCEDURE:
		if (run->entry.pact.copy.procedure && !run->entry.pact.running.tid)
			ow_enter(run);
		else
			ow_go_on(run);
		return true;
	case OTHERWORLD_ACTION_HOT_RESTART:
	case OTHERWORLD_ACTION_RELOAD:
		return ow_start_anew(run,
				     action == OTHERWORLD_ACTION_HOT_RESTART);
	case OTHERWORLD_ACTION_TERMINATE:
		ow_run_is(run, OTHERWORLD_PROCEDURE_EXITED);
		send_sig(SIGKILL, current, 1);
		return true;
	default:
		ow_go_on(run);
		return true;
	}
}

/* After a failure nothing is done before it has been decided what. */
static void ow_act_until_settled(struct ow_run *run)
{
	do {
		if (wait_event_killable(ow_runs_wait, READ_ONCE(run->action) !=
						      OW_UNDECIDED))
			return;
	} while (!ow_act(run, ow_take_decision(run)));
}

static bool ow_is_settled(const struct ow_run *run)
{
	switch (READ_ONCE(run->state)) {
	case OTHERWORLD_PROCEDURE_CONTINUED:
	case OTHERWORLD_PROCEDURE_REFUSED:
		return true;
	default:
		return false;
	}
}

static void ow_be_spokesman(struct ow_run *run)
{
	ow_run_begin(run, false);
	ow_act_until_settled(run);
}

/* In the middle of its procedure: whatever was decided, that ends first. */
static void ow_run_on(struct ow_run *run)
{
	run->entry.call = run->entry.pact.running.call;
	ow_run_begin(run, true);
	ow_take_decision(run);
	ow_run_is(run, OTHERWORLD_PROCEDURE_RUNNING);
}

void ow_carry_out(bool spokesman)
{
	struct ow_run *run = ow_run_of_current();
	s32 tid;

	if (!run)
		return;
	tid = run->entry.pact.running.tid;
	if (tid == task_pid_vnr(current))
		ow_run_on(run);
	else if (!tid && spokesman)
		ow_be_spokesman(run);
	else
		wait_event_killable(ow_runs_wait, ow_is_settled(run));
}

/* --- For userspace -------------------------------------------------------------------- */

static void ow_again(struct callback_head *work)
{
	struct ow_run *run = container_of(work, struct ow_run, again);
	bool goes_on;

	mutex_lock(&ow_runs_lock);
	run->queued = false;
	/* Of a procedure that has ended meanwhile nothing is left to decide. */
	goes_on = run->task == current && run->mm == current->mm;
	mutex_unlock(&ow_runs_lock);
	/* Who exits carries out what it was told, and decides nothing. */
	if (goes_on && !(current->flags & PF_EXITING))
		ow_act_until_settled(run);
}

/* As a kernel before this one has noted it, or anybody else. */
static bool ow_is_thread_of(struct task_struct *task, pid_t tid)
{
	struct task_struct *thread;
	bool is;

	rcu_read_lock();
	thread = find_task_by_pid_ns(tid, task_active_pid_ns(task));
	is = thread && same_thread_group(thread, task);
	rcu_read_unlock();
	return is;
}

static struct ow_run *ow_run_new(struct task_struct *task)
{
	struct ow_run *run = kzalloc(sizeof(*run), GFP_KERNEL);

	if (!run)
		return NULL;
	run->tgid = get_pid(task_tgid(task));
	run->entry.call = -1;
	init_task_work(&run->again, ow_again);
	/* What could not be read asks for nothing. */
	if (ow_pact_read(task, &run->entry.pact) != OTHERWORLD_PACT_VALID)
		memset(&run->entry.pact, 0, sizeof(run->entry.pact));
	if (!ow_is_thread_of(task, run->entry.pact.running.tid))
		run->entry.pact.running.tid = 0;
	list_add_tail(&run->list, &ow_runs);
	return run;
}

/* Whoever runs is interrupted; whoever waits is woken. */
static int ow_decide_again(struct ow_run *run, u32 action)
{
	int ret;

	if (run->state != OTHERWORLD_PROCEDURE_RUNNING)
		return 0;
	/* Also who is stopped, and would carry out nothing. */
	if (action == OTHERWORLD_ACTION_TERMINATE)
		return kill_pid(run->tgid, SIGKILL, 1);
	if (run->queued)
		return 0;
	run->queued = true;
	ret = task_work_add(run->task, &run->again, TWA_SIGNAL);
	if (ret)
		run->queued = false;
	return ret;
}

int ow_decide(const struct otherworld_decision *decision)
{
	struct task_struct *task;
	struct ow_run *run;
	int ret = -ENOMEM;

	if (decision->action >= OTHERWORLD_ACTION_COUNT)
		return -EINVAL;
	task = find_get_task_by_vpid(decision->pid);
	if (!task)
		return -ESRCH;
	mutex_lock(&ow_runs_lock);
	run = ow_run_find(task_tgid(task));
	if (!run)
		run = ow_run_new(task);
	if (run) {
		ret = ow_decide_again(run, decision->action);
		WRITE_ONCE(run->action, decision->action);
		/* Until that is carried out. */
		if (run->state == OTHERWORLD_PROCEDURE_FAILED)
			run->state = OTHERWORLD_PROCEDURE_RUNNING;
	}
	mutex_unlock(&ow_runs_lock);
	put_task_struct(task);
	wake_up_all(&ow_runs_wait);
	return ret;
}

/*
 * The spokesman has ended its thread, and nothing else of the process. The
 * others need not wait for it, unless there was more for it to do.
 */
static void ow_spokesman_left(struct ow_run *run)
{
	if (run->action >= OTHERWORLD_ACTION_HOT_RESTART &&
	    run->action != OW_UNDECIDED) {
		kill_pid(run->tgid, SIGKILL, 1);
		ow_run_set(run, OTHERWORLD_PROCEDURE_EXITED);
	} else {
		ow_run_set(run, OTHERWORLD_PROCEDURE_CONTINUED);
		wake_up_all(&ow_runs_wait);
	}
}

/* It may have ended without a word. */
static void ow_look(struct ow_run *run)
{
	struct task_struct *task;
	bool gone, other = false;

	if (run->state != OTHERWORLD_PROCEDURE_RUNNING &&
	    run->state != OTHERWORLD_PROCEDURE_FAILED)
		return;
	task = get_pid_task(run->tgid, PIDTYPE_TGID);
	/* The first thread may have ended long before the others. */
	gone = !task || task->signal->flags & SIGNAL_GROUP_EXIT ||
	       !atomic_read(&task->signal->live);
	if (task) {
		task_lock(task);
		other = run->mm && task->mm && task->mm != run->mm;
		task_unlock(task);
		put_task_struct(task);
	}
	if (gone)
		ow_run_set(run, OTHERWORLD_PROCEDURE_EXITED);
	else if (other)
		ow_run_set(run, OTHERWORLD_PROCEDURE_RESTARTED);
	else if (run->task && READ_ONCE(run->task->exit_state))
		ow_spokesman_left(run);
}

static u64 ow_run_time(const struct ow_run *run)
{
	ktime_t end = run->state == OTHERWORLD_PROCEDURE_RUNNING ? ktime_get() :
								   run->ended;

	return run->began ? ktime_to_ns(ktime_sub(end, run->began)) : 0;
}

/* By number, and not by task: that may be gone. */
static int ow_look_by_pid(struct otherworld_procedure *procedure)
{
	int ret = -ESRCH;
	struct ow_run *run;

	mutex_lock(&ow_runs_lock);
	list_for_each_entry(run, &ow_runs, list) {
		if (pid_vnr(run->tgid) != procedure->pid)
			continue;
		ow_look(run);
		procedure->state = run->state;
		procedure->nanoseconds = ow_run_time(run);
		ret = 0;
		break;
	}
	mutex_unlock(&ow_runs_lock);
	return ret;
}

int ow_procedure_state(struct otherworld_procedure *procedure)
{
	ktime_t end = ktime_add_ms(ktime_get(), procedure->timeout_ms);
	long pause = msecs_to_jiffies(OW_LOOK_AGAIN_MS);
	int ret;

	for (;;) {
		ret = ow_look_by_pid(procedure);
		if (ret || procedure->state != OTHERWORLD_PROCEDURE_RUNNING ||
		    ktime_after(ktime_get(), end))
			return ret;
		if (schedule_timeout_interruptible(pause) &&
		    signal_pending(current))
			return -EINTR;
	}
}

/* --- For the procedure itself ------------------------------------------------------------ */

struct ow_end_work {
	struct callback_head work;
	struct ow_run *run;
	struct otherworld_end end;
};

static void ow_end(struct callback_head *work)
{
	struct ow_end_work *end = container_of(work, struct ow_end_work, work);
	struct ow_run *run = end->run;

	if (end->end.answer == OTHERWORLD_ANSWER_CONTINUE) {
		ow_return_to(run, end->end.ucontext);
	} else {
		ow_run_is(run, OTHERWORLD_PROCEDURE_FAILED);
		ow_act_until_settled(run);
	}
	kfree(end);
}

/* Carried out on the way back to user mode, where registers may change. */
int ow_procedure_end(const struct otherworld_end *end)
{
	struct ow_end_work *work;
	struct ow_run *run;
	bool inside;

	mutex_lock(&ow_runs_lock);
	run = ow_run_find(task_tgid(current));
	inside = run && run->task == current &&
		 run->state == OTHERWORLD_PROCEDURE_RUNNING;
	mutex_unlock(&ow_runs_lock);
	if (!inside)
		return -ESRCH;
	if (end->answer > OTHERWORLD_ANSWER_FAILED)
		return -EINVAL;
	work = kzalloc(sizeof(*work), GFP_KERNEL);
	if (!work)
		return -ENOMEM;
	work->run = run;
	work->end = *end;
	init_task_work(&work->work, ow_end);
	if (task_work_add(current, &work->work, TWA_RESUME)) {
		kfree(work);
		return -ESRCH;
	}
	/*
	 * Nobody sees this: there are other registers when that is done. If the
	 * kernel dies before, the next one has the answer given once more.
	 */
	return -ERESTARTNOINTR;
}
