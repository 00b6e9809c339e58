/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pacts: what is in the page by which a process says what should become of it.
 */
#ifndef _OW_PACT_PAGE_H
#define _OW_PACT_PAGE_H

#include <uapi/linux/otherworld.h>

#include "ow_mm.h"
#include "ow_task.h"
#include "ow_user.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct ow_pact - what was in the page
 * @at: its address, in the process
 * @copy: the last whole state
 * @running: what the kernel before this one noted, distrusted all the same
 */
struct ow_pact {
	u64 at;
	struct otherworld_pact_copy copy;
	struct otherworld_running running;
};

/**
 * ow_pact_judge() - what of a page can be believed
 * @page: a copy of it, that nobody changes meanwhile
 * @pid: what getpid() says in the process that it was found in
 * @pact: all but its address is filled in if it is OTHERWORLD_PACT_VALID, and
 *	else left alone
 */
enum otherworld_pact_state ow_pact_judge(const struct otherworld_pact *page,
					 s32 pid, struct ow_pact *pact);

/* Whether a mapping is such a page. @c latches why that cannot be told. */
bool ow_vma_is_pact(struct ow_cursor *c, const struct ow_vma *vma);

/**
 * struct ow_dead_pact - a pact in dead memory
 * @swapped_out: it is on a swap area, so that nothing else is known of it
 * @state: what it is worth
 * @pact: what is in it, if it is OTHERWORLD_PACT_VALID; its address always
 */
struct ow_dead_pact {
	bool swapped_out;
	enum otherworld_pact_state state;
	struct ow_pact pact;
};

/**
 * ow_dead_pact_read() - read the page of a dead process
 * @c: latches what goes wrong: a dump may have left the page out
 * @tables: its page tables
 * @task: any of its threads
 * @at: where ow_vma_is_pact() was true
 * @dead: what is to be known of it
 */
bool ow_dead_pact_read(struct ow_cursor *c, struct ow_user_tables *tables,
		       const struct ow_task *task, u64 at,
		       struct ow_dead_pact *dead);

#ifdef __cplusplus
}
#endif

#endif /* _OW_PACT_PAGE_H */
