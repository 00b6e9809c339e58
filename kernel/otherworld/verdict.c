// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: what became of each process and each of its parts.
 *
 * Verdicts wait here until userspace has read them, and then for the processes
 * that they are about to ask. Nothing is said of what came back exactly but
 * that the process did.
 */

#include <linux/list.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include "pact.h"
#include "rebuild.h"

/* Beyond this they are only counted: something is very wrong. */
#define OW_VERDICTS_MAX	65536

struct ow_verdict_entry {
	struct list_head list;
	struct otherworld_verdict verdict;
};

static DEFINE_SPINLOCK(ow_verdicts_lock);
/* None leaves it, so whoever walks it needs no lock. */
static LIST_HEAD(ow_verdicts);
/* Up to which one they were read. */
static struct list_head *ow_verdicts_said = &ow_verdicts;
static unsigned int ow_verdict_count;
static unsigned int ow_verdicts_unsaid;

/* Whose, and what of it: a thread that speaks of itself is part of a process. */
static void ow_name_verdict(struct otherworld_verdict *verdict, pid_t pid,
			    const char *resource)
{
	bool own = pid == task_pid_nr(current) && !thread_group_leader(current);

	verdict->pid = own ? task_tgid_nr(current) : pid;
	if (own && strcmp(resource, "process"))
		snprintf(verdict->resource, sizeof(verdict->resource),
			 "thread %d: %s", pid, resource);
	else
		strscpy(verdict->resource, resource,
			sizeof(verdict->resource));
}

void ow_verdict(pid_t pid, enum otherworld_verdict_grade grade, u64 address,
		const char *resource, const char *fmt, ...)
{
	struct ow_verdict_entry *entry = kzalloc(sizeof(*entry), GFP_ATOMIC);
	bool full;
	va_list args;

	if (entry) {
		ow_name_verdict(&entry->verdict, pid, resource);
		entry->verdict.grade = grade;
		entry->verdict.address = address;
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
		list_add_tail_rcu(&entry->list, &ow_verdicts);
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

static const struct ow_verdict_entry *ow_verdict_next(void)
{
	const struct ow_verdict_entry *entry = NULL;

	spin_lock(&ow_verdicts_lock);
	if (!list_is_last(ow_verdicts_said, &ow_verdicts)) {
		ow_verdicts_said = ow_verdicts_said->next;
		entry = list_entry(ow_verdicts_said, struct ow_verdict_entry,
				   list);
	}
	spin_unlock(&ow_verdicts_lock);
	return entry;
}

ssize_t ow_verdicts_read(char __user *buf, size_t size)
{
	const struct ow_verdict_entry *entry;
	ssize_t done = 0;

	while (size - done >= sizeof(entry->verdict)) {
		entry = ow_verdict_next();
		if (!entry)
			break;
		if (copy_to_user(buf + done, &entry->verdict,
				 sizeof(entry->verdict)))
			return done ?: -EFAULT;
		done += sizeof(entry->verdict);
	}
	return done;
}

/* --- For the process itself ------------------------------------------------------ */

static bool ow_is_about_current(pid_t pid)
{
	struct task_struct *task;
	bool is;

	rcu_read_lock();
	task = find_task_by_pid_ns(pid, &init_pid_ns);
	is = task && same_thread_group(task, current);
	rcu_read_unlock();
	return is;
}

static int ow_tell(struct otherworld_outcome *outcome, u32 room)
{
	struct otherworld_verdict __user *out =
		u64_to_user_ptr(outcome->verdicts);
	const struct ow_verdict_entry *entry;

	list_for_each_entry_rcu(entry, &ow_verdicts, list, true) {
		cond_resched();
		if (!ow_is_about_current(entry->verdict.pid))
			continue;
		if (outcome->count < room &&
		    copy_to_user(out + outcome->count, &entry->verdict,
				 sizeof(entry->verdict)))
			return -EFAULT;
		outcome->count++;
	}
	return 0;
}

int ow_outcome(struct otherworld_outcome *outcome)
{
	u32 room = outcome->count;
	u64 opened = ow_gate_opened_at(&outcome->outage_ns);

	outcome->count = 0;
	outcome->generation = ow_generation;
	/* A number may be somebody else's by now. */
	outcome->resurrected = current->group_leader->start_boottime < opened;
	if (!outcome->resurrected)
		return 0;
	return ow_tell(outcome, room);
}
