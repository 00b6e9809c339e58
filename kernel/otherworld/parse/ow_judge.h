/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a resurrection makes of what it finds.
 *
 * The rules that can be told from dead memory alone. The crash kernel follows
 * them, and whoever looks into a dump is told the same beforehand. What only
 * shows when it is tried (a file that cannot be opened, no memory) is not
 * foreseen here.
 */
#ifndef _OW_JUDGE_H
#define _OW_JUDGE_H

#include <uapi/linux/otherworld.h>

#include "ow_files.h"
#include "ow_mm.h"
#include "ow_task.h"
#include "ow_user.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct ow_judgement - what is to be expected
 * @grade: how much of it comes back
 * @reason: constant text: why not all of it; NULL if it does
 */
struct ow_judgement {
	enum otherworld_verdict_grade grade;
	const char *reason;
};

/*
 * A process by its leader, and what ow_process_body() found, or NULL. The parts
 * of it are judged for themselves.
 */
struct ow_judgement ow_judge_process(struct ow_cursor *c,
				     const struct ow_task *task,
				     const struct ow_task *body);
/* @mm is the one that @vma was found in. */
struct ow_judgement ow_judge_vma(struct ow_cursor *c, const struct ow_mm *mm,
				 const struct ow_vma *vma);
/* An entry of kind OW_PTE_SWAP. */
struct ow_judgement ow_judge_swap(struct ow_cursor *c,
				  const struct ow_pte *pte);
/*
 * A page with an entry of kind OW_PTE_PAGE, and whether ow_page_belongs() to
 * the mapping that the entry is in.
 */
struct ow_judgement ow_judge_page(struct ow_cursor *c,
				  const struct ow_page *page, bool belongs);
/* @path is what ow_path_build() made of it, NULL if that failed. */
struct ow_judgement ow_judge_file(const struct ow_file *file,
				  const char *path);

#ifdef __cplusplus
}
#endif

#endif /* _OW_JUDGE_H */
