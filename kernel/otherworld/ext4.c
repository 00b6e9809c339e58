// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: ext4 metadata that the dead kernel had not committed.
 */

/**
 * DOC: Metadata
 *
 * When ext4 is mounted, it replays its log: everything that was committed. The
 * transaction that was running at the fault, and the one that was on its way
 * into the log, are not there. They are in dead memory, and are added here as
 * a transaction of the live journal, after the replay and before ext4 derives
 * anything from its metadata. Should the machine fail before it is committed,
 * the disk holds a state that it had before, as after any loss of power.
 *
 * First all is read and checked, then all is written: half of a transaction
 * would be worse than none. None it is where the dead journal is damaged, or
 * where the file system was mounted by somebody else in between.
 *
 * An operation that was half done at the fault (an open handle) has left its
 * changes among the others, and cannot be told from them. Leaving all out
 * would take back seconds of what processes have seen; so all is kept, what
 * could do harm is mended, and a verdict says that e2fsck may find more.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/buffer_head.h>
#include <linux/fs.h>
#include <linux/jbd2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "disks.h"

#include "../../fs/ext4/ext4.h"
#include "../../fs/ext4/ext4_jbd2.h"

struct ow_replay {
	const struct ow_kernel *kernel;
	struct super_block *sb;
	struct ow_journal journal;
	struct ow_journal_block *blocks;
	unsigned int count, room;
	void *scratch;
};

static int ow_replay_note(void *priv, const struct ow_journal_block *block)
{
	struct ow_replay *replay = priv;
	struct ow_journal_block *more;
	struct ow_fault_info why;
	unsigned int room;

	if (block->number >= ext4_blocks_count(EXT4_SB(replay->sb)->s_es))
		return -ERANGE;
	if (ow_virt_read(&replay->kernel->pt, block->data, replay->scratch,
			 replay->sb->s_blocksize, &why) != OW_OK)
		return -EFAULT;
	if (replay->count == replay->room) {
		room = max(replay->room * 2, 1024U);
		more = kvmalloc_array(room, sizeof(*more), GFP_KERNEL);
		if (!more)
			return -ENOMEM;
		if (replay->count)
			memcpy(more, replay->blocks,
			       replay->count * sizeof(*more));
		kvfree(replay->blocks);
		replay->blocks = more;
		replay->room = room;
	}
	replay->blocks[replay->count++] = *block;
	return 0;
}

static void ow_replay_fill(struct ow_replay *replay, struct buffer_head *bh,
			   const struct ow_journal_block *block)
{
	struct ow_fault_info why;

	/* It could be read a moment ago, and nobody writes to it. */
	if (ow_virt_read(&replay->kernel->pt, block->data, replay->scratch,
			 bh->b_size, &why) == OW_OK)
		memcpy(bh->b_data, replay->scratch, bh->b_size);
	set_buffer_uptodate(bh);
}

/* data=journal: content of files goes to its place at once. */
static int ow_replay_file_block(struct ow_replay *replay,
				struct buffer_head *bh,
				const struct ow_journal_block *block)
{
	lock_buffer(bh);
	ow_replay_fill(replay, bh, block);
	unlock_buffer(bh);
	mark_buffer_dirty(bh);
	return sync_dirty_buffer(bh);
}

static int ow_replay_block(struct ow_replay *replay, handle_t *handle,
			   const struct ow_journal_block *block)
{
	struct ext4_journal_trigger *trigger =
		&EXT4_SB(replay->sb)->s_journal_triggers[EXT4_JTR_ORPHAN_FILE];
	struct buffer_head *bh = sb_getblk(replay->sb, block->number);
	int ret;

	if (!bh)
		return -ENOMEM;
	if (block->is_file) {
		ret = ow_replay_file_block(replay, bh, block);
		goto out;
	}
	lock_buffer(bh);
	ret = jbd2_journal_get_create_access(handle, bh);
	if (!ret)
		ow_replay_fill(replay, bh, block);
	unlock_buffer(bh);
	if (ret)
		goto out;
	if (block->trigger)
		jbd2_journal_set_triggers(bh, &trigger->tr_triggers);
	ret = jbd2_journal_dirty_metadata(handle, bh);
out:
	brelse(bh);
	return ret;
}

