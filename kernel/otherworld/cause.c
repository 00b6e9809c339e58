// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: what killed the dead kernel, read in its log.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/mutex.h>
#include <linux/slab.h>

#include "internal.h"
#include "parse/ow_log.h"
#include "parse/ow_pagetable.h"
#include "parse/ow_vmcoreinfo.h"

static DEFINE_MUTEX(ow_cause_lock);
static bool ow_cause_known;
static enum ow_cause_kind ow_cause_kind = OW_CAUSE_UNKNOWN;
static char ow_cause_text[OW_CAUSE_TEXT_MAX];

/* All that the search needs at a time: too large for a stack. */
struct ow_search {
	struct ow_pagetable pagetable;
	struct ow_vmcoreinfo vmcoreinfo;
	struct ow_log log;
	struct ow_log_stats stats;
	struct ow_fault_info fault;
	struct ow_cause cause;
	struct ow_cause_found found;
	char text[OW_LOG_TEXT_MAX];
};

static bool ow_feed_record(void *priv, const struct ow_log_record *record)
{
	ow_cause_feed(priv, record);
	return true;
}

static enum ow_status ow_search_log(struct ow_search *s)
{
	struct ow_log_visitor visitor = {
		.record = ow_feed_record,
		.priv = &s->cause,
	};
	enum ow_status status;

	status = ow_vmcoreinfo_init(&s->vmcoreinfo, ow_dead->vmcoreinfo,
				    ow_dead->vmcoreinfo_len, &s->fault);
	if (!status)
		status = ow_pagetable_init(&s->pagetable, &ow_dead_memory,
					   &s->vmcoreinfo, &s->fault);
	if (!status)
		status = ow_log_open(&s->log, &s->pagetable, &s->vmcoreinfo,
				     &s->fault);
	if (status)
		return status;

	/* Part of a log is better than none. */
	ow_cause_init(&s->cause);
	status = ow_log_walk(&s->log, s->text, sizeof(s->text), &visitor,
			     &s->stats, &s->fault);
	ow_cause_finish(&s->cause, &s->found);
	return status;
}

static void ow_find_cause(void)
{
	struct ow_search *search = kzalloc(sizeof(*search), GFP_KERNEL);
	enum ow_status status;

	if (!search) {
		strscpy(ow_cause_text, "unknown: no memory to look for it");
		return;
	}

	status = ow_search_log(search);
	if (search->found.text[0]) {
		strscpy(ow_cause_text, search->found.text);
		ow_cause_kind = search->found.kind;
	} else if (!status) {
		strscpy(ow_cause_text, "unknown: the log does not say");
	}
	if (status) {
		char why[OW_FAULT_TEXT_MAX];

		ow_fault_format(&search->fault, why, sizeof(why));
		pr_warn("the dead kernel's log: %s\n", why);
		if (!search->found.text[0])
			strscpy(ow_cause_text, "unknown: the log is unreadable");
	}
	kfree(search);
}

static void ow_cause_look(void)
{
	mutex_lock(&ow_cause_lock);
	if (!ow_cause_known && !ow_released())
		ow_find_cause();
	ow_cause_known = true;
	mutex_unlock(&ow_cause_lock);
}

const char *ow_cause_of_death(void)
{
	if (!ow_successor)
		return "";
	ow_cause_look();
	return ow_cause_text;
}

enum ow_cause_kind ow_cause_kind_of_death(void)
{
	ow_cause_look();
	return ow_cause_kind;
}
