// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: who a process is, and what it may do.
 */

#include <linux/cpumask.h>
#include <linux/cred.h>
#include <linux/ioprio.h>
#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/personality.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/sched/coredump.h>
#include <linux/sched/signal.h>
#include <linux/securebits.h>
#include <linux/slab.h>
#include <linux/syscall_user_dispatch.h>
#include <linux/user_namespace.h>
#include <uapi/linux/sched/types.h>

#include "parse/ow_ties.h"
#include "rebuild.h"

static struct group_info *ow_rebuild_groups(struct ow_cursor *c,
					    const struct ow_cred *dead)
{
	struct group_info *groups = groups_alloc(dead->ngroups);
	unsigned int i;

	if (!groups)
		return NULL;
	for (i = 0; i < dead->ngroups; i++)
		groups->gid[i] = KGIDT_INIT(ow_cred_group(c, dead, i));
	groups_sort(groups);
	return groups;
}

static void ow_set_cap(kernel_cap_t *to, u64 from)
{
	to->val = from & CAP_VALID_MASK;
}

static void ow_set_cred(struct cred *cred, const struct ow_cred *dead)
{
	cred->uid = KUIDT_INIT(dead->uid);
	cred->gid = KGIDT_INIT(dead->gid);
	cred->suid = KUIDT_INIT(dead->suid);
	cred->sgid = KGIDT_INIT(dead->sgid);
	cred->euid = KUIDT_INIT(dead->euid);
	cred->egid = KGIDT_INIT(dead->egid);
	cred->fsuid = KUIDT_INIT(dead->fsuid);
	cred->fsgid = KGIDT_INIT(dead->fsgid);
	cred->securebits = dead->securebits;
	ow_set_cap(&cred->cap_inheritable, dead->cap_inheritable);
	ow_set_cap(&cred->cap_permitted, dead->cap_permitted);
	ow_set_cap(&cred->cap_effective, dead->cap_effective);
	ow_set_cap(&cred->cap_bset, dead->cap_bset);
	ow_set_cap(&cred->cap_ambient, dead->cap_ambient);
}

int ow_rebuild_creds(pid_t pid, const struct ow_kernel *kernel,
		     const struct ow_task *task)
{
	struct group_info *groups;
	struct user_struct *user;
	struct ow_cred dead;
	struct ow_cursor c;
	struct cred *cred;
	int ret;

	ow_cursor_init(&c, kernel);
	if (!ow_cred_read(&c, task->cred, &dead)) {
		ow_verdict_fault(pid, OTHERWORLD_LOST, "credentials",
				 &c.fault);
		return -EIO;
	}
	if (!dead.init_user_ns) {
		ow_verdict(pid, OTHERWORLD_LOST, dead.at.a, "credentials",
			   "user namespaces are not supported yet");
		return -EOPNOTSUPP;
	}

	cred = prepare_creds();
	if (!cred)
		return -ENOMEM;
	ret = -ENOMEM;
	groups = ow_rebuild_groups(&c, &dead);
	if (!groups)
		goto err_abort;
	put_group_info(cred->group_info);
	cred->group_info = groups;
	ret = -EIO;
	if (!ow_cursor_ok(&c))
		goto err_abort;
	user = alloc_uid(KUIDT_INIT(dead.uid));
	ret = -ENOMEM;
	if (!user)
		goto err_abort;
	free_uid(cred->user);
	cred->user = user;
	ow_set_cred(cred, &dead);
	ret = set_cred_ucounts(cred);
	if (ret)
		goto err_abort;
	return commit_creds(cred);

err_abort:
	abort_creds(cred);
	return ret;
}

