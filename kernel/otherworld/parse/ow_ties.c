// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Dead ties
 *
 * Control groups, keyrings and core scheduling are objects of the kernel that
 * many tasks share and that no file holds. None of them is made anew, nor is the
 * bond to a debugger, so who had them is told that it goes on without.
 */
#include "ow_ties.h"

static const struct {
	const char *name;
	struct ow_judgement fate;
} ow_ties[OW_TIES] = {
	[OW_TIE_CGROUP] = {
		"control group",
		{ OTHERWORLD_DEGRADED,
		  "it is not in its own now, nor under its limits" },
	},
	[OW_TIE_KEYRINGS] = {
		"keyrings",
		{ OTHERWORLD_DEGRADED, "its keys are gone" },
	},
	[OW_TIE_TRACER] = {
		"tracer",
		{ OTHERWORLD_DEGRADED, "nobody traces it now" },
	},
	[OW_TIE_CORE] = {
		"core scheduling",
		{ OTHERWORLD_DEGRADED, "others may run beside it on its core" },
	},
};

struct ow_judgement ow_judge_tie(enum ow_tie which)
{
	return ow_ties[which].fate;
}

const char *ow_tie_name(enum ow_tie which)
{
	return ow_ties[which].name;
}

/* The build may do without it, or the task. */
static bool ow_has_pointer(struct ow_cursor *c, struct ow_virt at,
			   enum ow_fact field)
{
	return ow_layout_has(&c->kernel->layout, field) &&
	       ow_get(c, at, field);
}

bool ow_ties_read(struct ow_cursor *c, const struct ow_task *task, u32 *ties)
{
	*ties = 0;
	/* The first set is that of the root groups. */
	if (ow_has_pointer(c, task->at, OW_F_task_struct_cgroups) &&
	    ow_get(c, task->at, OW_F_task_struct_cgroups) !=
	    ow_const(c, OW_A_init_css_set))
		*ties |= BIT(OW_TIE_CGROUP);
	if (ow_has_pointer(c, task->cred, OW_F_cred_session_keyring) ||
	    ow_has_pointer(c, task->cred, OW_F_cred_process_keyring) ||
	    ow_has_pointer(c, task->cred, OW_F_cred_thread_keyring))
		*ties |= BIT(OW_TIE_KEYRINGS);
	if (ow_has_pointer(c, task->at, OW_F_task_struct_core_cookie))
		*ties |= BIT(OW_TIE_CORE);
	if (task->ptrace)
		*ties |= BIT(OW_TIE_TRACER);
	return ow_cursor_ok(c);
}
