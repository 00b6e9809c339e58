/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Otherworld: ext4 operations that were half done, while they are mended.
 */
#ifndef _OW_EXT4_MEND_H
#define _OW_EXT4_MEND_H

#include <linux/buffer_head.h>
#include <linux/jbd2.h>
#include <linux/xarray.h>

#include "disks.h"

#include "../../fs/ext4/ext4.h"

/**
 * struct ow_mend - a file system at hand
 * @sb: it
 * @handle: all is one change of it
 * @blocks: what the dead transactions had changed, sorted
 * @count: how many these are
 * @owner: a stand-in for the inode at hand, for its checksums
 * @is_dir: which is a directory
 * @reads: blocks of extent trees that were read so far
 * @orphans: inodes that are on the list of those to be freed
 * @knows_orphans: these are all
 * @error: what nothing more is done after
 */
struct ow_mend {
	struct super_block *sb;
	handle_t *handle;
	const struct ow_journal_block *blocks;
	unsigned int count;
	struct ext4_inode_info *owner;
	bool is_dir;
	unsigned int reads;
	struct xarray orphans;
	bool knows_orphans;
	int error;
};

/* A block is changed between these two, if the first says so. */
bool ow_mend_begin(struct ow_mend *mend, struct buffer_head *bh);
void ow_mend_end(struct ow_mend *mend, struct buffer_head *bh);

/* ext4_orphans.c: reads the list; the first that is to be called. */
void ow_mend_orphan_list(struct ow_mend *mend);
/* An inode that is in use; its block is being changed. */
void ow_mend_orphan(struct ow_mend *mend, struct ext4_inode *raw, u32 ino);

#endif /* _OW_EXT4_MEND_H */