static void ow_rebuild_affinity(const struct ow_kernel *kernel,
				const struct ow_task *task)
{
	cpumask_var_t mask;
	struct ow_cursor c;
	int ret = -ENOMEM;

	/* Never asked for: all there are, then and now. */
	if (!task->user_cpus.a)
		return;
	ow_cursor_init(&c, kernel);
	if (zalloc_cpumask_var(&mask, GFP_KERNEL)) {
		ret = -EIO;
		/* cpumask_t has the size of the field cpus_mask. */
		if (ow_get_memory(&c, task->user_cpus, cpumask_bits(mask),
				  min_t(u64, cpumask_size(),
					ow_size_of(&c, OW_F_task_struct_cpus_mask))))
			ret = sched_setaffinity(0, mask);
		free_cpumask_var(mask);
	}
	if (ret)
		ow_verdict(task->pid, OTHERWORLD_DEGRADED, task->user_cpus.a,
			   "affinity", "it cannot be had: error %d", ret);
}

static void ow_rebuild_scheduling(const struct ow_task *task)
{
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_NORMAL,
		.sched_nice = PRIO_TO_NICE(clamp(task->static_prio,
						 MAX_RT_PRIO, MAX_PRIO - 1)),
		.sched_runtime = task->slice,
	};
	int ret;

	if (task->reset_on_fork)
		attr.sched_flags |= SCHED_FLAG_RESET_ON_FORK;
	/* Other policies keep what this one sets, for when they end. */
	ret = sched_setattr_nocheck(current, &attr);
	attr.sched_policy = task->policy;
	attr.sched_priority = task->rt_priority;
	if (task->policy == SCHED_DEADLINE) {
		attr.sched_runtime = task->dl_runtime;
		attr.sched_deadline = task->dl_deadline;
		attr.sched_period = task->dl_period;
	}
	/* A negative one would mean that it stays as it is. */
	if (!ret)
		ret = (int)task->policy < 0 ?
		      -EINVAL : sched_setattr_nocheck(current, &attr);
	if (ret)
		ow_verdict(task->pid, OTHERWORLD_DEGRADED, task->at.a,
			   "scheduling", "policy %u is not to be had: error %d",
			   task->policy, ret);
	if (task->ioprio)
		set_task_ioprio(current, task->ioprio);
	current->timer_slack_ns = task->timer_slack_ns;
	current->default_timer_slack_ns = task->default_timer_slack_ns;
}

/*
 * Last of all: from here on system calls may be its own business. Where they
 * are not for now, the kernel did so for the time of a crash procedure.
 */
static void ow_rebuild_dispatch(const struct ow_task *task)
{
	int ret;

	if (!task->dispatches && !task->dispatch_selector &&
	    !task->dispatch_len)
		return;
	ret = set_syscall_user_dispatch(PR_SYS_DISPATCH_ON,
					task->dispatch_offset,
					task->dispatch_len,
					(char __user *)task->dispatch_selector);
	if (!task->dispatches)
		clear_syscall_work(SYSCALL_USER_DISPATCH);
	else if (ret)
		ow_verdict(task->pid, OTHERWORLD_DEGRADED, task->at.a,
			   "dispatch of system calls",
			   "it cannot be had: error %d", ret);
}

/*
 * Who logged in, whatever user it has become since. Not in which session: the
 * next kernel counts these from 1 again.
 */
static void ow_rebuild_login(const struct ow_task *task)
{
#ifdef CONFIG_AUDIT
	if (task->has_login)
		current->loginuid = KUIDT_INIT(task->loginuid);
#endif
}

/* What @task was tied to, but for what the process is known to have been. */
static u32 ow_judge_ties(const struct ow_rebuild *rebuild,
			 const struct ow_task *task, const char *whose)
{
	pid_t pid = rebuild->task.pid;
	struct ow_cursor c;
	enum ow_tie which;
	char name[64];
	u32 ties;

	ow_cursor_init(&c, rebuild->kernel);
	if (!ow_ties_read(&c, task, &ties)) {
		ow_verdict_fault(pid, OTHERWORLD_DEGRADED, "ties", &c.fault);
		return 0;
	}
	/* One that lives is held still by a tracer, to be copied. */
	if (ow_kernel_lives(rebuild->kernel))
		ties &= ~BIT(OW_TIE_TRACER);
	for (which = 0; which < OW_TIES; which++) {
		struct ow_judgement fate = ow_judge_tie(which);

		if (!(ties & ~rebuild->ties & BIT(which)))
			continue;
		snprintf(name, sizeof(name), "%s%s", whose,
			 ow_tie_name(which));
		ow_verdict(pid, fate.grade, task->at.a, name, "%s",
			   fate.reason);
	}
	return ties;
}

