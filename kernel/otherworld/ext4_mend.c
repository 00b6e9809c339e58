// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: ext4 operations that were half done when the kernel died.
 */

/**
 * DOC: Half-done operations
 *
 * What an operation had changed until then is among the blocks that came back.
 * Most of it is harmless: a block or an inode is taken and belongs to nobody,
 * until e2fsck finds it. Four things would not be, and are mended here, after
 * the blocks have come back and before anybody has read them:
 *
 * A block that was freed is still mapped, since extents are shortened after
 * the bitmap. It is marked as used again. Nobody else can have it: it would
 * have become free with the commit that never came. If its inode is an
 * orphan, it is freed for good a moment later.
 *
 * Counters of free blocks and inodes are changed after the bitmaps that they
 * sum up. They are made anew.
 *
 * An inode that was being deleted is on no list any more, and not yet free, or
 * the list is not whole (ext4_orphans.c).
 *
 * Checksums of inodes, extents and directories are made after the change. They
 * are made anew.
 *
 * Only what the dead transactions had changed is looked at: nothing else can
 * be half done.
 */

#include <linux/fs.h>
#include <linux/slab.h>

#include "ext4_mend.h"

#include "../../fs/ext4/ext4_extents.h"

/* How many blocks of extent trees are read for it. */
#define OW_MEND_READS	256
#define OW_MEND_DEPTH	5

