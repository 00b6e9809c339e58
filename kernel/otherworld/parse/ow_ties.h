/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a dead task had from outside of itself that does not come back.
 */
#ifndef _OW_TIES_H
#define _OW_TIES_H

#include "ow_judge.h"
#include "ow_task.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ow_tie {
	OW_TIE_CGROUP,
	OW_TIE_KEYRINGS,
	OW_TIE_CORE,
	OW_TIE_TRACER,
	OW_TIES
};

/**
 * ow_ties_read() - which ones a task had
 * @c: where to read
 * @task: one that was not exiting
 * @ties: filled in: a bit for each enum ow_tie
 *
 * False, with @c saying why, if something is damaged.
 */
bool ow_ties_read(struct ow_cursor *c, const struct ow_task *task, u32 *ties);

/* What becomes of a task that had it. */
struct ow_judgement ow_judge_tie(enum ow_tie which);
const char *ow_tie_name(enum ow_tie which);

#ifdef __cplusplus
}
#endif

#endif /* _OW_TIES_H */
