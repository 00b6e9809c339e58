// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: what became of each process and each of its parts.
 *
 * Verdicts wait here until userspace has read them. Nothing is said of what
 * came back exactly but that the process did.
 */

#include <linux/list.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include "rebuild.h"

/* Beyond this they are only counted: something is very wrong. */
#define OW_VERDICTS_MAX	65536

struct ow_verdict_entry {
	struct list_head list;
	struct otherworld_verdict verdict;
};

static DEFINE_SPINLOCK(ow_verdicts_lock);
static LIST_HEAD(ow_verdicts);
static unsigned int ow_verdict_count;
static unsigned int ow_verdicts_unsaid;

void ow_verdict(pid_t pid, enum otherworld_verdict_grade grade, u64 address,
		const char *resource, const char *fmt, ...)
{
	struct ow_verdict_entry *entry = kzalloc(sizeof(*entry), GFP_ATOMIC);
	bool full;
	va_list args;

	if (entry) {
		entry->verdict.pid = pid;
		entry->verdict.grade = grade;
		entry->verdict.address = address;
		strscpy(entry->verdict.resource, resource,
			sizeof(entry->verdict.resource));
		va_start(args, fmt);
		vscnprintf(entry->verdict.reason,
			   sizeof(entry->verdict.reason), fmt, args);
		va_end(args);
	}

	spin_lock(&ow_verdicts_lock);
	full = !entry || ow_verdict_count == OW_VERDICTS_MAX;
	if (full) {
		ow_verdicts_unsaid++;
	} else {
		ow_verdict_count++;
		list_add_tail(&entry->list, &ow_verdicts);
	}
	spin_unlock(&ow_verdicts_lock);
	if (full)
		kfree(entry);
}

void ow_verdict_fault(pid_t pid, enum otherworld_verdict_grade grade,
		      const char *resource, const struct ow_fault_info *why)
{
	char text[OW_FAULT_TEXT_MAX];

	ow_fault_format(why, text, sizeof(text));
	ow_verdict(pid, grade, why->address, resource, "%s", text);
}

static struct ow_verdict_entry *ow_verdict_next(void)
{
	struct ow_verdict_entry *entry;

	spin_lock(&ow_verdicts_lock);
	entry = list_first_entry_or_null(&ow_verdicts, struct ow_verdict_entry,
					 list);
	if (entry)
		list_del(&entry->list);
	spin_unlock(&ow_verdicts_lock);
	return entry;
}

ssize_t ow_verdicts_read(char __user *buf, size_t size)
{
	struct ow_verdict_entry *entry;
	ssize_t done = 0;

	while (size - done >= sizeof(entry->verdict)) {
		bool failed;

		entry = ow_verdict_next();
		if (!entry)
			break;
		failed = copy_to_user(buf + done, &entry->verdict,
				      sizeof(entry->verdict));
		kfree(entry);
		if (failed)
			return done ?: -EFAULT;
		done += sizeof(entry->verdict);
	}
	return done;
}
