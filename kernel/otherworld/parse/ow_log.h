/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The dead kernel's log: a walk over its printk ring buffer.
 */
#ifndef _OW_LOG_H
#define _OW_LOG_H

#include "ow_pagetable.h"
#include "ow_vmcoreinfo.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Nobody's log is longer; what is older than this many records is left. */
#define OW_LOG_WALK_MAX BIT(22)

/* A printk record's text is at most 1 KiB, so this buffer cuts none short. */
#define OW_LOG_TEXT_MAX 2048

/* Offsets inside the dead kernel's structures, all relative to their owner. */
struct ow_log_layout {
	u16 desc_size;
	u16 desc_state;
	u16 desc_begin;
	u16 desc_next;
	u16 info_size;
	u16 info_seq;
	u16 info_ts;
	u16 info_len;
	u16 info_caller;
	/* VMCOREINFO does not name facility and level: set if deducible */
	bool has_level;
	u16 info_facility;
	u16 info_level;
};

/**
 * struct ow_log - an opened log; fill in with ow_log_open()
 */
struct ow_log {
	const struct ow_pagetable *pt;
	struct ow_log_layout layout;
	struct ow_virt descs;
	struct ow_virt infos;
	struct ow_virt data;
	unsigned int count_bits;
	unsigned int size_bits;
	u64 head_id;
	u64 tail_id;
};

/**
 * struct ow_log_record - one message
 * @seq: the dead kernel's sequence number, rising unless it is damaged
 * @ts_nsec: local clock when it was stored
 * @caller_id: task, or CPU if the top bit is set
 * @facility: 0 for the kernel's own; anything else came from /dev/kmsg
 * @level: 0 (emergency) to 7 (debug)
 * @flags: the printk LOG_* flags
 * @known: whether @facility, @level and @flags are known, else they are 0
 * @cut: the walk's buffer was too small for the whole text
 * @open: committed but not finished: the writer meant to append to it
 * @len: length of @text
 * @text: not terminated, may hold newlines and anything else
 */
struct ow_log_record {
	u64 seq;
	u64 ts_nsec;
	u32 caller_id;
	u8 facility;
	u8 level;
	u8 flags;
	bool known;
	bool cut;
	bool open;
	u32 len;
	const char *text;
};

/**
 * struct ow_log_stats - what a walk met
 * @records: passed to the callback
 * @recycled: descriptors whose text had made room for newer messages
 * @dropped: messages the dead kernel itself could not store the text of
 * @torn: skipped: being written when the kernel died, or implausible
 * @unreadable: skipped: their memory cannot be read
 * @left: older records not looked at
 */
struct ow_log_stats {
	u64 records;
	u64 recycled;
	u64 dropped;
	u64 torn;
	u64 unreadable;
	u64 left;
};

/* Called for each record, oldest first; false ends the walk. */
struct ow_log_visitor {
	bool (*record)(void *priv, const struct ow_log_record *rec);
	void *priv;
};

/* Find the log. @pt must outlive @log. */
enum ow_status __must_check ow_log_open(struct ow_log *log,
					const struct ow_pagetable *pt,
					const struct ow_vmcoreinfo *vi,
					struct ow_fault_info *why);

/**
 * ow_log_walk() - every record that can still be had, oldest first
 * @log: from ow_log_open()
 * @buf: holds the text of the record being visited
 * @size: size of @buf; OW_LOG_TEXT_MAX cuts nothing short
 * @visit: called for each
 * @stats: filled in, also on failure
 * @why: filled in on failure
 *
 * Single bad records are counted in @stats and skipped.
 *
 * Return: OW_OK; OW_STOPPED if the callback said so; OW_BAD_ADDRESS if the
 * ring turned out unreadable over a long stretch and the walk gave up.
 */
enum ow_status __must_check ow_log_walk(const struct ow_log *log, char *buf,
					size_t size,
					const struct ow_log_visitor *visit,
					struct ow_log_stats *stats,
					struct ow_fault_info *why);

/* For ow_log_format(): "[    T1] " after the time, as CONFIG_PRINTK_CALLER */
#define OW_LOG_CALLER	BIT(0)
/* "<6>" before it, if known */
#define OW_LOG_LEVEL	BIT(1)

/**
 * ow_log_format() - a record as dmesg and the console show it
 * @rec: the record
 * @flags: OW_LOG_*
 * @buf: receives "[    0.123456] text\n", one such line per line of text
 * @size: size of @buf; always terminated if not 0
 *
 * Control characters come out as \xNN, so that a log can be shown safely.
 *
 * Return: the length of the whole, as snprintf() does: if it is not below
 * @size, the end was cut off.
 */
size_t ow_log_format(const struct ow_log_record *rec, unsigned int flags,
		     char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* _OW_LOG_H */
