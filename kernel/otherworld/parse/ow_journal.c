// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Dead journals
 *
 * Metadata is changed in the page cache of the device, and jbd2 notes which
 * blocks a transaction changed. One transaction runs; the one before it may
 * still be on its way into the log. What is older is in the log, whole.
 *
 * A block is wanted as it was last changed, whichever of the two changed it:
 * both are to be committed, together. So the copies that jbd2 keeps of blocks
 * while it writes them are of no interest. Blocks of deleted objects are on the
 * lists as well, and no longer dirty.
 *
 * While a change is open (a handle), blocks may be on the list of those that
 * are reserved for it, and changed already. They are taken too, so that what
 * is half done is at least as complete as it was in memory.
 */
#include "ow_journal.h"

/* A log of 16 GiB in blocks of 1 KiB; a transaction has a quarter at most. */
#define OW_JOURNAL_BLOCKS_MAX	(4 * 1024 * 1024)

/* Offsets in the ext4 super block on disk. */
#define OW_EXT4_S_MTIME		0x2c
#define OW_EXT4_S_MNT_COUNT	0x34
#define OW_EXT4_HEAD_SIZE	0x40

static u32 ow_le(const void *raw, unsigned int at, unsigned int size)
{
	const u8 *bytes = (const u8 *)raw + at;
	u32 value = 0;

	while (size--)
		value = value << 8 | bytes[size];
	return value;
}

u32 ow_ext4_mount_time(const void *raw)
{
	return ow_le(raw, OW_EXT4_S_MTIME, 4);
}

u32 ow_ext4_mount_count(const void *raw)
{
	return ow_le(raw, OW_EXT4_S_MNT_COUNT, 2);
}

bool ow_journal_read(struct ow_cursor *c, const struct ow_super *super,
		     struct ow_journal *journal)
{
	u8 raw[OW_EXT4_HEAD_SIZE];

	memset(journal, 0, sizeof(*journal));
	ow_get_memory(c, ow_get_ptr(c, super->fs_info, OW_F_ext4_sb_info_s_es),
		      raw, sizeof(raw));
	journal->mount_time = ow_ext4_mount_time(raw);
	journal->mount_count = ow_ext4_mount_count(raw);
	journal->at = ow_get_ptr(c, super->fs_info,
				 OW_F_ext4_sb_info_s_journal);
	if (!ow_cursor_ok(c) || !journal->at.a)
		return ow_cursor_ok(c);
	journal->aborted = ow_get(c, journal->at, OW_F_journal_s_j_flags) &
			   ow_const(c, OW_C_JBD2_ABORT);
	journal->running = ow_get_ptr(c, journal->at,
				      OW_F_journal_s_j_running_transaction);
	journal->committing =
		ow_get_ptr(c, journal->at,
			   OW_F_journal_s_j_committing_transaction);
	if (journal->running.a)
		journal->open_handles = ow_get(c, journal->running,
					       OW_F_transaction_s_t_updates);
	return ow_cursor_ok(c);
}

struct ow_journal_pass {
	struct ow_cursor cursor;
	const struct ow_super *super;
	struct ow_virt transaction;
	u64 dirty, freed, uptodate;
	unsigned int count;
	int (*each)(void *priv, const struct ow_journal_block *block);
	void *priv;
};

static int ow_journal_buffer(struct ow_journal_pass *pass, struct ow_virt jh,
			     bool reserved)
{
	struct ow_cursor *c = &pass->cursor;
	struct ow_virt bh = ow_get_ptr(c, jh, OW_F_journal_head_b_bh);
	u64 state = ow_get(c, bh, OW_F_buffer_head_b_state);
	struct ow_journal_block block = {
		.number = ow_get(c, bh, OW_F_buffer_head_b_blocknr),
		.data = ow_get_ptr(c, bh, OW_F_buffer_head_b_data),
		.trigger = ow_get(c, jh, OW_F_journal_head_b_triggers),
	};
	struct ow_virt page = ow_get_ptr(c, bh, OW_F_buffer_head_b_page);

	if (ow_get(c, bh, OW_F_buffer_head_b_private) != jh.a ||
	    ow_get(c, jh, OW_F_journal_head_b_transaction) !=
						pass->transaction.a ||
	    ow_get(c, bh, OW_F_buffer_head_b_size) != pass->super->block_size)
		ow_cursor_fail(c, OW_BAD_DATA, jh, "a buffer of a journal");
	block.is_file = ow_get(c, page, OW_F_page_mapping) !=
			pass->super->cache.a;
	if (!ow_cursor_ok(c) || state & pass->freed)
		return 0;
	if (!(state & pass->uptodate) || (!reserved && !(state & pass->dirty)))
		return 0;
	return pass->each(pass->priv, &block);
}

