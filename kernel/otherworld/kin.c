// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: parents, process groups and sessions.
 *
 * Processes are made in any order by one helper, whose children they are at
 * first. When all exist, each gets its own parent, group and session; those
 * whose leaders are long gone are made anew under their old number.
 *
 * For a process that does not come back a stand-in is linked as well, and then
 * killed: its parent finds it so, its children have a new parent, its number is
 * not given away before that.
 */

#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/tty.h>
#include <linux/wait.h>

#include "rebuild.h"

struct ow_kin {
	struct list_head list;
	pid_t pid, parent, pgid, sid;
	int exit_signal;
	bool leader, has_child_subreaper, zombie;
	bool exits;	/* the first thread, if not all */
	bool lost;	/* killed, so that its parent is told */
	struct ow_ctty ctty;
	/* Held until all are linked. */
	struct pid *group, *session;
};

static LIST_HEAD(ow_kin_list);
static DEFINE_MUTEX(ow_kin_lock);

/* False if it cannot be told: PID 1 takes it in. */
static bool ow_find_parent(struct ow_cursor *c, struct ow_virt parent,
			   int exit_signal, struct ow_kin *kin)
{
	kin->parent = ow_get(c, parent, OW_F_task_struct_pid);
	/* -1 stands for a thread; of a process it would be damage. */
	kin->exit_signal = valid_signal(exit_signal) ? exit_signal : SIGCHLD;
	if (ow_cursor_ok(c))
		return true;
	kin->parent = 1;
	return false;
}

static void ow_add_kin(struct ow_kin *kin)
{
	mutex_lock(&ow_kin_lock);
	list_add_tail(&kin->list, &ow_kin_list);
	mutex_unlock(&ow_kin_lock);
}

int ow_note_kin(struct ow_rebuild *rebuild)
{
	struct ow_kin *kin = kzalloc(sizeof(*kin), GFP_KERNEL);
	struct ow_cursor c;

	if (!kin)
		return -ENOMEM;
	ow_cursor_init(&c, rebuild->kernel);
	kin->pid = rebuild->task.pid;
	if (!ow_find_parent(&c, rebuild->task.real_parent,
			    rebuild->task.exit_signal, kin))
		ow_verdict_fault(kin->pid, OTHERWORLD_DEGRADED, "parent",
				 &c.fault);
	kin->pgid = rebuild->signal.pgid;
	kin->sid = rebuild->signal.sid;
	kin->leader = rebuild->signal.leader;
	kin->has_child_subreaper = rebuild->signal.has_child_subreaper;
	/* What was on its way there tells its parent as it would have. */
	kin->zombie = rebuild->zombie && ow_task_is_zombie(&c, &rebuild->task);
	kin->exits = rebuild->zombie || rebuild->task.exit_state;
	ow_find_ctty(rebuild->kernel, kin->pid, rebuild->signal.tty,
		     &kin->ctty);
	ow_add_kin(kin);
	return 0;
}

static bool ow_mark_lost(pid_t pid)
{
	struct ow_kin *kin;
	bool found = false;

	mutex_lock(&ow_kin_lock);
	list_for_each_entry(kin, &ow_kin_list, list) {
		if (kin->pid != pid)
			continue;
		kin->lost = true;
		found = true;
	}
	mutex_unlock(&ow_kin_lock);
	return found;
}

/* Of its group and session the parent may ask for it by. */
static void ow_find_group(const struct ow_kernel *kernel, struct ow_virt task,
			  struct ow_kin *kin)
{
	struct ow_signal signal;
	struct ow_cursor c;

	ow_cursor_init(&c, kernel);
	if (!ow_signal_read(&c, ow_get_ptr(&c, task, OW_F_task_struct_signal),
			    &signal))
		return;
	kin->pgid = signal.pgid;
	kin->sid = signal.sid;
	kin->leader = signal.leader;
	kin->has_child_subreaper = signal.has_child_subreaper;
}

void ow_note_lost(const struct ow_kernel *kernel, struct ow_virt task, pid_t pid)
{
	struct ow_kin *kin;
	struct ow_cursor c;

	if (ow_mark_lost(pid))
		return;
	kin = kzalloc(sizeof(*kin), GFP_KERNEL);
	/* Then it ends without its parent being told. */
	if (!kin)
		return;
	kin->pid = pid;
	kin->lost = true;
	ow_cursor_init(&c, kernel);
	ow_find_parent(&c, ow_get_ptr(&c, task, OW_F_task_struct_real_parent),
		       ow_get(&c, task, OW_F_task_struct_exit_signal), kin);
	ow_find_group(kernel, task, kin);
	ow_add_kin(kin);
}

/* A reference to a number's struct pid, made if nobody has it. */
static struct pid *ow_pid(pid_t number)
{
	struct pid *pid;

