// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: system calls that make, move or remove names.
 *
 * Whether one was done shows in the name; whether by it, and not by somebody
 * before or behind it, in the stack: it was in the function that does it, which
 * holds the directory's lock.
 *
 * A file system on disk comes back with what an operation had done by then. An
 * entry can be there before its inode is complete, or before a link is counted.
 * A count that is too high costs space until e2fsck finds it; one that is too low
 * costs the file, so in doubt it is raised.
 */

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/kallsyms.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/uaccess.h>
#include <asm/unistd.h>

#include "inflight.h"

#include "../../fs/internal.h"

/**
 * struct ow_name - a name as it was given to a call
 * @dfd: the directory that it is relative to
 * @text: the user's
 */
struct ow_name {
	int dfd;
	const char __user *text;
};

static struct ow_name ow_name(int dfd, unsigned long text)
{
	return (struct ow_name){ dfd, (const char __user *)text };
}

static int ow_name_find(struct ow_name name, struct path *path)
{
	return user_path_at(name.dfd, name.text, 0, path);
}

enum ow_presence { OW_ABSENT, OW_PRESENT, OW_UNKNOWN };

static enum ow_presence ow_name_presence(struct ow_name name)
{
	struct path path;
	int ret = ow_name_find(name, &path);

	if (!ret) {
		path_put(&path);
		return OW_PRESENT;
	}
	return ret == -ENOENT || ret == -ENOTDIR ? OW_ABSENT : OW_UNKNOWN;
}

static bool ow_was_in(struct ow_call *call, void *function)
{
	return call->resume->trace &&
	       ow_trace_find(call->resume->trace, function) >= 0;
}

/* A file that is one on disk as well, not one of another file system's. */
static bool ow_is_itself(const struct path *path)
{
	return d_real_inode(path->dentry) == d_inode(path->dentry);
}

static int ow_count_link(const struct path *path)
{
	struct inode *inode = d_inode(path->dentry);
	int ret = mnt_want_write(path->mnt);

	if (ret)
		return ret;
	inode_lock(inode);
	inc_nlink(inode);
	mark_inode_dirty(inode);
	inode_unlock(inode);
	mnt_drop_write(path->mnt);
	return 0;
}

static int ow_remove_name(struct ow_name name)
{
	return do_unlinkat(name.dfd, getname(name.text));
}

/* --- Renaming ---------------------------------------------------------------------- */

/*
 * Two names of one file are left alone by a rename, before it calls anything: only
 * one that was half done had got any further with them.
 */
static bool ow_had_begun_rename(struct ow_call *call)
{
	const struct ow_trace *trace = call->resume->trace;

	return trace && ow_trace_find(trace, vfs_rename) > (int)trace->own;
}

/* Two names of one file, of which the older is to go. */
static void ow_rename_rest(struct ow_call *call, struct ow_name old,
			   const struct path *from)
{
	int ret;

	if (!call->resume->trace || d_is_dir(from->dentry) ||
	    !ow_is_itself(from)) {
		ow_call_doubt(call, "it may have two names");
		return;
	}
	/* The link that removing a name takes away had not been counted. */
	ret = ow_count_link(from);
	ow_call_return(call, ret ?: ow_remove_name(old));
}

/* Whether it was half done; then it is settled. */
static bool ow_settle_half_rename(struct ow_call *call, struct ow_name old,
				  struct ow_name new)
{
	bool begun = ow_had_begun_rename(call) || !call->resume->trace;
	const struct inode *inode;
	struct path from, to;
	bool half = false;

	if (!begun || ow_name_find(old, &from))
		return false;
	inode = d_inode(from.dentry);
	if (!ow_name_find(new, &to)) {
		/* Of a directory the first name is no longer known by now. */
		half = inode == d_inode(to.dentry) &&
		       (from.dentry != to.dentry || S_ISDIR(inode->i_mode));
		path_put(&to);
	}
	if (half) {
		ow_settle_replaced(call, old.text, new.text, true);
		ow_rename_rest(call, old, &from);
	}
	path_put(&from);
	return half;
}

static void ow_settle_rename(struct ow_call *call, struct ow_name old,
			     struct ow_name new, unsigned int flags)
{
	enum ow_presence there;

	if (flags & (RENAME_EXCHANGE | RENAME_WHITEOUT) && call->begun) {
		ow_call_doubt(call, "half of it may have been done");
		return;
	}
	if (ow_settle_half_rename(call, old, new))
		return;
	there = ow_name_presence(old);
	if (there == OW_PRESENT) {
		ow_call_restart(call, -ERESTARTNOINTR);
	} else if (there == OW_ABSENT && ow_was_in(call, vfs_rename)) {
		ow_settle_replaced(call, old.text, new.text, false);
		ow_call_return(call, 0);
	} else {
		ow_call_doubt(call, "the name is not there");
	}
}

/* --- Removing ---------------------------------------------------------------------- */

/* The last that it does, for long perhaps: somebody may have the name again. */
static bool ow_was_freeing(struct ow_call *call)
{
	const struct ow_trace *trace = call->resume->trace;
	int frame = trace ? ow_trace_find(trace, do_unlinkat) : -1;
	char name[KSYM_NAME_LEN];

	return frame > 0 &&
	       !lookup_symbol_name(trace->frames[frame - 1].ip, name) &&
	       (!strcmp(name, "evict") || !strcmp(name, "iput"));
}

