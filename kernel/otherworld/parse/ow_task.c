// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Dead tasks
 *
 * Every list here is doubly linked, and each step is checked against the
 * pointer back. That detects damage, and rules out going round in circles:
 * a node reached twice would have to have two predecessors.
 *
 * A list that is damaged in one place is walked again from its head the other
 * way, so that all but the damaged part is found.
 */
#include "ow_task.h"

/* list_head: next, then prev. */
#define OW_LIST_PREV	8
/* PID_MAX_LIMIT: no list of tasks is longer. */
#define OW_TASKS_MAX	(4 * 1024 * 1024)
/* MAX_PID_NS_LEVEL */
#define OW_PID_LEVELS	32

struct ow_list_walk {
	const struct ow_kernel *kernel;
	struct ow_virt head;
	enum ow_fact link;
	int (*each)(void *priv, struct ow_virt object);
	void *priv;
};

/*
 * One way along a list, until its head, or @stop, or damage. @last is the
 * last node that was good.
 */
static int ow_list_one_way(const struct ow_list_walk *walk, bool backward,
			   struct ow_virt stop, struct ow_virt *last,
			   struct ow_cursor *c)
{
	u64 ahead = backward ? OW_LIST_PREV : 0;
	u64 behind = backward ? 0 : OW_LIST_PREV;
	struct ow_virt at = walk->head;
	unsigned int n;
	int ret;

	*last = at;
	for (n = 0; n < OW_TASKS_MAX; n++) {
		struct ow_virt next;

		next = ow_virt_at(ow_get_word(c, ow_virt_add(at, ahead)));
		if (!ow_cursor_ok(c))
			return OW_GO_ON;
		if (ow_get_word(c, ow_virt_add(next, behind)) != at.a) {
			ow_cursor_fail(c, OW_BAD_DATA, next,
				       "a link of a list");
			return OW_GO_ON;
		}
		if (next.a == walk->head.a)
			return OW_GO_ON;
		at = next;
		if (at.a == stop.a)
			return OW_GO_ON;
		ret = walk->each(walk->priv, ow_object_of(c, at, walk->link));
		if (ret != OW_GO_ON)
			return ret;
		*last = at;
	}
	ow_cursor_fail(c, OW_BAD_DATA, walk->head, "a list that does not end");
	return OW_GO_ON;
}

static int ow_list_walk(const struct ow_list_walk *walk,
			struct ow_fault_info *why)
{
	struct ow_cursor there, back;
	struct ow_virt last, unused;
	int ret;

	ow_cursor_init(&there, walk->kernel);
	ret = ow_list_one_way(walk, false, ow_virt_at(0), &last, &there);
	if (ret != OW_GO_ON || ow_cursor_ok(&there))
		return ret;

	if (why)
		*why = there.fault;
	ow_cursor_init(&back, walk->kernel);
	return ow_list_one_way(walk, true, last, &unused, &back);
}

int ow_processes_walk(const struct ow_kernel *kernel,
		      int (*each)(void *priv, struct ow_virt task), void *priv,
		      struct ow_fault_info *why)
{
	struct ow_list_walk walk = {
		.kernel = kernel,
		.link = OW_F_task_struct_tasks,
		.each = each,
		.priv = priv,
	};
	struct ow_cursor c;

	ow_cursor_init(&c, kernel);
	walk.head = ow_field_at(&c, ow_virt_at(ow_const(&c, OW_A_init_task)),
				OW_F_task_struct_tasks);
	if (!ow_cursor_ok(&c)) {
		if (why)
			*why = c.fault;
		return OW_GO_ON;
	}
	return ow_list_walk(&walk, why);
}

int ow_threads_walk(const struct ow_kernel *kernel, struct ow_virt signal,
		    int (*each)(void *priv, struct ow_virt task), void *priv,
		    struct ow_fault_info *why)
{
	struct ow_list_walk walk = {
		.kernel = kernel,
		.link = OW_F_task_struct_thread_node,
		.each = each,
		.priv = priv,
	};
	struct ow_cursor c;

