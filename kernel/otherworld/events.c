// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: what all may know: that there was a takeover, and which groups
 * were restarted.
 *
 * The list is short: it lives for one generation, and only whoever resurrects
 * adds to it. A reader keeps its place by number.
 */

#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/poll.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "internal.h"
#include "pact.h"

#define OW_EVENTS_MAX	256

static DEFINE_MUTEX(ow_events_lock);
static DECLARE_WAIT_QUEUE_HEAD(ow_events_wait);
static struct otherworld_event ow_events[OW_EVENTS_MAX];
static unsigned long ow_event_count;

int ow_announce(const struct otherworld_event *event)
{
	struct otherworld_event *new;
	int ret = 0;

	if (event->kind > OTHERWORLD_EVENT_RESTARTED ||
	    event->action >= OTHERWORLD_ACTION_COUNT ||
	    !memchr(event->group, '\0', sizeof(event->group)))
		return -EINVAL;
	mutex_lock(&ow_events_lock);
	if (ow_event_count < OW_EVENTS_MAX) {
		new = ow_events + ow_event_count;
		*new = *event;
		new->sequence = ow_event_count + 1;
		new->generation = ow_generation;
		WRITE_ONCE(ow_event_count, ow_event_count + 1);
	} else {
		ret = -ENOSPC;
	}
	mutex_unlock(&ow_events_lock);
	wake_up_all(&ow_events_wait);
	return ret;
}

static unsigned long ow_heard(struct file *file)
{
	return (unsigned long)READ_ONCE(file->private_data);
}

void ow_events_open(struct file *file)
{
	WRITE_ONCE(file->private_data, (void *)READ_ONCE(ow_event_count));
}

int ow_event_next(struct file *file, struct otherworld_event *event)
{
	u64 known = event->sequence;
	int ret = -EAGAIN;

	/* A sequence of another generation says nothing here. */
	if (event->generation != ow_generation)
		known = 0;
	mutex_lock(&ow_events_lock);
	if (known < ow_event_count) {
		/* Anybody's number. */
		known = array_index_nospec(known, OW_EVENTS_MAX);
		*event = ow_events[known];
		ret = 0;
	}
	WRITE_ONCE(file->private_data,
		   (void *)min_t(unsigned long, known + !ret, ow_event_count));
	mutex_unlock(&ow_events_lock);
	return ret;
}

__poll_t ow_events_poll(struct file *file, poll_table *wait)
{
	poll_wait(file, &ow_events_wait, wait);
	return ow_heard(file) < READ_ONCE(ow_event_count) ?
	       EPOLLIN | EPOLLRDNORM : 0;
}
