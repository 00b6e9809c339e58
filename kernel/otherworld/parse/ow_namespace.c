// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Dead namespaces
 *
 * The first of each type belong to the machine, and so do the next kernel's
 * first ones: who was in them is in them again. Others are recognised by being
 * others. Who was shut in by one must not come back outside: it gets one of its
 * own, or does not come back. Nobody's own number or clock may change.
 */
#include "ow_namespace.h"

static const struct {
	const char *name;
	struct ow_judgement fate;
} ow_namespaces[OW_NAMESPACES] = {
	[OW_NS_USER] = {
		"user namespace",
		{ OTHERWORLD_LOST, "user namespaces are not supported yet" },
	},
	[OW_NS_PID] = {
		"PID namespace",
		{ OTHERWORLD_LOST, "PID namespaces are not supported yet" },
	},
	[OW_NS_TIME] = {
		"time namespace",
		{ OTHERWORLD_LOST, "time namespaces are not supported yet" },
	},
	[OW_NS_MNT] = {
		"mount namespace",
		{ OTHERWORLD_DEGRADED,
		  "a copy of the machine's, without its own mounts" },
	},
	[OW_NS_NET] = {
		"network namespace",
		{ OTHERWORLD_DEGRADED, "a new one, without interfaces" },
	},
	[OW_NS_IPC] = {
		"IPC namespace",
		{ OTHERWORLD_DEGRADED, "a new one, with nothing in it" },
	},
	[OW_NS_UTS] = {
		"UTS namespace",
		{ OTHERWORLD_DEGRADED, "a new one, with the names of the old" },
	},
	[OW_NS_CGROUP] = {
		"cgroup namespace",
		{ OTHERWORLD_DEGRADED, "a new one, of where it is now" },
	},
	[OW_NS_PID_CHILDREN] = {
		"PID namespace of its children",
		{ OTHERWORLD_DEGRADED, "the machine's now" },
	},
	[OW_NS_TIME_CHILDREN] = {
		"time namespace of its children",
		{ OTHERWORLD_DEGRADED, "the machine's now" },
	},
};

/* Where a struct nsproxy has them. */
static const struct {
	enum ow_namespace which;
	enum ow_fact field;
} ow_namespace_fields[] = {
	{ OW_NS_TIME, OW_F_nsproxy_time_ns },
	{ OW_NS_MNT, OW_F_nsproxy_mnt_ns },
	{ OW_NS_NET, OW_F_nsproxy_net_ns },
	{ OW_NS_IPC, OW_F_nsproxy_ipc_ns },
	{ OW_NS_UTS, OW_F_nsproxy_uts_ns },
	{ OW_NS_CGROUP, OW_F_nsproxy_cgroup_ns },
	{ OW_NS_PID_CHILDREN, OW_F_nsproxy_pid_ns_for_children },
	{ OW_NS_TIME_CHILDREN, OW_F_nsproxy_time_ns_for_children },
};

struct ow_judgement ow_judge_namespace(enum ow_namespace which)
{
	return ow_namespaces[which].fate;
}

const char *ow_namespace_name(enum ow_namespace which)
{
	return ow_namespaces[which].name;
}

static void ow_nsproxy_compare(struct ow_cursor *c, struct ow_virt mine,
			       u32 *others)
{
	struct ow_virt first = ow_virt_at(ow_const(c, OW_A_init_nsproxy));
	unsigned int i;

	/* Who is on the way out has none any more. */
	if (!mine.a || mine.a == first.a)
		return;
	for (i = 0; i < ARRAY_SIZE(ow_namespace_fields); i++) {
		enum ow_fact field = ow_namespace_fields[i].field;

		if (ow_layout_has(&c->kernel->layout, field) &&
		    ow_get(c, mine, field) != ow_get(c, first, field))
			*others |= BIT(ow_namespace_fields[i].which);
	}
}

bool ow_namespaces_read(struct ow_cursor *c, const struct ow_task *task,
			u32 *others)
{
	struct ow_virt pid;

	*others = 0;
	if (ow_get(c, task->cred, OW_F_cred_user_ns) !=
	    ow_const(c, OW_A_init_user_ns))
		*others |= BIT(OW_NS_USER);
	pid = ow_get_ptr(c, task->at, OW_F_task_struct_thread_pid);
	if (pid.a && ow_get(c, pid, OW_F_pid_level))
		*others |= BIT(OW_NS_PID);
	ow_nsproxy_compare(c, task->nsproxy, others);
	/* These follow from what the task itself is in. */
	if (*others & BIT(OW_NS_PID))
		*others &= ~BIT(OW_NS_PID_CHILDREN);
	if (*others & BIT(OW_NS_TIME))
		*others &= ~BIT(OW_NS_TIME_CHILDREN);
	return ow_cursor_ok(c);
}