/* The most blocks that one transaction may change. */
static unsigned int ow_replay_most(const struct ow_replay *replay)
{
	const journal_t *journal = EXT4_SB(replay->sb)->s_journal;

	return journal->j_max_transaction_buffers -
	       journal->j_transaction_overhead_buffers;
}

static int ow_replay_apply(struct ow_replay *replay)
{
	journal_t *journal = EXT4_SB(replay->sb)->s_journal;
	unsigned int most = ow_replay_most(replay);
	unsigned int i, done = 0, end;
	handle_t *handle;
	int ret = 0, stopped;

	/* One transaction, unless the dead two were larger than one may be. */
	while (!ret && done < replay->count) {
		end = min(done + most, replay->count);
		handle = jbd2_journal_start(journal, end - done);
		if (IS_ERR(handle))
			return PTR_ERR(handle);
		for (i = done; i < end && !ret; i++)
			ret = ow_replay_block(replay, handle,
					      &replay->blocks[i]);
		stopped = jbd2_journal_stop(handle);
		ret = ret ?: stopped;
		done = end;
	}
	return ret;
}

/* A reason to leave the file system as the log has it, or NULL. */
static const char *ow_replay_refused(const struct ow_replay *replay,
				     const struct ow_disk *disk)
{
	const struct ext4_super_block *es = EXT4_SB(replay->sb)->s_es;

	if (!replay->journal.at.a)
		return "it had no journal";
	if (replay->journal.aborted)
		return "its journal had been given up";
	if (disk->super.block_size != replay->sb->s_blocksize)
		return "its blocks have another size";
	if (ow_ext4_mount_time(es) != replay->journal.mount_time ||
	    ow_ext4_mount_count(es) != replay->journal.mount_count)
		return "it was mounted elsewhere since";
	return NULL;
}

static void ow_replay_say(const struct ow_replay *replay,
			  enum otherworld_verdict_grade grade,
			  const char *reason)
{
	char name[64];

	snprintf(name, sizeof(name), "file system %s", replay->sb->s_id);
	ow_verdict(0, grade, replay->journal.at.a, name, "%s", reason);
}

static int ow_replay_order(const void *a, const void *b)
{
	const struct ow_journal_block *left = a, *right = b;

	if (left->number == right->number)
		return 0;
	return left->number < right->number ? -1 : 1;
}

static void ow_replay_mend(struct ow_replay *replay)
{
	unsigned int credits;
	int ret;

	sort(replay->blocks, replay->count, sizeof(*replay->blocks),
	     ow_replay_order, NULL);
	credits = min(replay->count + 64, ow_replay_most(replay));
	ret = ow_ext4_mend(replay->sb, replay->blocks, replay->count, credits);
	ow_replay_say(replay, OTHERWORLD_DEGRADED, ret ?
		      "a change was half done, and is: run e2fsck soon" :
		      "a change was half done: e2fsck may find space lost");
}

static void ow_replay_run(struct ow_replay *replay, struct ow_disk *disk)
{
	struct ow_fault_info why;
	struct ow_cursor c;
	const char *reason;
	int ret;

	ow_cursor_init(&c, replay->kernel);
	if (!ow_journal_read(&c, &disk->super, &replay->journal)) {
		ow_verdict_fault(0, OTHERWORLD_DEGRADED,
				 "a file system's last changes", &c.fault);
		return;
	}
	reason = ow_replay_refused(replay, disk);
	if (reason) {
		ow_replay_say(replay, OTHERWORLD_DEGRADED, reason);
		return;
	}
	ret = ow_journal_walk(replay->kernel, &disk->super, &replay->journal,
			      ow_replay_note, replay, &why);
	if (why.status != OW_OK) {
		ow_verdict_fault(0, OTHERWORLD_DEGRADED,
				 "a file system's last changes", &why);
		return;
	}
	ret = ret ?: ow_replay_apply(replay);
	if (ret) {
		ow_replay_say(replay, OTHERWORLD_DEGRADED,
			      "its last changes cannot be committed");
		return;
	}
	pr_info("%s: %u blocks of metadata committed after the fact\n",
		replay->sb->s_id, replay->count);
	if (replay->journal.open_handles)
		ow_replay_mend(replay);
}