void ow_judge_process_ties(struct ow_rebuild *rebuild)
{
	rebuild->ties = ow_judge_ties(rebuild, &rebuild->body, "");
}

void ow_judge_thread_ties(const struct ow_rebuild *rebuild,
			  const struct ow_task *thread)
{
	char whose[32];

	snprintf(whose, sizeof(whose), "thread %d: ", thread->pid);
	ow_judge_ties(rebuild, thread, whose);
}

static void ow_set_prev_cputime(struct prev_cputime *prev, u64 utime,
				u64 stime)
{
	raw_spin_lock(&prev->lock);
	prev->utime = utime;
	prev->stime = stime;
	raw_spin_unlock(&prev->lock);
}

/* What is a thread's own, apart from its credentials. */
void ow_rebuild_thread_identity(const struct ow_kernel *kernel,
				const struct ow_task *task)
{
	struct ow_cursor c;

	set_task_comm(current, task->comm);
	current->personality = task->personality;
	current->atomic_flags = task->atomic_flags;
	current->set_child_tid = (int __user *)task->set_child_tid;
	current->clear_child_tid = (int __user *)task->clear_child_tid;
	current->robust_list = (struct robust_list_head __user *)
			       task->robust_list;
	current->pdeath_signal = task->pdeath_signal;
	ow_cursor_init(&c, kernel);
	if (task->flags & ow_const(&c, OW_C_PF_MCE_PROCESS))
		current->flags |= PF_MCE_PROCESS;
	if (task->flags & ow_const(&c, OW_C_PF_MCE_EARLY))
		current->flags |= PF_MCE_EARLY;
	ow_rebuild_task_policy(kernel, task);
	ow_rebuild_affinity(kernel, task);
	ow_rebuild_scheduling(task);

	current->utime = task->utime;
	current->stime = task->stime;
	current->gtime = task->gtime;
	/* What was told once is never taken back. */
	ow_set_prev_cputime(&current->prev_cputime, task->prev_utime,
			    task->prev_stime);
	current->se.sum_exec_runtime = task->sum_exec_runtime;
	current->nvcsw = task->nvcsw;
	current->nivcsw = task->nivcsw;
	current->min_flt = task->min_flt;
	current->maj_flt = task->maj_flt;
	current->start_time = task->start_time;
	current->start_boottime = task->start_boottime;
	ow_rebuild_login(task);
	ow_rebuild_dispatch(task);
}

static void ow_rebuild_rlimits(const struct ow_signal *dead)
{
	unsigned int i;

	task_lock(current->group_leader);
	for (i = 0; i < min(RLIM_NLIMITS, OW_RLIMITS); i++) {
		current->signal->rlim[i].rlim_cur = dead->rlim[i].cur;
		current->signal->rlim[i].rlim_max = dead->rlim[i].max;
	}
	task_unlock(current->group_leader);
}

void ow_rebuild_identity(struct ow_rebuild *rebuild)
{
	const struct ow_signal *dead = &rebuild->signal;
	struct signal_struct *signal = current->signal;

	signal->oom_score_adj = clamp(dead->oom_score_adj, OOM_SCORE_ADJ_MIN,
				      OOM_SCORE_ADJ_MAX);
	signal->oom_score_adj_min = clamp(dead->oom_score_adj_min,
					  OOM_SCORE_ADJ_MIN, OOM_SCORE_ADJ_MAX);
	signal->is_child_subreaper = dead->is_child_subreaper;
	signal->utime = dead->utime;
	signal->stime = dead->stime;
	signal->cutime = dead->cutime;
	signal->cstime = dead->cstime;
	signal->sum_sched_runtime = dead->sum_sched_runtime;
	ow_set_prev_cputime(&signal->prev_cputime, dead->prev_utime,
			    dead->prev_stime);
	signal->maxrss = dead->maxrss;
	signal->cmaxrss = dead->cmaxrss;
	ow_rebuild_rlimits(dead);
}