/* A ring of buffers; @list points to one of them, or to none. */
static int ow_journal_list(struct ow_journal_pass *pass, enum ow_fact list)
{
	bool reserved = list == OW_F_transaction_s_t_reserved_list;
	struct ow_cursor *c = &pass->cursor;
	struct ow_virt first, at, next, between;
	int ret;

	first = ow_get_ptr(c, pass->transaction, list);
	at = first;
	while (ow_cursor_ok(c) && at.a) {
		if (++pass->count > OW_JOURNAL_BLOCKS_MAX) {
			ow_cursor_fail(c, OW_BAD_DATA, at,
				       "the number of a journal's buffers");
			break;
		}
		ret = ow_journal_buffer(pass, at, reserved);
		if (ret)
			return ret;
		next = ow_get_ptr(c, at, OW_F_journal_head_b_tnext);
		between = ow_get_ptr(c, next, OW_F_journal_head_b_tprev);
		if (between.a != at.a) {
			/* It was being put in, or taken out. */
			if (ow_get(c, between, OW_F_journal_head_b_tprev) !=
								at.a ||
			    ow_get(c, between, OW_F_journal_head_b_tnext) !=
								next.a)
				ow_cursor_fail(c, OW_BAD_DATA, at,
					       "a link between a journal's buffers");
			ret = ow_journal_buffer(pass, between, reserved);
			if (ret)
				return ret;
		}
		if (next.a == first.a)
			break;
		at = next;
	}
	return 0;
}

static int ow_journal_transaction(struct ow_journal_pass *pass,
				  const struct ow_journal *journal,
				  struct ow_virt transaction)
{
	static const enum ow_fact lists[] = {
		OW_F_transaction_s_t_buffers,
		OW_F_transaction_s_t_shadow_list,
		OW_F_transaction_s_t_forget,
	};
	struct ow_cursor *c = &pass->cursor;
	unsigned int i;
	int ret = 0;

	if (!transaction.a)
		return 0;
	pass->transaction = transaction;
	if (ow_get(c, transaction, OW_F_transaction_s_t_journal) !=
	    journal->at.a)
		ow_cursor_fail(c, OW_BAD_DATA, transaction, "a transaction");
	for (i = 0; i < ARRAY_SIZE(lists) && !ret; i++)
		ret = ow_journal_list(pass, lists[i]);
	if (!ret && transaction.a == journal->running.a &&
	    journal->open_handles)
		ret = ow_journal_list(pass,
				      OW_F_transaction_s_t_reserved_list);
	return ret;
}

int ow_journal_walk(const struct ow_kernel *kernel,
		    const struct ow_super *super,
		    const struct ow_journal *journal,
		    int (*each)(void *priv,
				const struct ow_journal_block *block),
		    void *priv, struct ow_fault_info *why)
{
	struct ow_journal_pass pass = {
		.super = super,
		.each = each,
		.priv = priv,
	};
	struct ow_cursor *c = &pass.cursor;
	int ret;

	ow_cursor_init(c, kernel);
	pass.dirty = BIT_ULL(ow_const(c, OW_C_BH_JBDDirty));
	pass.freed = BIT_ULL(ow_const(c, OW_C_BH_Freed));
	pass.uptodate = BIT_ULL(ow_const(c, OW_C_BH_Uptodate));
	ret = ow_journal_transaction(&pass, journal, journal->committing);
	if (!ret)
		ret = ow_journal_transaction(&pass, journal,
					     journal->running);
	if (why)
		*why = c->fault;
	return ret;
}