/* The first of the sorted blocks that is @number or behind it. */
static unsigned int ow_mend_find(const struct ow_mend *mend, u64 number)
{
	unsigned int low = 0, high = mend->count;

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;

		if (mend->blocks[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool ow_mend_has(const struct ow_mend *mend, u64 number)
{
	unsigned int at = ow_mend_find(mend, number);

	return at < mend->count && mend->blocks[at].number == number;
}

bool ow_mend_begin(struct ow_mend *mend, struct buffer_head *bh)
{
	if (jbd2_handle_buffer_credits(mend->handle) < 2)
		mend->error = -ENOSPC;
	if (!mend->error)
		mend->error = jbd2_journal_get_write_access(mend->handle, bh);
	return !mend->error;
}

void ow_mend_end(struct ow_mend *mend, struct buffer_head *bh)
{
	int ret = jbd2_journal_dirty_metadata(mend->handle, bh);

	mend->error = mend->error ?: ret;
}

/* --- Blocks of an inode ----------------------------------------------------- */

static void ow_mend_bits(struct ow_mend *mend, struct buffer_head *bitmap,
			 unsigned int bit, unsigned int end)
{
	bit = find_next_zero_bit_le(bitmap->b_data, end, bit);
	if (bit >= end || !ow_mend_begin(mend, bitmap))
		return;
	while (bit < end) {
		__set_bit_le(bit, bitmap->b_data);
		bit = find_next_zero_bit_le(bitmap->b_data, end, bit + 1);
	}
	ow_mend_end(mend, bitmap);
}

static void ow_mend_used(struct ow_mend *mend, u64 start, unsigned int len)
{
	struct ext4_sb_info *sbi = EXT4_SB(mend->sb);
	u64 end = start + len;

	if (start < le32_to_cpu(sbi->s_es->s_first_data_block) ||
	    end > ext4_blocks_count(sbi->s_es))
		return;
	while (start < end && !mend->error) {
		struct ext4_group_desc *gdp;
		struct buffer_head *bitmap;
		ext4_grpblk_t bit, last;
		ext4_group_t group;
		u64 next;

		ext4_get_group_no_and_offset(mend->sb, start, &group, &bit);
		next = ext4_group_first_block_no(mend->sb, group) +
		       EXT4_BLOCKS_PER_GROUP(mend->sb);
		next = min(next, end);
		ext4_get_group_no_and_offset(mend->sb, next - 1, NULL, &last);
		gdp = ext4_get_group_desc(mend->sb, group, NULL);
		if (gdp && ow_mend_has(mend, ext4_block_bitmap(mend->sb, gdp))) {
			bitmap = sb_bread(mend->sb,
					  ext4_block_bitmap(mend->sb, gdp));
			if (bitmap)
				ow_mend_bits(mend, bitmap, bit, last + 1);
			brelse(bitmap);
		}
		start = next;
	}
}

static void ow_mend_dir_block(struct ow_mend *mend, u64 number)
{
	struct buffer_head *bh = sb_bread(mend->sb, number);
	struct ext4_dir_entry_tail *tail;
	u32 csum;

	if (!bh)
		return;
	tail = (void *)(bh->b_data + bh->b_size - sizeof(*tail));
	if (tail->det_reserved_ft == EXT4_FT_DIR_CSUM &&
	    !tail->det_reserved_zero1 && !tail->det_reserved_zero2 &&
	    le16_to_cpu(tail->det_rec_len) == sizeof(*tail)) {
		csum = ext4_chksum(EXT4_SB(mend->sb), mend->owner->i_csum_seed,
				   bh->b_data, (char *)tail - bh->b_data);
		if (tail->det_checksum != cpu_to_le32(csum) &&
		    ow_mend_begin(mend, bh)) {
			tail->det_checksum = cpu_to_le32(csum);
			ow_mend_end(mend, bh);
		}
	}
	brelse(bh);
}

static void ow_mend_extent(struct ow_mend *mend, struct ext4_extent *extent)
{
	u64 start = ext4_ext_pblock(extent);
	unsigned int len = ext4_ext_get_actual_len(extent), at;

	ow_mend_used(mend, start, len);
	if (!mend->is_dir || !ext4_has_metadata_csum(mend->sb))
		return;
	at = ow_mend_find(mend, start);
	for (; at < mend->count && mend->blocks[at].number < start + len; at++)
		ow_mend_dir_block(mend, mend->blocks[at].number);
}

static void ow_mend_tree(struct ow_mend *mend, struct ext4_extent_header *eh,
			 unsigned int room, unsigned int depth);

static void ow_mend_tree_block(struct ow_mend *mend, u64 number,
			       unsigned int depth)
{
	unsigned int room = mend->sb->s_blocksize / sizeof(struct ext4_extent);
	struct ext4_extent_header *eh;
	struct ext4_extent_tail *tail;
	struct buffer_head *bh;
	u32 csum;

	ow_mend_used(mend, number, 1);
	if (mend->reads >= OW_MEND_READS)
		return;
	mend->reads++;
	bh = sb_bread(mend->sb, number);
	if (!bh)
		return;
	eh = ext_block_hdr(bh);
	ow_mend_tree(mend, eh, room - 1, depth);
	if (ext4_has_metadata_csum(mend->sb) && ow_mend_has(mend, number) &&
	    eh->eh_magic == EXT4_EXT_MAGIC &&
	    le16_to_cpu(eh->eh_max) <= room - 1) {
		tail = find_ext4_extent_tail(eh);
		csum = ext4_chksum(EXT4_SB(mend->sb), mend->owner->i_csum_seed,
				   eh, EXT4_EXTENT_TAIL_OFFSET(eh));
		if (tail->et_checksum != cpu_to_le32(csum) &&
		    ow_mend_begin(mend, bh)) {
			tail->et_checksum = cpu_to_le32(csum);
			ow_mend_end(mend, bh);
		}
	}
	brelse(bh);
}

/* Not deeper than OW_MEND_DEPTH: each level says that it is one less. */
static void ow_mend_tree(struct ow_mend *mend, struct ext4_extent_header *eh,
			 unsigned int room, unsigned int depth)
{
	unsigned int i, count = le16_to_cpu(eh->eh_entries);

	if (eh->eh_magic != EXT4_EXT_MAGIC || count > room ||
	    le16_to_cpu(eh->eh_depth) != depth)
		return;
	for (i = 0; i < count && !mend->error; i++) {
		if (depth)
			ow_mend_tree_block(mend,
					   ext4_idx_pblock(EXT_FIRST_INDEX(eh) +
							   i), depth - 1);
		else
			ow_mend_extent(mend, EXT_FIRST_EXTENT(eh) + i);
	}
}

/* --- Inodes ------------------------------------------------------------------- */

static void ow_mend_inode(struct ow_mend *mend, struct buffer_head *bh,
			  struct ext4_inode *raw, u32 ino)
{
	struct ext4_sb_info *sbi = EXT4_SB(mend->sb);
	struct ext4_extent_header *eh = (void *)raw->i_block;
	struct ext4_inode_info *owner = mend->owner;
	__le32 number = cpu_to_le32(ino);
	unsigned int depth, room;

	owner->i_csum_seed = ext4_chksum(sbi, sbi->s_csum_seed, (u8 *)&number,
					 sizeof(number));
	owner->i_csum_seed = ext4_chksum(sbi, owner->i_csum_seed,
					 (u8 *)&raw->i_generation,
					 sizeof(raw->i_generation));
	owner->i_extra_isize = 0;
	if (EXT4_INODE_SIZE(mend->sb) > EXT4_GOOD_OLD_INODE_SIZE)
		owner->i_extra_isize = le16_to_cpu(raw->i_extra_isize);
	mend->is_dir = S_ISDIR(le16_to_cpu(raw->i_mode));
	if (ow_mend_begin(mend, bh)) {
		ow_mend_orphan(mend, raw, ino);
		ext4_inode_csum_set(&owner->vfs_inode, raw, owner);
		ow_mend_end(mend, bh);
	}

	if (!(raw->i_flags & cpu_to_le32(EXT4_EXTENTS_FL)) ||
	    raw->i_flags & cpu_to_le32(EXT4_INLINE_DATA_FL))
		return;
	depth = le16_to_cpu(eh->eh_depth);
	room = (sizeof(raw->i_block) - sizeof(*eh)) /
	       sizeof(struct ext4_extent);
	if (depth <= OW_MEND_DEPTH)
		ow_mend_tree(mend, eh, room, depth);
}

/* Those of a block of an inode table that are in use. */
static void ow_mend_inodes(struct ow_mend *mend, u64 number, u32 first,
			   unsigned int bit, const struct buffer_head *bitmap)
{
	struct ext4_sb_info *sbi = EXT4_SB(mend->sb);
	struct buffer_head *bh = sb_bread(mend->sb, number);
	unsigned int i;

	if (!bh)
		return;
	for (i = 0; i < sbi->s_inodes_per_block && !mend->error; i++) {
		char *raw = bh->b_data + i * EXT4_INODE_SIZE(mend->sb);

		if (test_bit_le(bit + i, bitmap->b_data))
			ow_mend_inode(mend, bh, (struct ext4_inode *)raw,
				      first + i);
	}
	brelse(bh);
}

static void ow_mend_inode_table(struct ow_mend *mend, ext4_group_t group,
				struct ext4_group_desc *gdp)
{
	struct ext4_sb_info *sbi = EXT4_SB(mend->sb);
	u64 table = ext4_inode_table(mend->sb, gdp);
	struct buffer_head *bitmap = NULL;
	unsigned int at, bit;

	for (at = ow_mend_find(mend, table);
	     at < mend->count && !mend->error; at++) {
		u64 number = mend->blocks[at].number;

		if (number >= table + sbi->s_itb_per_group)
			break;
		if (!bitmap)
			bitmap = sb_bread(mend->sb,
					  ext4_inode_bitmap(mend->sb, gdp));
		if (!bitmap)
			break;
		bit = (number - table) * sbi->s_inodes_per_block;
		ow_mend_inodes(mend, number,
			       group * EXT4_INODES_PER_GROUP(mend->sb) + bit + 1,
			       bit, bitmap);
	}
	brelse(bitmap);
}

/* --- Sums over bitmaps --------------------------------------------------------- */

static void ow_mend_sums(struct ow_mend *mend, ext4_group_t group)
{
	struct super_block *sb = mend->sb;
	struct buffer_head *gd_bh, *bitmap;
	struct ext4_group_desc *gdp;
	bool blocks, inodes;
	unsigned int free;

	gdp = ext4_get_group_desc(sb, group, &gd_bh);
	if (!gdp)
		return;
	blocks = ow_mend_has(mend, ext4_block_bitmap(sb, gdp)) &&
		 !(gdp->bg_flags & cpu_to_le16(EXT4_BG_BLOCK_UNINIT));
	inodes = ow_mend_has(mend, ext4_inode_bitmap(sb, gdp)) &&
		 !(gdp->bg_flags & cpu_to_le16(EXT4_BG_INODE_UNINIT));
	if ((!blocks && !inodes) || !ow_mend_begin(mend, gd_bh))
		return;
	bitmap = blocks ? sb_bread(sb, ext4_block_bitmap(sb, gdp)) : NULL;
	if (bitmap) {
		free = ext4_count_free(bitmap->b_data,
				       EXT4_CLUSTERS_PER_GROUP(sb) / 8);
		ext4_free_group_clusters_set(sb, gdp, free);
		ext4_block_bitmap_csum_set(sb, gdp, bitmap);
		brelse(bitmap);
	}
	bitmap = inodes ? sb_bread(sb, ext4_inode_bitmap(sb, gdp)) : NULL;
	if (bitmap) {
		free = ext4_count_free(bitmap->b_data,
				       EXT4_INODES_PER_GROUP(sb) / 8);
		ext4_free_inodes_set(sb, gdp, free);
		ext4_inode_bitmap_csum_set(sb, gdp, bitmap);
		brelse(bitmap);
	}
	ext4_group_desc_csum_set(sb, group, gdp);
	ow_mend_end(mend, gd_bh);
}

int ow_ext4_mend(struct super_block *sb, const struct ow_journal_block *blocks,
		 unsigned int count, unsigned int credits)
{
	ext4_group_t group, groups = EXT4_SB(sb)->s_groups_count;
	struct ow_mend mend = { .sb = sb, .blocks = blocks, .count = count };
	int stopped;

	mend.owner = kzalloc(sizeof(*mend.owner), GFP_KERNEL);
	if (!mend.owner)
		return -ENOMEM;
	mend.owner->vfs_inode.i_sb = sb;
	mend.handle = jbd2_journal_start(EXT4_SB(sb)->s_journal, credits);
	if (IS_ERR(mend.handle)) {
		kfree(mend.owner);
		return PTR_ERR(mend.handle);
	}
	xa_init(&mend.orphans);
	ow_mend_orphan_list(&mend);
	for (group = 0; group < groups && !mend.error; group++) {
		struct ext4_group_desc *gdp;

		gdp = ext4_get_group_desc(sb, group, NULL);
		if (gdp)
			ow_mend_inode_table(&mend, group, gdp);
	}
	for (group = 0; group < groups && !mend.error; group++)
		ow_mend_sums(&mend, group);
	stopped = jbd2_journal_stop(mend.handle);
	xa_destroy(&mend.orphans);
	kfree(mend.owner);
	return mend.error ?: stopped;
}