	ow_cursor_init(&c, kernel);
	walk.head = ow_field_at(&c, signal, OW_F_signal_struct_thread_head);
	if (!ow_cursor_ok(&c)) {
		if (why)
			*why = c.fault;
		return OW_GO_ON;
	}
	return ow_list_walk(&walk, why);
}

#define OW_TASK(field)	ow_get(c, at, OW_F_task_struct_##field)
#define OW_TASK_PTR(field) ow_get_ptr(c, at, OW_F_task_struct_##field)

static void ow_task_read_identity(struct ow_cursor *c, struct ow_virt at,
				  struct ow_task *task)
{
	task->at = at;
	task->pid = OW_TASK(pid);
	task->tgid = OW_TASK(tgid);
	ow_get_bytes(c, at, OW_F_task_struct_comm, task->comm,
		     sizeof(task->comm) - 1);
	task->state = OW_TASK(__state);
	task->flags = OW_TASK(flags);
	task->exit_state = OW_TASK(exit_state);
	task->exit_code = OW_TASK(exit_code);
	task->exit_signal = OW_TASK(exit_signal);
	task->pdeath_signal = OW_TASK(pdeath_signal);
	task->jobctl = OW_TASK(jobctl);
	task->personality = OW_TASK(personality);
	task->atomic_flags = OW_TASK(atomic_flags);
	task->ti_flags = OW_TASK(ti_flags);
	task->on_cpu = OW_TASK(on_cpu);
	task->ptrace = OW_TASK(ptrace);

	task->leader = OW_TASK_PTR(group_leader);
	task->real_parent = OW_TASK_PTR(real_parent);
	task->parent = OW_TASK_PTR(parent);
	task->mm = OW_TASK_PTR(mm);
	task->fs = OW_TASK_PTR(fs);
	task->files = OW_TASK_PTR(files);
	task->nsproxy = OW_TASK_PTR(nsproxy);
	task->signal = OW_TASK_PTR(signal);
	task->sighand = OW_TASK_PTR(sighand);
	task->cred = OW_TASK_PTR(real_cred);
	task->stack = OW_TASK_PTR(stack);
	task->vfork_done = OW_TASK_PTR(vfork_done);
}

static void ow_task_read_thread(struct ow_cursor *c, struct ow_virt at,
				struct ow_task *task)
{
	struct ow_virt io_context;

	task->policy = OW_TASK(policy);
	task->static_prio = OW_TASK(static_prio);
	task->rt_priority = OW_TASK(rt_priority);
	task->reset_on_fork = OW_TASK(sched_reset_on_fork);
	task->user_cpus = OW_TASK_PTR(user_cpus_ptr);
	if (OW_TASK(custom_slice))
		task->slice = OW_TASK(slice);
	task->dl_runtime = OW_TASK(dl_runtime);
	task->dl_deadline = OW_TASK(dl_deadline);
	task->dl_period = OW_TASK(dl_period);
	task->mempolicy = OW_TASK_PTR(mempolicy);
	task->seccomp_mode = OW_TASK(seccomp_mode);
	task->seccomp_filter = OW_TASK_PTR(seccomp_filter);
	io_context = OW_TASK_PTR(io_context);
	if (io_context.a)
		task->ioprio = ow_get(c, io_context, OW_F_io_context_ioprio);

	/* Looking at one that does not tell of it goes on without. */
	task->dispatches =
		(!c->kernel->lenient ||
		 ow_layout_has(&c->kernel->layout,
			       OW_C_SYSCALL_WORK_SYSCALL_USER_DISPATCH)) &&
		OW_TASK(syscall_work) &
			ow_const(c, OW_C_SYSCALL_WORK_SYSCALL_USER_DISPATCH);
	task->dispatch_offset = OW_TASK(dispatch_offset);
	task->dispatch_len = OW_TASK(dispatch_len);
	task->dispatch_selector = OW_TASK(dispatch_selector);
	task->has_login = ow_layout_has(&c->kernel->layout,
					OW_F_task_struct_loginuid);
	if (task->has_login)
		task->loginuid = OW_TASK(loginuid);

