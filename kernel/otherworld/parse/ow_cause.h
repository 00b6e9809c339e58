/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What killed the dead kernel, in one line, out of its log.
 *
 * Feed it the records in order, then ask. It keeps the last headline of each
 * kind, not the log, so its size is fixed.
 */
#ifndef _OW_CAUSE_H
#define _OW_CAUSE_H

#include "ow_log.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Longest line kept, terminator included. */
#define OW_CAUSE_LINE_MAX 256
/* A headline and the panic message in one line. */
#define OW_CAUSE_TEXT_MAX (2 * OW_CAUSE_LINE_MAX)

enum ow_cause_kind {
	OW_CAUSE_FAULT,		/* oops, BUG(), double fault */
	OW_CAUSE_SOFT_LOCKUP,
	OW_CAUSE_HARD_LOCKUP,
	OW_CAUSE_RCU_STALL,
	OW_CAUSE_HUNG_TASK,
	OW_CAUSE_NMI,
	OW_CAUSE_MACHINE_CHECK,
	OW_CAUSE_WARNING,
	OW_CAUSE_KINDS,		/* how many kinds have headlines */
	OW_CAUSE_PANIC = OW_CAUSE_KINDS,	/* panic() says it all */
	OW_CAUSE_UNKNOWN,
};

/**
 * struct ow_headline - one line of the log that announces trouble
 * @seen: the rest means something
 * @weak: "Oops: ..." only; a better line may come from the same oops before it
 * @closed: the kernel went on after it
 * @seq: its record
 * @begin_seq: where the report begins, possibly some lines before
 * @ts_nsec: when
 * @begin_ts_nsec: when @begin_seq was stored
 */
struct ow_headline {
	bool seen;
	bool weak;
	bool closed;
	u64 seq;
	u64 begin_seq;
	u64 ts_nsec;
	u64 begin_ts_nsec;
	char line[OW_CAUSE_LINE_MAX];
};

/* About 3 KiB: not for the kernel's stack. */
struct ow_cause {
	struct ow_headline last[OW_CAUSE_KINDS];
	struct ow_headline panic;
	bool prelude_seen;
	u64 prelude_seq;
	u64 prelude_ts_nsec;
	u64 prelude_age;
};

/**
 * struct ow_cause_found - the answer
 * @kind: what kind of death it was
 * @certain: false if the log just ends, and the last trouble in it is a guess
 * @begin_seq: record where the report with the backtrace begins
 * @begin_ts_nsec: its time
 * @text: one line; empty if @kind is OW_CAUSE_UNKNOWN
 */
struct ow_cause_found {
	enum ow_cause_kind kind;
	bool certain;
	u64 begin_seq;
	u64 begin_ts_nsec;
	char text[OW_CAUSE_TEXT_MAX];
};

void ow_cause_init(struct ow_cause *cause);
/* Records that came from userspace through /dev/kmsg are not believed. */
void ow_cause_feed(struct ow_cause *cause, const struct ow_log_record *rec);
void ow_cause_finish(const struct ow_cause *cause,
		     struct ow_cause_found *found);

#ifdef __cplusplus
}
#endif

#endif /* _OW_CAUSE_H */
