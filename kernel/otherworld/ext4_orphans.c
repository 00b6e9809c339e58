// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: inodes of ext4 that the dead kernel was about to free.
 */

/**
 * DOC: Orphans
 *
 * An inode without a name is on a list on disk, and the next mount frees those
 * that are. It is taken off that list a moment before it is free, and put on it
 * a moment after the list says so: who died in between left an inode that
 * nobody would ever free, or a list that leads nowhere, which ext4 takes for
 * damage. Both are mended before ext4 reads the list.
 *
 * Any inode that is in use and has no link belongs there, whatever was about to
 * become of it: one that was just being made has nothing to free but itself.
 *
 * Where orphans are kept in a file instead (the feature orphan_file), they are
 * left as they are.
 */

#include "ext4_mend.h"

/* How many of the list are read. */
#define OW_ORPHANS_MAX	(64 * 1024)

/* The inode as it is on disk, in @bh, or NULL; and whether it is in use. */
static struct ext4_inode *ow_raw_inode(struct super_block *sb, u32 ino,
				       struct buffer_head **bh, bool *used)
{
	struct ext4_sb_info *sbi = EXT4_SB(sb);
	struct ext4_group_desc *gdp;
	struct buffer_head *bitmap;
	u32 index;

	if (ino < EXT4_FIRST_INO(sb) ||
	    ino > le32_to_cpu(sbi->s_es->s_inodes_count))
		return NULL;
	index = (ino - 1) % EXT4_INODES_PER_GROUP(sb);
	gdp = ext4_get_group_desc(sb, (ino - 1) / EXT4_INODES_PER_GROUP(sb),
				  NULL);
	if (!gdp)
		return NULL;
	bitmap = sb_bread(sb, ext4_inode_bitmap(sb, gdp));
	if (!bitmap)
		return NULL;
	*used = test_bit_le(index, bitmap->b_data);
	brelse(bitmap);
	*bh = sb_bread(sb, ext4_inode_table(sb, gdp) +
			   index / sbi->s_inodes_per_block);
	if (!*bh)
		return NULL;
	return (void *)((*bh)->b_data + index % sbi->s_inodes_per_block *
					EXT4_INODE_SIZE(sb));
}

/* Whether ext4 would free or cut it; anything else it takes for damage. */
static bool ow_is_sound_orphan(struct super_block *sb,
			       const struct ext4_inode *raw)
{
	u16 mode = le16_to_cpu(raw->i_mode);

	if (le32_to_cpu(raw->i_dtime) >
	    le32_to_cpu(EXT4_SB(sb)->s_es->s_inodes_count))
		return false;
	return mode && (!raw->i_links_count || S_ISREG(mode));
}

static void ow_orphans_begin_with(struct ow_mend *mend, u32 ino)
{
	struct ext4_sb_info *sbi = EXT4_SB(mend->sb);

	if (!ow_mend_begin(mend, sbi->s_sbh))
		return;
	sbi->s_es->s_last_orphan = cpu_to_le32(ino);
	ext4_superblock_csum_set(mend->sb);
	ow_mend_end(mend, sbi->s_sbh);
}

void ow_mend_orphan_list(struct ow_mend *mend)
{
	u32 ino = le32_to_cpu(EXT4_SB(mend->sb)->s_es->s_last_orphan);
	unsigned int count = 0;

	if (ext4_has_feature_orphan_file(mend->sb))
		return;
	while (ino && !xa_load(&mend->orphans, ino) && !mend->error) {
		struct buffer_head *bh = NULL;
		struct ext4_inode *raw;
		bool used, sound;

		raw = ow_raw_inode(mend->sb, ino, &bh, &used);
		sound = raw && used && ow_is_sound_orphan(mend->sb, raw);
		/* The others were there before: only the first can be new. */
		if (!sound && !count)
			ow_orphans_begin_with(mend, 0);
		if (sound)
			mend->error = xa_err(xa_store(&mend->orphans, ino,
						      xa_mk_value(1),
						      GFP_KERNEL));
		ino = sound ? le32_to_cpu(raw->i_dtime) : 0;
		brelse(bh);
		if (++count == OW_ORPHANS_MAX)
			return;
	}
	mend->knows_orphans = true;
}

void ow_mend_orphan(struct ow_mend *mend, struct ext4_inode *raw, u32 ino)
{
	if (raw->i_links_count || !raw->i_mode ||
	    ino < EXT4_FIRST_INO(mend->sb) || !mend->knows_orphans ||
	    xa_load(&mend->orphans, ino))
		return;
	raw->i_dtime = EXT4_SB(mend->sb)->s_es->s_last_orphan;
	ow_orphans_begin_with(mend, ino);
}