	task->set_child_tid = OW_TASK(set_child_tid);
	task->clear_child_tid = OW_TASK(clear_child_tid);
	task->robust_list = OW_TASK(robust_list);
	task->rseq = OW_TASK(rseq);
	task->rseq_len = OW_TASK(rseq_len);
	task->rseq_sig = OW_TASK(rseq_sig);
	task->blocked = OW_TASK(blocked);
	task->real_blocked = OW_TASK(real_blocked);
	task->saved_sigmask = OW_TASK(saved_sigmask);
	task->restore_sigmask = OW_TASK(restore_sigmask);
	task->sas_ss_sp = OW_TASK(sas_ss_sp);
	task->sas_ss_size = OW_TASK(sas_ss_size);
	task->sas_ss_flags = OW_TASK(sas_ss_flags);
	task->timer_slack_ns = OW_TASK(timer_slack_ns);
	task->default_timer_slack_ns = OW_TASK(default_timer_slack_ns);

	task->utime = OW_TASK(utime);
	task->stime = OW_TASK(stime);
	task->gtime = OW_TASK(gtime);
	task->prev_utime = OW_TASK(prev_utime);
	task->prev_stime = OW_TASK(prev_stime);
	task->sum_exec_runtime = OW_TASK(sum_exec_runtime);
	task->nvcsw = OW_TASK(nvcsw);
	task->nivcsw = OW_TASK(nivcsw);
	task->min_flt = OW_TASK(min_flt);
	task->maj_flt = OW_TASK(maj_flt);
	task->start_time = OW_TASK(start_time);
	task->start_boottime = OW_TASK(start_boottime);

	task->fsbase = OW_TASK(fsbase);
	task->gsbase = OW_TASK(gsbase);
	task->fsindex = OW_TASK(fsindex);
	task->gsindex = OW_TASK(gsindex);
	task->ds = OW_TASK(ds);
	task->es = OW_TASK(es);
	task->pkru = OW_TASK(pkru);
	task->fpstate = OW_TASK_PTR(fpstate);
}

bool ow_task_read(struct ow_cursor *c, struct ow_virt at, struct ow_task *task)
{
	memset(task, 0, sizeof(*task));
	ow_task_read_identity(c, at, task);
	ow_task_read_thread(c, at, task);
	if (!ow_cursor_ok(c))
		return false;
	if (task->pid <= 0 || task->tgid <= 0 || task->pid > OW_TASKS_MAX ||
	    task->tgid > OW_TASKS_MAX)
		return ow_cursor_fail(c, OW_BAD_DATA, at, "the PID of a task");
	if (task->pid == task->tgid && task->leader.a != at.a)
		return ow_cursor_fail(c, OW_BAD_DATA, at,
				      "the group leader of a task");
	return true;
}

s32 ow_task_own_pid(struct ow_cursor *c, const struct ow_task *task)
{
	struct ow_virt pid = ow_get_ptr(c, task->leader,
					OW_F_task_struct_thread_pid);
	u64 level;

	/* Who is on the way out has none any more. */
	if (!pid.a)
		return task->tgid;
	/* A number for each namespace, the innermost last. */
	level = ow_get(c, pid, OW_F_pid_level);
	if (level > OW_PID_LEVELS) {
		ow_cursor_fail(c, OW_BAD_DATA, pid, "a PID");
		return 0;
	}
	if (level)
		pid = ow_virt_add(pid, level * ow_const(c, OW_S_upid));
	return ow_get(c, pid, OW_F_pid_nr);
}

bool ow_task_is_kernel(struct ow_cursor *c, const struct ow_task *task)
{
	return task->flags & (ow_const(c, OW_C_PF_KTHREAD) |
			      ow_const(c, OW_C_PF_USER_WORKER));
}

bool ow_task_is_32bit(struct ow_cursor *c, const struct ow_task *task)
{
	u64 bit = ow_const(c, OW_C_TIF_ADDR32);

	return bit < 64 && task->ti_flags & BIT_ULL(bit);
}

