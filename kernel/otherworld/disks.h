/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Otherworld: what the dead kernel had not written to disk.
 */
#ifndef _OW_DISKS_H
#define _OW_DISKS_H

#include "rebuild.h"
#include "parse/ow_journal.h"

struct inode;
struct super_block;

/**
 * struct ow_disk - a file system that was mounted
 * @list: all of them
 * @super: as it was
 * @live: its device here, once it is mounted, else 0
 * @saved: its files have their last pages
 */
struct ow_disk {
	struct list_head list;
	struct ow_super super;
	dev_t live;
	bool saved;
};

/* What @sb was in the dead kernel, or NULL. */
struct ow_disk *ow_disk_of(const struct ow_kernel *kernel,
			   const struct super_block *sb);
/* What @super of the dead kernel was, or NULL. */
struct ow_disk *ow_disk_at(const struct ow_kernel *kernel,
			   struct ow_virt super);
/* What it is here; deactivate_super() lets go of it. NULL if nobody mounted it. */
struct super_block *ow_disk_get_super(const struct ow_disk *disk);
/* ext4.c: to be written to; it had at least @size. The inode is locked. */
int ow_ext4_open(struct inode *inode, loff_t size);
/*
 * ext4.c: an inode shall have no more than @links, as it had in memory; one less
 * than on disk if that was @uncounted.
 */
int ow_ext4_take_link(const struct ow_disk *disk, u32 ino, u32 generation,
		      u32 links, bool uncounted);
/* ext4_mend.c: @blocks are sorted by their numbers. */
int ow_ext4_mend(struct super_block *sb, const struct ow_journal_block *blocks,
		 unsigned int count, unsigned int credits);
/* filedata.c */
void ow_save_pages(const struct ow_kernel *kernel, const struct ow_disk *disk,
		   struct super_block *sb);

#endif /* _OW_DISKS_H */
