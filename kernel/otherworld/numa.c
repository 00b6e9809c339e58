// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: memory policies, of threads and of mappings.
 */

#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>

#include "rebuild.h"

static struct mempolicy *ow_live_policy(const struct ow_kernel *kernel,
					struct ow_virt dead)
{
	struct mempolicy policy = { .refcnt = ATOMIC_INIT(1) };
	struct ow_cursor c;

	ow_cursor_init(&c, kernel);
	policy.mode = ow_get(&c, dead, OW_F_mempolicy_mode);
	policy.flags = ow_get(&c, dead, OW_F_mempolicy_flags);
	policy.home_node = ow_get_signed(&c, dead, OW_F_mempolicy_home_node);
	ow_get_bytes(&c, dead, OW_F_mempolicy_nodes, &policy.nodes,
		     sizeof(policy.nodes));
	ow_get_bytes(&c, dead, OW_F_mempolicy_user_nodemask,
		     &policy.w.user_nodemask, sizeof(policy.w.user_nodemask));
	if (!ow_cursor_ok(&c) || policy.mode >= MPOL_MAX)
		return ERR_PTR(-EIO);
	/* The machine is the same; a node that is gone leaves the others. */
	if (!nodes_empty(policy.nodes)) {
		nodes_and(policy.nodes, policy.nodes, node_states[N_MEMORY]);
		if (nodes_empty(policy.nodes))
			return ERR_PTR(-ENODEV);
	}
	return __mpol_dup(&policy);
}

void ow_rebuild_task_policy(const struct ow_kernel *kernel,
			    const struct ow_task *task)
{
	struct mempolicy *policy, *old;

	if (!task->mempolicy.a)
		return;
	policy = ow_live_policy(kernel, task->mempolicy);
	if (IS_ERR(policy)) {
		ow_verdict(task->pid, OTHERWORLD_DEGRADED, task->mempolicy.a,
			   "memory policy", "it cannot be had");
		return;
	}
	task_lock(current);
	old = current->mempolicy;
	current->mempolicy = policy;
	if (policy->mode == MPOL_INTERLEAVE ||
	    policy->mode == MPOL_WEIGHTED_INTERLEAVE)
		current->il_prev = MAX_NUMNODES - 1;
	task_unlock(current);
	mpol_put(old);
}

/* False if it had one that it cannot have. */
bool ow_rebuild_vma_policy(const struct ow_kernel *kernel,
			   struct vm_area_struct *vma, struct ow_virt dead)
{
	struct mempolicy *policy;

	if (!dead.a)
		return true;
	policy = ow_live_policy(kernel, dead);
	if (IS_ERR(policy))
		return false;
	vma->vm_policy = policy;
	return true;
}