bool ow_task_is_zombie(struct ow_cursor *c, const struct ow_task *task)
{
	return task->exit_state & ow_const(c, OW_C_EXIT_ZOMBIE);
}

bool ow_task_is_gone(struct ow_cursor *c, const struct ow_task *task)
{
	return task->exit_state || task->flags & ow_const(c, OW_C_PF_EXITING);
}

struct ow_body_search {
	const struct ow_kernel *kernel;
	struct ow_task *body;
};

static int ow_body_look(void *priv, struct ow_virt at)
{
	struct ow_body_search *search = priv;
	struct ow_task *body = search->body;
	struct ow_cursor c;

	ow_cursor_init(&c, search->kernel);
	return ow_task_read(&c, at, body) && body->mm.a && !body->exit_state &&
	       !(body->flags & ow_const(&c, OW_C_PF_EXITING));
}

bool ow_process_body(const struct ow_kernel *kernel,
		     const struct ow_task *leader, struct ow_task *body)
{
	struct ow_body_search search = { .kernel = kernel, .body = body };

	return ow_threads_walk(kernel, leader->signal, ow_body_look, &search,
			       NULL);
}

/* --- What threads share ----------------------------------------------------- */

/* The number that @which of a process's PIDs has in the first namespace. */
static s32 ow_signal_pid(struct ow_cursor *c, struct ow_virt signal,
			 enum ow_fact which)
{
	struct ow_virt pids = ow_field_at(c, signal, OW_F_signal_struct_pids);
	struct ow_virt pid;

	pid = ow_virt_at(ow_get_word(c, ow_virt_add(pids,
						    ow_const(c, which) * 8)));
	/* The idle task's, for what never called setsid(), is number 0. */
	return pid.a ? ow_get(c, pid, OW_F_pid_nr) : 0;
}

bool ow_signal_read(struct ow_cursor *c, struct ow_virt at,
		    struct ow_signal *signal)
{
	memset(signal, 0, sizeof(*signal));
	signal->at = at;
	signal->nr_threads = ow_get(c, at, OW_F_signal_struct_nr_threads);
	signal->flags = ow_get(c, at, OW_F_signal_struct_flags);
	signal->group_exit_code =
		ow_get(c, at, OW_F_signal_struct_group_exit_code);
	signal->group_stop_count =
		ow_get(c, at, OW_F_signal_struct_group_stop_count);
	signal->is_child_subreaper =
		ow_get(c, at, OW_F_signal_struct_is_child_subreaper);
	signal->has_child_subreaper =
		ow_get(c, at, OW_F_signal_struct_has_child_subreaper);
	signal->leader = ow_get(c, at, OW_F_signal_struct_leader);
	signal->tty = ow_get_ptr(c, at, OW_F_signal_struct_tty);
	signal->pgid = ow_signal_pid(c, at, OW_C_PIDTYPE_PGID);
	signal->sid = ow_signal_pid(c, at, OW_C_PIDTYPE_SID);
	signal->utime = ow_get(c, at, OW_F_signal_struct_utime);
	signal->stime = ow_get(c, at, OW_F_signal_struct_stime);
	signal->cutime = ow_get(c, at, OW_F_signal_struct_cutime);
	signal->cstime = ow_get(c, at, OW_F_signal_struct_cstime);
	signal->sum_sched_runtime =
		ow_get(c, at, OW_F_signal_struct_sum_sched_runtime);
	signal->prev_utime = ow_get(c, at, OW_F_signal_struct_prev_utime);
	signal->prev_stime = ow_get(c, at, OW_F_signal_struct_prev_stime);
	signal->maxrss = ow_get(c, at, OW_F_signal_struct_maxrss);
	signal->cmaxrss = ow_get(c, at, OW_F_signal_struct_cmaxrss);
	ow_get_bytes(c, at, OW_F_signal_struct_rlim, signal->rlim,
		     sizeof(signal->rlim));
	signal->oom_score_adj =
		ow_get_signed(c, at, OW_F_signal_struct_oom_score_adj);
	signal->oom_score_adj_min =
		ow_get_signed(c, at, OW_F_signal_struct_oom_score_adj_min);
	return ow_cursor_ok(c);
}

