/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dead jbd2 journals: metadata that was changed and not committed.
 */
#ifndef _OW_JOURNAL_H
#define _OW_JOURNAL_H

#include "ow_super.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct ow_journal - the journal of an ext4 file system
 * @at: its journal_t, 0 if the file system has none
 * @aborted: it had given up
 * @running: the transaction that changes were added to, or 0
 * @committing: the one that was being written, or 0
 * @open_handles: changes that were begun and not completed
 * @mount_time: of the file system, as its super block has it
 * @mount_count: the same
 */
struct ow_journal {
	struct ow_virt at;
	bool aborted;
	struct ow_virt running, committing;
	u32 open_handles;
	u32 mount_time, mount_count;
};

bool ow_journal_read(struct ow_cursor *c, const struct ow_super *super,
		     struct ow_journal *journal);

/* Of an ext4 super block on disk; both sides of a comparison read it so. */
u32 ow_ext4_mount_time(const void *raw);
u32 ow_ext4_mount_count(const void *raw);

/**
 * struct ow_journal_block - a block as it was last changed
 * @number: which one, in units of the file system's block size
 * @data: its content
 * @is_file: it is a file's content (data=journal), not metadata
 * @trigger: its checksum is to be made when it is written (orphan files)
 */
struct ow_journal_block {
	u64 number;
	struct ow_virt data;
	bool is_file;
	bool trigger;
};

/*
 * Each block of both transactions, in no order, each once. Damage ends the
 * walk: half of what was changed is worse than nothing.
 */
int ow_journal_walk(const struct ow_kernel *kernel,
		    const struct ow_super *super,
		    const struct ow_journal *journal,
		    int (*each)(void *priv,
				const struct ow_journal_block *block),
		    void *priv, struct ow_fault_info *why);

#ifdef __cplusplus
}
#endif

#endif /* _OW_JOURNAL_H */
