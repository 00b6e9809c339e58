// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: file locks that processes held.
 *
 * A dead inode has lists of the locks on it. flock() locks, and those of
 * fcntl() that belong to an open file, are taken again with the file; those
 * that belong to a process, with its descriptor table. All of them were granted
 * side by side before, so none has to wait now. Who waited for one asks again,
 * since its system call is run again.
 */

#include <linux/filelock.h>
#include <linux/fs.h>
#include <linux/sched.h>

#include "rebuild.h"

/* More locks on one file than this are damage. */
#define OW_LOCKS_MAX	65536

/* struct file_lock_core::flc_flags, as fs/locks.c has them. */
#define OW_FL_KINDS	(FL_POSIX | FL_FLOCK | FL_OFDLCK)

struct ow_lock {
	u64 owner, file;
	unsigned int flags;
	unsigned char type;
	loff_t start, end;
};

static void ow_lock_read(struct ow_cursor *c, struct ow_virt at,
			 struct ow_lock *lock)
{
	lock->owner = ow_get(c, at, OW_F_file_lock_owner);
	lock->file = ow_get(c, at, OW_F_file_lock_file);
	lock->flags = ow_get(c, at, OW_F_file_lock_flags) & OW_FL_KINDS;
	lock->type = ow_get(c, at, OW_F_file_lock_type);
	lock->start = ow_get(c, at, OW_F_file_lock_fl_start);
	lock->end = ow_get(c, at, OW_F_file_lock_fl_end);
}

static int ow_lock_again(struct file *file, const struct ow_lock *dead,
			 void *owner, pid_t pid)
{
	struct file_lock *lock = locks_alloc_lock();
	int ret;

	if (!lock)
		return -ENOMEM;
	lock->c.flc_file = file;
	lock->c.flc_owner = owner;
	lock->c.flc_flags = dead->flags;
	lock->c.flc_type = dead->type;
	lock->c.flc_pid = pid;
	lock->fl_start = dead->start;
	lock->fl_end = dead->end;
	if (dead->flags & FL_FLOCK)
		ret = locks_lock_file_wait(file, lock);
	else
		ret = vfs_lock_file(file, F_SETLK, lock, NULL);
	locks_free_lock(lock);
	return ret;
}

/*
 * Those locks of one list that @dead_owner has, for @owner. Lists of locks end
 * at their head; a node's pointer back is checked on the way.
 */
static void ow_relock(struct ow_cursor *c, struct ow_virt head, u64 dead_owner,
		      struct file *file, void *owner, pid_t pid)
{
	struct ow_virt link = head, next;
	struct ow_lock lock;
	unsigned int n;
	int ret;

	for (n = 0; n < OW_LOCKS_MAX; n++) {
		struct ow_virt at;

		next = ow_virt_at(ow_get_word(c, link));
		if (ow_cursor_ok(c) &&
		    ow_get_word(c, ow_virt_add(next, 8)) != link.a)
			ow_cursor_fail(c, OW_BAD_DATA, next, "a file lock");
		if (!ow_cursor_ok(c) || next.a == head.a)
			return;
		link = next;
		at = ow_object_of(c, link, OW_F_file_lock_list);
		ow_lock_read(c, at, &lock);
		if (!ow_cursor_ok(c) || lock.owner != dead_owner)
			continue;
		ret = ow_lock_again(file, &lock, owner, pid);
		if (ret)
			ow_verdict(pid, OTHERWORLD_DEGRADED, at.a, "file lock",
				   "it cannot be had again: error %d", ret);
	}
}

static struct ow_virt ow_locks_of(struct ow_cursor *c,
				  const struct ow_file *dead)
{
	return ow_get_ptr(c, dead->inode.at, OW_F_inode_i_flctx);
}

static void ow_locks_done(struct ow_cursor *c, pid_t pid)
{
	if (!ow_cursor_ok(c))
		ow_verdict_fault(pid, OTHERWORLD_DEGRADED, "file locks",
				 &c->fault);
}

void ow_rebuild_file_locks(const struct ow_kernel *kernel, pid_t pid,
			   const struct ow_file *dead, struct file *file)
{
	struct ow_virt locks;
	struct ow_cursor c;

	/* Who is copied has them still. */
	if (ow_kernel_lives(kernel))
		return;
	ow_cursor_init(&c, kernel);
	locks = ow_locks_of(&c, dead);
	if (!locks.a)
		return;
	/* Both kinds have the open file as their owner. */
	ow_relock(&c, ow_field_at(&c, locks, OW_F_file_lock_context_flc_flock),
		  dead->at.a, file, file, pid);
	ow_relock(&c, ow_field_at(&c, locks, OW_F_file_lock_context_flc_posix),
		  dead->at.a, file, file, pid);
	ow_locks_done(&c, pid);
}

void ow_rebuild_process_locks(const struct ow_kernel *kernel, pid_t pid,
			      struct ow_virt dead_file, struct ow_virt files,
			      struct file *file)
{
	struct ow_virt locks;
	struct ow_file dead;
	struct ow_cursor c;

	if (ow_kernel_lives(kernel))
		return;
	ow_cursor_init(&c, kernel);
	if (!ow_file_read(&c, dead_file, &dead))
		return;		/* said when it was to be opened */
	locks = ow_locks_of(&c, &dead);
	if (locks.a)
		ow_relock(&c, ow_field_at(&c, locks,
					  OW_F_file_lock_context_flc_posix),
			  files.a, file, current->files, pid);
	ow_locks_done(&c, pid);
}