bool ow_sigaction_read(struct ow_cursor *c, struct ow_virt sighand, int sig,
		       struct ow_sigaction *action)
{
	struct ow_virt at = ow_field_at(c, sighand, OW_F_sighand_struct_action);

	memset(action, 0, sizeof(*action));
	if (sig < 1 || sig > OW_NSIG)
		return ow_cursor_fail(c, OW_BAD_DATA, sighand,
				      "the number of a signal");
	at = ow_virt_add(at, (sig - 1) * ow_const(c, OW_S_k_sigaction));
	action->handler = ow_get(c, at, OW_F_k_sigaction_handler);
	action->flags = ow_get(c, at, OW_F_k_sigaction_flags);
	action->restorer = ow_get(c, at, OW_F_k_sigaction_restorer);
	action->mask = ow_get(c, at, OW_F_k_sigaction_mask);
	return ow_cursor_ok(c);
}

bool ow_cred_read(struct ow_cursor *c, struct ow_virt at, struct ow_cred *cred)
{
	memset(cred, 0, sizeof(*cred));
	cred->at = at;
	cred->uid = ow_get(c, at, OW_F_cred_uid);
	cred->gid = ow_get(c, at, OW_F_cred_gid);
	cred->suid = ow_get(c, at, OW_F_cred_suid);
	cred->sgid = ow_get(c, at, OW_F_cred_sgid);
	cred->euid = ow_get(c, at, OW_F_cred_euid);
	cred->egid = ow_get(c, at, OW_F_cred_egid);
	cred->fsuid = ow_get(c, at, OW_F_cred_fsuid);
	cred->fsgid = ow_get(c, at, OW_F_cred_fsgid);
	cred->securebits = ow_get(c, at, OW_F_cred_securebits);
	cred->cap_inheritable = ow_get(c, at, OW_F_cred_cap_inheritable);
	cred->cap_permitted = ow_get(c, at, OW_F_cred_cap_permitted);
	cred->cap_effective = ow_get(c, at, OW_F_cred_cap_effective);
	cred->cap_bset = ow_get(c, at, OW_F_cred_cap_bset);
	cred->cap_ambient = ow_get(c, at, OW_F_cred_cap_ambient);
	cred->init_user_ns = ow_get(c, at, OW_F_cred_user_ns) ==
			     ow_const(c, OW_A_init_user_ns);
	cred->group_info = ow_get_ptr(c, at, OW_F_cred_group_info);
	cred->ngroups = ow_get(c, cred->group_info, OW_F_group_info_ngroups);
	if (cred->ngroups > OW_GROUPS_MAX)
		return ow_cursor_fail(c, OW_BAD_DATA, cred->group_info,
				      "the number of groups");
	/* A process that was given up must not come back as root. */
	if (cred->cap_effective & ~cred->cap_permitted)
		return ow_cursor_fail(c, OW_BAD_DATA, at,
				      "the capabilities of a process");
	return ow_cursor_ok(c);
}

u32 ow_cred_group(struct ow_cursor *c, const struct ow_cred *cred,
		  unsigned int index)
{
	struct ow_virt at = ow_field_at(c, cred->group_info,
					OW_F_group_info_gid);
	u32 gid = 0;

	ow_get_memory(c, ow_virt_add(at, index * sizeof(gid)), &gid,
		      sizeof(gid));
	return gid;
}

bool ow_user_regs_read(struct ow_cursor *c, const struct ow_task *task,
		       u64 regs[OW_REG_COUNT])
{
	u64 top = ow_const(c, OW_C_THREAD_SIZE);
	u64 size = ow_const(c, OW_S_pt_regs);

	if (ow_cursor_ok(c) && size != OW_REG_COUNT * sizeof(u64))
		return ow_cursor_fail(c, OW_REFUSED, task->at,
				      "the size of the saved registers");
	return ow_get_memory(c, ow_virt_add(task->stack, top - size), regs,
			     OW_REG_COUNT * sizeof(u64));
}
