// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: namespaces of a process's own.
 *
 * They come back empty, or as copies of the machine's: their types are kept,
 * so that nobody is let out, their contents are not. Processes that had all of
 * them in common have so again.
 */

#include <linux/fs_struct.h>
#include <linux/nsproxy.h>
#include <linux/path.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/syscalls.h>
#include <linux/utsname.h>

#include "rebuild.h"
#include "parse/ow_namespace.h"

struct ow_live_namespaces {
	struct nsproxy *nsproxy;
	/* Whoever enters the mount namespace needs it. */
	struct path root;
};

static unsigned long ow_clone_flags(u32 others)
{
	unsigned long flags = 0;

	if (others & BIT(OW_NS_MNT))
		flags |= CLONE_NEWNS;
	if (others & BIT(OW_NS_NET))
		flags |= CLONE_NEWNET;
	if (others & BIT(OW_NS_IPC))
		flags |= CLONE_NEWIPC;
	if (others & BIT(OW_NS_UTS))
		flags |= CLONE_NEWUTS;
	if (others & BIT(OW_NS_CGROUP))
		flags |= CLONE_NEWCGROUP;
	return flags;
}

void ow_live_namespaces_put(struct ow_live_namespaces *live)
{
	path_put(&live->root);
	put_nsproxy(live->nsproxy);
	kfree(live);
}

static void ow_name_uts(const struct ow_kernel *kernel, struct ow_virt nsproxy)
{
	struct new_utsname names = { };
	struct ow_virt uts;
	struct ow_cursor c;

	ow_cursor_init(&c, kernel);
	uts = ow_get_ptr(&c, nsproxy, OW_F_nsproxy_uts_ns);
	ow_get_bytes(&c, uts, OW_F_uts_namespace_nodename, names.nodename,
		     __NEW_UTS_LEN);
	ow_get_bytes(&c, uts, OW_F_uts_namespace_domainname, names.domainname,
		     __NEW_UTS_LEN);
	if (!ow_cursor_ok(&c)) {
		ow_verdict_fault(task_pid_vnr(current), OTHERWORLD_DEGRADED,
				 ow_namespace_name(OW_NS_UTS), &c.fault);
		return;
	}
	down_write(&uts_sem);
	memcpy(utsname()->nodename, names.nodename, sizeof(names.nodename));
	memcpy(utsname()->domainname, names.domainname,
	       sizeof(names.domainname));
	up_write(&uts_sem);
}

static int ow_make_namespaces(const struct ow_kernel *kernel,
			      struct ow_virt dead, unsigned long flags)
{
	struct ow_live_namespaces *live;
	int ret;

	live = kzalloc(sizeof(*live), GFP_KERNEL);
	if (!live)
		return -ENOMEM;
	ret = ksys_unshare(flags);
	if (ret) {
		kfree(live);
		return ret;
	}
	if (flags & CLONE_NEWUTS)
		ow_name_uts(kernel, dead);
	live->nsproxy = current->nsproxy;
	get_nsproxy(live->nsproxy);
	get_fs_root(current->fs, &live->root);
	ret = ow_object_put(OW_OBJECT_NSPROXY, dead, live);
	if (ret)
		ow_live_namespaces_put(live);
	return ret;
}

static void ow_join_namespaces(const struct ow_live_namespaces *live)
{
	get_nsproxy(live->nsproxy);
	switch_task_namespaces(current, live->nsproxy);
	set_fs_root(current->fs, &live->root);
	set_fs_pwd(current->fs, &live->root);
}

int ow_rebuild_namespaces(struct ow_rebuild *rebuild)
{
	struct ow_virt dead = rebuild->body.nsproxy;
	struct ow_live_namespaces *live;
	enum ow_namespace which;
	struct ow_cursor c;
	unsigned long flags;
	u32 others;
	int ret = 0;

	ow_cursor_init(&c, rebuild->kernel);
	if (!ow_namespaces_read(&c, &rebuild->body, &others)) {
		ow_verdict_fault(rebuild->task.pid, OTHERWORLD_LOST,
				 "namespaces", &c.fault);
		return -EIO;
	}
	for (which = 0; which < OW_NAMESPACES; which++) {
		struct ow_judgement fate = ow_judge_namespace(which);

		if (others & BIT(which))
			ow_verdict(rebuild->task.pid, fate.grade, dead.a,
				   ow_namespace_name(which), "%s",
				   fate.reason);
	}

	flags = ow_clone_flags(others);
	if (!flags)
		return 0;
	ow_objects_lock();
	live = ow_object_get(OW_OBJECT_NSPROXY, dead);
	if (live)
		ow_join_namespaces(live);
	else
		ret = ow_make_namespaces(rebuild->kernel, dead, flags);
	ow_objects_unlock();
	if (ret)
		ow_verdict(rebuild->task.pid, OTHERWORLD_LOST, dead.a,
			   "namespaces", "they cannot be had: error %d", ret);
	return ret;
}

/* Empty ones would let a copy see what the original must not see. */
int ow_refuse_namespaces(const struct ow_rebuild *rebuild)
{
	struct ow_cursor c;
	u32 others;

	ow_cursor_init(&c, rebuild->kernel);
	if (!ow_namespaces_read(&c, &rebuild->body, &others))
		return -EIO;
	if (!others)
		return 0;
	ow_verdict(rebuild->task.pid, OTHERWORLD_LOST, rebuild->body.nsproxy.a,
		   "process", "namespaces of its own cannot be copied");
	return -EOPNOTSUPP;
}

void ow_judge_thread_namespaces(const struct ow_rebuild *rebuild,
				const struct ow_task *thread)
{
	char name[48];
	u32 own, process;
	struct ow_cursor c;

	if (!thread->nsproxy.a ||
	    thread->nsproxy.a == rebuild->body.nsproxy.a)
		return;
	ow_cursor_init(&c, rebuild->kernel);
	if (ow_namespaces_read(&c, thread, &own) &&
	    ow_namespaces_read(&c, &rebuild->body, &process) &&
	    !((own | process) & ~BIT(OW_NS_CGROUP)))
		return;
	snprintf(name, sizeof(name), "thread %d: namespaces", thread->pid);
	ow_verdict(rebuild->task.pid, OTHERWORLD_DEGRADED, thread->nsproxy.a,
		   name, "its process's now, not its own");
}
