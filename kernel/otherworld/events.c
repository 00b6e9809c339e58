// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: what all may know: that there was a takeover, and which groups
 * were restarted.
 *
 * The list lives for one generation, and only whoever resurrects adds to it: no
 * more than a few for each process that was in a group. A reader keeps its place
 * by number.
 */

#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "internal.h"
#include "pact.h"

static DEFINE_MUTEX(ow_events_lock);
static DECLARE_WAIT_QUEUE_HEAD(ow_events_wait);
static DEFINE_XARRAY(ow_events);
static unsigned long ow_event_count;

int ow_announce(const struct otherworld_event *event)
{
	struct otherworld_event *new;
	int ret;

	if (event->kind > OTHERWORLD_EVENT_RESTARTED ||
	    event->action >= OTHERWORLD_ACTION_COUNT ||
	    !memchr(event->group, '\0', sizeof(event->group)))
		return -EINVAL;
	new = kmemdup(event, sizeof(*event), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	mutex_lock(&ow_events_lock);
	new->sequence = ow_event_count + 1;
	new->generation = ow_generation;
	ret = xa_err(xa_store(&ow_events, ow_event_count, new, GFP_KERNEL));
	if (!ret)
		WRITE_ONCE(ow_event_count, ow_event_count + 1);
	mutex_unlock(&ow_events_lock);
	if (ret)
		kfree(new);
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
	const struct otherworld_event *next = NULL;
	u64 known = event->sequence;

	/* A sequence of another generation says nothing here. */
	if (event->generation != ow_generation)
		known = 0;
	mutex_lock(&ow_events_lock);
	if (known < ow_event_count)
		next = xa_load(&ow_events, known);
	if (next)
		*event = *next;
	WRITE_ONCE(file->private_data,
		   (void *)min_t(unsigned long, known + !!next,
				 ow_event_count));
	mutex_unlock(&ow_events_lock);
	return next ? 0 : -EAGAIN;
}

__poll_t ow_events_poll(struct file *file, poll_table *wait)
{
	poll_wait(file, &ow_events_wait, wait);
	return ow_heard(file) < READ_ONCE(ow_event_count) ?
	       EPOLLIN | EPOLLRDNORM : 0;
}