	if (number <= 0)
		return NULL;
	pid = find_get_pid(number);
	if (pid)
		return pid;
	pid = alloc_pid(&init_pid_ns, &number, 1);
	return IS_ERR(pid) ? NULL : get_pid(pid);
}

static void ow_link_pid(struct task_struct *task, enum pid_type type,
			struct pid *pid)
{
	if (pid && task_pid_type(task, type) != pid)
		change_pid(task, type, pid);
}

/* Damage can make two processes each other's parent; what is linked has none. */
static bool ow_descends(const struct task_struct *task,
			const struct task_struct *from)
{
	while (task->pid && !same_thread_group((struct task_struct *)task,
					       (struct task_struct *)from))
		task = rcu_dereference_protected(task->real_parent,
						 lockdep_is_held(&tasklist_lock));
	return task->pid;
}

static void ow_link_one(struct ow_kin *kin)
{
	struct task_struct *task = find_task_by_pid_ns(kin->pid, &init_pid_ns);
	struct task_struct *parent, *thread;

	if (!task || !thread_group_leader(task))
		return;
	ow_link_pid(task, PIDTYPE_SID, kin->session);
	ow_link_pid(task, PIDTYPE_PGID, kin->group);
	task->signal->leader = kin->leader;
	ow_set_ctty(task, &kin->ctty);
	if (is_global_init(task))
		return;

	task->signal->has_child_subreaper = kin->has_child_subreaper;
	/* Of an exit its parent was told before. */
	task->exit_signal = kin->zombie ? 0 : kin->exit_signal;
	parent = find_task_by_pid_ns(kin->parent, &init_pid_ns);
	if (!parent || parent->flags & PF_KTHREAD || ow_descends(parent, task))
		parent = init_pid_ns.child_reaper;
	for_each_thread(task, thread) {
		rcu_assign_pointer(thread->real_parent, parent);
		rcu_assign_pointer(thread->parent, parent);
	}
	list_move_tail(&task->sibling, &parent->children);
}

/* --- Those that had exited, or do not come back --------------------------------- */

static DECLARE_WAIT_QUEUE_HEAD(ow_exits);
static bool ow_exits_allowed;

void ow_await_death(void)
{
	wait_event_killable(ow_exits, READ_ONCE(ow_exits_allowed));
	force_sig(SIGKILL);
}

static void ow_kill(pid_t pid)
{
	struct task_struct *task;

	rcu_read_lock();
	task = find_task_by_pid_ns(pid, &init_pid_ns);
	if (task)
		do_send_sig_info(SIGKILL, SEND_SIG_PRIV, task, PIDTYPE_TGID);
	rcu_read_unlock();
}

void ow_exit_again(s32 code)
{
	wait_event_killable(ow_exits, READ_ONCE(ow_exits_allowed));
	do_exit(code);
}

static bool ow_has_exited(pid_t pid, int exit_signal)
{
	struct task_struct *task;
	bool exited;

	write_lock_irq(&tasklist_lock);
	task = find_task_by_pid_ns(pid, &init_pid_ns);
	exited = !task || task->exit_state;
	/* Now a parent that waits for children with this signal finds it. */
	if (task && exited)
		task->exit_signal = exit_signal;
	write_unlock_irq(&tasklist_lock);
	return exited;
}

/* An exit does not wait for anything; still, nothing here is for ever. */
#define OW_EXIT_PATIENCE	(5 * HZ)

static void ow_let_them_exit(void)
{
	unsigned long end = jiffies + OW_EXIT_PATIENCE;
	struct ow_kin *kin;

	WRITE_ONCE(ow_exits_allowed, true);
	wake_up_all(&ow_exits);
	list_for_each_entry(kin, &ow_kin_list, list)
		if (kin->lost)
			ow_kill(kin->pid);
	list_for_each_entry(kin, &ow_kin_list, list)
		while ((kin->exits || kin->lost) &&
		       !ow_has_exited(kin->pid, kin->exit_signal) &&
		       time_before(jiffies, end))
			usleep_range(100, 200);
}

int ow_link_kin(void)
{
	struct ow_kin *kin, *next;

	mutex_lock(&ow_kin_lock);
	list_for_each_entry(kin, &ow_kin_list, list) {
		kin->group = ow_pid(kin->pgid);
		kin->session = ow_pid(kin->sid);
	}
	write_lock_irq(&tasklist_lock);
	list_for_each_entry(kin, &ow_kin_list, list)
		ow_link_one(kin);
	write_unlock_irq(&tasklist_lock);
	ow_link_vforks();
	ow_let_them_exit();
	list_for_each_entry_safe(kin, next, &ow_kin_list, list) {
		put_pid(kin->group);
		put_pid(kin->session);
		tty_kref_put(kin->ctty.tty);
		list_del(&kin->list);
		kfree(kin);
	}
	mutex_unlock(&ow_kin_lock);
	return 0;
}
