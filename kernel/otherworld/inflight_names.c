// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: system calls that make, move or remove names.
 *
 * Whether one was done shows in the name; whether by it, and not by somebody
 * before, in the stack: it had looked, and was about to do it.
 *
 * A file system on disk comes back with what an operation had done by then. Of a
 * rename that can be that one file has two names, and a count of one link.
 */

#include <linux/fs.h>
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

static bool ow_name_find(struct ow_name name, struct path *path)
{
	return !user_path_at(name.dfd, name.text, 0, path);
}

static bool ow_name_exists(struct ow_name name)
{
	struct path path;

	if (!ow_name_find(name, &path))
		return false;
	path_put(&path);
	return true;
}

static bool ow_was_in(struct ow_call *call, void *function)
{
	return call->resume->trace &&
	       ow_trace_find(call->resume->trace, function) >= 0;
}

/* It had seen that it could be done; iput() is what a removal ends with. */
static bool ow_was_at_it(struct ow_call *call)
{
	void * const functions[] = {
		vfs_mkdir, vfs_mknod, vfs_link, vfs_symlink,
		vfs_unlink, vfs_rmdir, vfs_rename, iput,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		if (ow_was_in(call, functions[i]))
			return true;
	return false;
}

/* --- Renaming ---------------------------------------------------------------------- */

/*
 * Two names of one file are left alone by a rename: only one that was half done
 * had got as far as the file system with them.
 */
static bool ow_is_half_renamed(struct ow_call *call, const struct path *from,
			       const struct path *to)
{
	const struct inode *inode = d_inode(from->dentry);

	return inode == d_inode(to->dentry) && from->dentry != to->dentry &&
	       !S_ISDIR(inode->i_mode) &&
	       (inode->i_nlink == 1 ||
		ow_was_in(call, d_inode(from->dentry->d_parent)->i_op->rename));
}

/* The link that removing a name takes away had not been counted. */
static int ow_rename_rest(struct ow_name name, const struct path *from)
{
	struct inode *inode = d_inode(from->dentry);
	int ret = mnt_want_write(from->mnt);

	if (ret)
		return ret;
	inode_lock(inode);
	inc_nlink(inode);
	mark_inode_dirty(inode);
	inode_unlock(inode);
	mnt_drop_write(from->mnt);
	return do_unlinkat(name.dfd, getname(name.text));
}

/* Whether it was half done; then it is done now. */
static bool ow_settle_half_rename(struct ow_call *call, struct ow_name old,
				  struct ow_name new)
{
	struct path from, to;
	bool half;

	if (!ow_name_find(old, &from))
		return false;
	half = ow_name_find(new, &to);
	if (half) {
		half = ow_is_half_renamed(call, &from, &to);
		path_put(&to);
	}
	if (half)
		ow_call_return(call, ow_rename_rest(old, &from));
	path_put(&from);
	return half;
}

/* --- Making a file that is not to exist --------------------------------------------- */

/* Only a file that it has made itself is opened by such a call. */
static bool ow_has_made(struct ow_call *call, const struct path *path)
{
	const struct inode *inode = d_inode(path->dentry);
	const struct inode *dir = d_inode(path->dentry->d_parent);

	return S_ISREG(inode->i_mode) && !i_size_read(inode) &&
	       (ow_was_in(call, vfs_open) || ow_was_in(call, dir->i_op->create));
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
	if (!(flags & O_CREAT && flags & O_EXCL) || !ow_name_find(name, &path))
		return;
	made = ow_has_made(call, &path);
	path_put(&path);
	/* Taken back, and made again. */
	if (!made || do_unlinkat(name.dfd, getname(name.text)))
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
	bool makes = ow_call_class(call->number) == OW_CALL_NAME;
	struct ow_name name = ow_name_of(call), new;

	if (call->number == __NR_renameat2 && call->regs->r8 & RENAME_EXCHANGE) {
		if (call->begun)
			ow_call_doubt(call, "both names are there");
		else
			ow_call_restart(call, -ERESTARTNOINTR);
		return;
	}
	if (ow_is_rename(call, &new) && ow_settle_half_rename(call, name, new))
		return;
	if (ow_name_exists(name) != makes)
		ow_call_restart(call, -ERESTARTNOINTR);
	else if (ow_was_at_it(call))
		ow_call_return(call, 0);
	else
		ow_call_doubt(call, makes ? "the name is there" :
					    "the name is not there");
}