void otherworld_journal_loaded(struct super_block *sb)
{
	const struct ow_kernel *kernel = ow_dead_kernel();
	struct ow_replay replay = { .kernel = kernel, .sb = sb };
	struct ow_disk *disk;

	if (!kernel)
		return;
	disk = ow_disk_of(kernel, sb);
	/* Once: whatever comes later has been written by this kernel. */
	if (!disk || disk->live || disk->super.read_only)
		return;
	disk->live = sb->s_dev;
	replay.scratch = kmalloc(sb->s_blocksize, GFP_KERNEL);
	if (replay.scratch)
		ow_replay_run(&replay, disk);
	kfree(replay.scratch);
	kvfree(replay.blocks);
}

/*
 * The size on disk follows what was written, some time later: by then a block
 * may hold more than that size says. A write() behind it would zero the rest.
 */
int ow_ext4_open(struct inode *inode, loff_t size)
{
	int ret = ext4_inode_attach_jinode(inode);
	handle_t *handle;

	if (ret || size <= i_size_read(inode))
		return ret;
	if (size > inode->i_sb->s_maxbytes)
		return -EFBIG;
	handle = ext4_journal_start(inode, EXT4_HT_INODE, 2);
	if (IS_ERR(handle))
		return PTR_ERR(handle);
	i_size_write(inode, size);
	ext4_update_i_disksize(inode, size);
	ret = ext4_mark_inode_dirty(handle, inode);
	ext4_journal_stop(handle);
	return ret;
}

/* What it should have, by what is known of both kernels. */
static u32 ow_links_wanted(const struct inode *inode, u32 links, bool uncounted)
{
	if (links < inode->i_nlink)
		return links;
	/* A directory has one by itself, and its parent has one by it. */
	if (uncounted && links == inode->i_nlink && !S_ISDIR(inode->i_mode))
		return links - 1;
	return inode->i_nlink;
}

static int ow_ext4_set_links(struct inode *inode, u32 links)
{
	handle_t *handle;
	int ret;

	handle = ext4_journal_start(inode, EXT4_HT_INODE,
				    EXT4_DATA_TRANS_BLOCKS(inode->i_sb));
	if (IS_ERR(handle))
		return PTR_ERR(handle);
	set_nlink(inode, links);
	ret = links ? 0 : ext4_orphan_add(handle, inode);
	inode_set_ctime_current(inode);
	ret = ret ?: ext4_mark_inode_dirty(handle, inode);
	ext4_journal_stop(handle);
	return ret;
}

int ow_ext4_take_link(const struct ow_disk *disk, u32 ino, u32 generation,
		      u32 links, bool uncounted)
{
	struct super_block *sb = ow_disk_get_super(disk);
	struct inode *inode;
	u32 wanted;
	int ret = 0;

	if (!sb)
		return -ENODEV;
	sb_start_write(sb);
	inode = ext4_iget(sb, ino, EXT4_IGET_NORMAL);
	if (IS_ERR(inode)) {
		/* Freed with the last of them. */
		ret = PTR_ERR(inode) == -ESTALE ? 0 : PTR_ERR(inode);
		goto out;
	}
	inode_lock(inode);
	wanted = ow_links_wanted(inode, links, uncounted);
	if (inode->i_generation == generation && wanted != inode->i_nlink)
		ret = ow_ext4_set_links(inode, wanted);
	inode_unlock(inode);
	iput(inode);
out:
	sb_end_write(sb);
	deactivate_super(sb);
	return ret;
}