static void ow_settle_remove(struct ow_call *call, struct ow_name name)
{
	enum ow_presence there = ow_name_presence(name);

	if (ow_was_freeing(call)) {
		ow_call_return(call, 0);
	} else if (there == OW_PRESENT) {
		ow_call_restart(call, -ERESTARTNOINTR);
	} else if (there == OW_ABSENT && (ow_was_in(call, vfs_unlink) ||
					  ow_was_in(call, vfs_rmdir))) {
		ow_settle_removed(call, name.text);
		ow_call_return(call, 0);
	} else {
		ow_call_doubt(call, "the name is not there");
	}
}

/* --- Making ------------------------------------------------------------------------ */

/* The entry may be there and the inode, which follows it, not be complete. */
static void ow_make_again(struct ow_call *call, struct ow_name name)
{
	if (ow_remove_name(name))
		ow_call_doubt(call, "the name is there");
	else
		ow_call_restart(call, -ERESTARTNOINTR);
}

static void ow_settle_made_link(struct ow_call *call, struct ow_name name)
{
	struct path path;
	int ret = ow_name_find(name, &path);

	if (ret) {
		ow_call_doubt(call, "the name is there");
		return;
	}
	ret = ow_is_itself(&path) ? ow_count_link(&path) : -EINTR;
	if (!ret && d_inode(path.dentry)->i_nlink > 2)
		ow_verdict(call->task->pid, OTHERWORLD_DEGRADED,
			   call->task->at.a, "system call",
			   "%s: a link may have been counted twice",
			   ow_call_name(call->number));
	path_put(&path);
	ow_call_return(call, ret);
}

static void ow_settle_make(struct ow_call *call, struct ow_name name)
{
	switch (ow_name_presence(name)) {
	case OW_ABSENT:
		ow_settle_unmade(call);
		ow_call_restart(call, -ERESTARTNOINTR);
		return;
	case OW_UNKNOWN:
		break;
	case OW_PRESENT:
		if (ow_was_in(call, vfs_mkdir)) {
			ow_call_return(call, 0);
			return;
		}
		if (ow_was_in(call, vfs_link)) {
			ow_settle_made_link(call, name);
			return;
		}
		if (ow_was_in(call, vfs_symlink) || ow_was_in(call, vfs_mknod)) {
			ow_make_again(call, name);
			return;
		}
	}
	ow_call_doubt(call, "the name is there");
}

/* --- Making a file that is not to exist --------------------------------------------- */

/*
 * Only a file that it has made itself is opened by such a call. What others have
 * opened since, or linked, is left.
 */
static bool ow_has_made(struct ow_call *call, const struct path *path)
{
	const struct inode *inode = d_inode(path->dentry);
	const struct inode_operations *dir = d_inode(path->dentry->d_parent)->i_op;

	return S_ISREG(inode->i_mode) && !i_size_read(inode) &&
	       inode->i_nlink == 1 && d_count(path->dentry) == 1 &&
	       (ow_was_in(call, vfs_open) || ow_was_in(call, dir->create) ||
		ow_was_in(call, dir->mknod));
}

void ow_settle_open(struct ow_call *call)
{
	const struct pt_regs *regs = call->regs;
	bool at = call->number == __NR_openat, made;
	unsigned long flags = at ? regs->dx : regs->si;
	struct ow_name name = at ? ow_name(regs->di, regs->si) :
				   ow_name(AT_FDCWD, regs->di);
	struct path path;

	ow_call_restart(call, -ERESTARTSYS);
	if (!(flags & O_CREAT))
		return;
	if (ow_name_presence(name) == OW_ABSENT)
		ow_settle_unmade(call);
	if (!(flags & O_EXCL) || ow_name_find(name, &path))
		return;
	made = ow_has_made(call, &path);
	path_put(&path);
	/* Taken back, and made again. */
	if (!made || ow_remove_name(name))
		ow_call_doubt(call, "the file exists");
}

/* --- All of them ------------------------------------------------------------------- */

/* The name that is made or removed. */
static struct ow_name ow_name_of(const struct ow_call *call)
{
	const struct pt_regs *regs = call->regs;

	switch (call->number) {
	case __NR_link:
	case __NR_symlink:
		return ow_name(AT_FDCWD, regs->si);
	case __NR_linkat:
		return ow_name(regs->dx, regs->r10);
	case __NR_symlinkat:
		return ow_name(regs->si, regs->dx);
	case __NR_mkdirat:
	case __NR_mknodat:
	case __NR_unlinkat:
	case __NR_renameat:
	case __NR_renameat2:
		return ow_name(regs->di, regs->si);
	}
	return ow_name(AT_FDCWD, regs->di);
}

static bool ow_is_rename(const struct ow_call *call, struct ow_name *new)
{
	const struct pt_regs *regs = call->regs;

	switch (call->number) {
	case __NR_rename:
		*new = ow_name(AT_FDCWD, regs->si);
		return true;
	case __NR_renameat:
	case __NR_renameat2:
		*new = ow_name(regs->dx, regs->r10);
		return true;
	}
	return false;
}

void ow_settle_name(struct ow_call *call)
{
	struct ow_name name = ow_name_of(call), new;

	if (ow_is_rename(call, &new))
		ow_settle_rename(call, name, new,
				 call->number == __NR_renameat2 ?
				 call->regs->r8 : 0);
	else if (ow_call_class(call->number) == OW_CALL_NAME)
		ow_settle_make(call, name);
	else
		ow_settle_remove(call, name);
}
