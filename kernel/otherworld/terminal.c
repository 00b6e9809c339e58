// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: terminals that processes had open, or were controlled by.
 *
 * The device is the same one, opened again. Its modes and its window size are
 * the dead kernel's; so are, once all processes exist, its session and its
 * foreground group. What it was about to write, and what was typed and not yet
 * read, is lost.
 */

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/sched/signal.h>
#include <linux/tty.h>

#include "rebuild.h"

#define OW_TTY_NAME_LEN	64

/* A terminal's file is known by the pointer back to it. */
static struct ow_virt ow_dead_tty_of(struct ow_cursor *c,
				     const struct ow_file *dead)
{
	struct ow_virt link = dead->private_data;

	if (!link.a || ow_get(c, link, OW_F_tty_file_private_file) !=
			dead->at.a)
		return ow_virt_at(0);
	return ow_get_ptr(c, link, OW_F_tty_file_private_tty);
}

static dev_t ow_tty_device(struct ow_cursor *c, struct ow_virt tty)
{
	struct ow_virt driver = ow_get_ptr(c, tty, OW_F_tty_struct_driver);

	return MKDEV(ow_get(c, driver, OW_F_tty_driver_major),
		     ow_get(c, driver, OW_F_tty_driver_minor_start) +
		     ow_get(c, tty, OW_F_tty_struct_index));
}

/* Of a tty that somebody has open; with a reference, or NULL. */
static struct tty_struct *ow_live_tty(struct ow_cursor *c, struct ow_virt dead)
{
	dev_t device = ow_tty_device(c, dead);
	struct tty_struct *tty;

	if (!ow_cursor_ok(c))
		return NULL;
	tty = tty_kopen_shared(device);
	return IS_ERR(tty) ? NULL : tty;
}

void ow_rebuild_tty(const struct ow_kernel *kernel, pid_t pid,
		    const struct ow_file *file)
{
	struct ktermios termios;
	struct tty_struct *tty;
	struct winsize size;
	struct ow_cursor c;
	struct ow_virt dead;

	ow_cursor_init(&c, kernel);
	dead = ow_dead_tty_of(&c, file);
	/* Its file is not a terminal's: that is no fault. */
	if (!ow_cursor_ok(&c) || !dead.a)
		return;
	ow_get_bytes(&c, dead, OW_F_tty_struct_termios, &termios,
		     sizeof(termios));
	ow_get_bytes(&c, dead, OW_F_tty_struct_winsize, &size, sizeof(size));
	tty = ow_live_tty(&c, dead);
	if (!tty || !ow_cursor_ok(&c)) {
		ow_verdict(pid, OTHERWORLD_DEGRADED, dead.a, "terminal",
			   "its modes and size are not restored");
	} else {
		tty_set_termios(tty, &termios);
		tty_do_resize(tty, &size);
	}
	tty_kref_put(tty);
}

/* --- Controlling terminals ---------------------------------------------------- */

static pid_t ow_pid_number(struct ow_cursor *c, struct ow_virt tty,
			   enum ow_fact field)
{
	struct ow_virt pid = ow_get_ptr(c, tty, field);

	return pid.a ? ow_get(c, pid, OW_F_pid_nr) : 0;
}

void ow_find_ctty(const struct ow_kernel *kernel, pid_t pid,
		  struct ow_virt dead, struct ow_ctty *ctty)
{
	char path[OW_TTY_NAME_LEN + 5] = "/dev/";
	struct ow_cursor c;
	struct file *file;

	memset(ctty, 0, sizeof(*ctty));
	if (!dead.a)
		return;
	ow_cursor_init(&c, kernel);
	ctty->session = ow_pid_number(&c, dead, OW_F_tty_struct_session);
	ctty->group = ow_pid_number(&c, dead, OW_F_tty_struct_pgrp);
	ow_get_bytes(&c, dead, OW_F_tty_struct_name, path + 5,
		     OW_TTY_NAME_LEN - 1);
	if (ow_cursor_ok(&c)) {
		/* Nobody may have it open but through /dev/tty. */
		file = filp_open(path, O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
		if (!IS_ERR(file)) {
			ctty->tty = ow_live_tty(&c, dead);
			fput(file);
		}
	}
	if (!ctty->tty)
		ow_verdict(pid, OTHERWORLD_DEGRADED, dead.a,
			   "controlling terminal", "%s is not there", path);
}

/* Under tasklist_lock, when sessions and groups are as they were. */
void ow_set_ctty(struct task_struct *task, const struct ow_ctty *ctty)
{
	struct tty_struct *tty = ctty->tty;
	struct pid *session, *group;
	unsigned long flags;

	if (!tty || task->signal->tty)
		return;
	task->signal->tty = tty_kref_get(tty);
	if (!task->signal->leader)
		return;
	session = find_pid_ns(ctty->session, &init_pid_ns);
	group = find_pid_ns(ctty->group, &init_pid_ns);
	spin_lock_irqsave(&tty->ctrl.lock, flags);
	put_pid(tty->ctrl.session);
	put_pid(tty->ctrl.pgrp);
	tty->ctrl.session = get_pid(session);
	tty->ctrl.pgrp = get_pid(group);
	spin_unlock_irqrestore(&tty->ctrl.lock, flags);
}
