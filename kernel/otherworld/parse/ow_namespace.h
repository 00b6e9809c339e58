/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which namespaces a dead task was in, and what becomes of them.
 */
#ifndef _OW_NAMESPACE_H
#define _OW_NAMESPACE_H

#include "ow_judge.h"
#include "ow_task.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ow_namespace {
	OW_NS_USER,
	OW_NS_PID,
	OW_NS_TIME,
	OW_NS_MNT,
	OW_NS_NET,
	OW_NS_IPC,
	OW_NS_UTS,
	OW_NS_CGROUP,
	OW_NS_PID_CHILDREN,	/* not the task itself, but what it makes */
	OW_NS_TIME_CHILDREN,
	OW_NAMESPACES
};

/**
 * ow_namespaces_read() - in which a task was that are not the first ones
 * @c: where to read
 * @task: one that was not exiting
 * @others: filled in: a bit for each enum ow_namespace
 *
 * False, with @c saying why, if something is damaged.
 */
bool ow_namespaces_read(struct ow_cursor *c, const struct ow_task *task,
			u32 *others);

/* What becomes of a task that was in another one than the first. */
struct ow_judgement ow_judge_namespace(enum ow_namespace which);
const char *ow_namespace_name(enum ow_namespace which);

#ifdef __cplusplus
}
#endif

#endif /* _OW_NAMESPACE_H */
