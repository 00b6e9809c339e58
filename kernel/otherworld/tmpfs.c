// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: what was on a tmpfs is on it again.
 */

/**
 * DOC: File systems in memory
 *
 * A tmpfs is its dentries and the page caches of its inodes. Userspace mounts
 * a new one with the options of the dead one, and has it filled from that:
 * directory by directory each name is made by the same calls that a program
 * would have made, and what these do not let one choose is set afterwards:
 * inode numbers, places in the directory, times. Pages are adopted, not copied.
 *
 * A devtmpfs is filled by its drivers. There names that exist get the owners
 * and modes they had; links, directories and files that somebody had made are
 * made again; the node of a device that has not come back is not.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/sched.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>

#include "rebuild.h"
#include "parse/ow_dentries.h"
#include "parse/ow_mounts.h"

/* As fs/libfs.c has it: "." and ".." come first. */
#define OW_FIRST_OFFSET	3

struct ow_fill {
	const struct ow_kernel *kernel;
	struct ow_cursor cursor;
	struct vfsmount *mnt;
	struct dentry *dir;	/* where the walk is, held */
	bool devices;
	bool linked;		/* the last name is one more of a known file */
	struct ow_shmem dead;
	char *text;		/* of a symbolic link */
	u64 names, failed;
};

static void ow_fill_fault(struct ow_fill *fill, const char *name)
{
	char what[96];

	snprintf(what, sizeof(what), "file %s", name);
	ow_verdict_fault(0, OTHERWORLD_LOST, what, &fill->cursor.fault);
	ow_cursor_init(&fill->cursor, fill->kernel);
	fill->failed++;
}

static void ow_fill_failed(struct ow_fill *fill, const struct ow_dentry *name,
			   int error)
{
	char what[96];

	snprintf(what, sizeof(what), "file %s", name->name);
	ow_verdict(0, OTHERWORLD_LOST, name->at.a, what,
		   "in %pd4: it cannot be made, error %d", fill->dir, error);
	fill->failed++;
}

/* --- One name ----------------------------------------------------------------- */

static int ow_link_again(struct ow_fill *fill, struct dentry *dentry,
			 struct dentry *known)
{
	return vfs_link(known, mnt_idmap(fill->mnt), d_inode(fill->dir),
			dentry, NULL);
}

static int ow_make_link(struct ow_fill *fill, struct dentry *dentry)
{
	if (!ow_shmem_link(&fill->cursor, &fill->dead, fill->text)) {
		ow_cursor_init(&fill->cursor, fill->kernel);
		return -EIO;
	}
	return vfs_symlink(mnt_idmap(fill->mnt), d_inode(fill->dir), dentry,
			   fill->text);
}

static int ow_make_node(struct ow_fill *fill, struct dentry *dentry)
{
	struct mnt_idmap *idmap = mnt_idmap(fill->mnt);
	struct inode *dir = d_inode(fill->dir);
	umode_t mode = fill->dead.inode.mode;

	switch (mode & S_IFMT) {
	case S_IFDIR:
		return vfs_mkdir(idmap, dir, dentry, mode & S_IALLUGO);
	case S_IFREG:
		return vfs_create(idmap, dir, dentry, mode & S_IALLUGO, true);
	case S_IFLNK:
		return ow_make_link(fill, dentry);
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return vfs_mknod(idmap, dir, dentry, mode,
				 (dev_t)fill->dead.inode.rdev);
	default:
		return -EINVAL;
	}
}

/* The next name made in the directory gets the place that it had. */
static void ow_aim_offset(struct dentry *dir, u64 offset)
{
	struct offset_ctx *ctx = &SHMEM_I(d_inode(dir))->dir_offsets;

	if (offset >= OW_FIRST_OFFSET && offset < S32_MAX)
		ctx->next_offset = offset;
}

static int ow_make_name(struct ow_fill *fill, const struct ow_dentry *name,
			struct dentry *dentry)
{
	const struct ow_inode *dead = &fill->dead.inode;
	struct dentry *known = NULL;
	bool links = dead->nlink > 1 && !S_ISDIR(dead->mode);
	int ret;

	ow_aim_offset(fill->dir, name->offset);
	if (links)
		known = ow_object_get(OW_OBJECT_DENTRY, dead->at);
	fill->linked = known;
	if (known)
		return ow_link_again(fill, dentry, known);
	ret = ow_make_node(fill, dentry);
	if (ret)
		return ret;
	if (links &&
	    ow_object_put(OW_OBJECT_DENTRY, dead->at, dget(dentry))) {
		dput(dentry);
		return -ENOMEM;
	}
	return 0;
}

/* What devtmpfs has, or what was there before. */
static void ow_meet_name(struct ow_fill *fill, struct dentry *dentry)
{
	if (!S_ISDIR(fill->dead.inode.mode) && !S_ISLNK(fill->dead.inode.mode))
		ow_restore_shmem_access(fill->kernel, &fill->dead, dentry);
}

/* Of a device that nobody drives now: the kernel had made it, and would again. */
static bool ow_is_orphan(const struct ow_fill *fill)
{
	umode_t mode = fill->dead.inode.mode;

	return fill->devices && fill->dead.owner.a &&
	       (S_ISCHR(mode) || S_ISBLK(mode));
}

/* The live dentry of a name, held: found or made. NULL to leave it out. */
static struct dentry *ow_fill_name(struct ow_fill *fill,
				   const struct ow_dentry *name)
{
	struct inode *dir = d_inode(fill->dir);
	struct dentry *dentry;
	bool fresh;
	int ret = 0;

	inode_lock_nested(dir, I_MUTEX_PARENT);
	dentry = lookup_one_len(name->name, fill->dir, strlen(name->name));
	if (IS_ERR(dentry)) {
		inode_unlock(dir);
		ow_fill_failed(fill, name, PTR_ERR(dentry));
		return NULL;
	}
	fresh = d_is_negative(dentry);
	if (fresh && !ow_is_orphan(fill))
		ret = ow_make_name(fill, name, dentry);
	else if (!fresh &&
		 (d_inode(dentry)->i_mode ^ fill->dead.inode.mode) & S_IFMT)
		ret = -EEXIST;
	inode_unlock(dir);
	if (ret)
		ow_fill_failed(fill, name, ret);
	if (ret || d_is_negative(dentry)) {
		dput(dentry);
		return NULL;
	}
	if (!fresh)
		ow_meet_name(fill, dentry);
	else if (fill->linked)
		ow_restore_shmem_inode(&fill->dead, d_inode(dentry));
	else if (!S_ISDIR(fill->dead.inode.mode))
		ow_restore_shmem(fill->kernel, 0, &fill->dead, dentry);
	fill->names++;
	return dentry;
}

/* --- The tree ------------------------------------------------------------------ */

static int ow_fill_enter(void *priv, const struct ow_dentry *name)
{
	struct ow_fill *fill = priv;
	struct dentry *dentry;

	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched();
	if (!ow_shmem_read(&fill->cursor, name->inode, &fill->dead)) {
		ow_fill_fault(fill, name->name);
		return OW_DENTRY_PAST;
	}
	dentry = ow_fill_name(fill, name);
	if (!dentry)
		return OW_DENTRY_PAST;
	if (!S_ISDIR(fill->dead.inode.mode)) {
		dput(dentry);
		return OW_DENTRY_PAST;
	}
	dput(fill->dir);
	fill->dir = dentry;
	return OW_DENTRY_BELOW;
}

/* Making its entries has changed its times. */
static void ow_finish_dir(struct ow_fill *fill, struct ow_virt inode)
{
	if (!ow_shmem_read(&fill->cursor, inode, &fill->dead)) {
		ow_fill_fault(fill, "(a directory)");
		return;
	}
	if (!S_ISDIR(fill->dead.inode.mode))
		return;
	if (fill->devices && fill->dir == fill->mnt->mnt_root)
		return;
	ow_restore_shmem(fill->kernel, 0, &fill->dead, fill->dir);
	ow_aim_offset(fill->dir, fill->dead.next_offset);
}

static int ow_fill_leave(void *priv, struct ow_virt inode)
{
	struct ow_fill *fill = priv;
	struct dentry *dir = fill->dir;

	ow_finish_dir(fill, inode);
	fill->dir = dget_parent(dir);
	dput(dir);
	return 0;
}

/* Names that are made from now on get numbers that nobody has had. */
static void ow_fill_next_ino(struct ow_fill *fill, struct ow_virt sb)
{
	struct shmem_sb_info *info = fill->mnt->mnt_sb->s_fs_info;
	struct ow_cursor *c = &fill->cursor;
	struct ow_virt dead = ow_get_ptr(c, sb, OW_F_super_block_s_fs_info);
	u64 next = ow_get(c, dead, OW_F_shmem_sb_info_next_ino);

	if (!ow_cursor_ok(c) || fill->devices)
		return;
	raw_spin_lock(&info->stat_lock);
	if (next > info->next_ino)
		info->next_ino = next;
	raw_spin_unlock(&info->stat_lock);
}

static int ow_fill_tree(struct ow_fill *fill, const struct ow_mount *mount)
{
	struct ow_dentry_visitor visitor = {
		.enter = ow_fill_enter,
		.leave = ow_fill_leave,
		.priv = fill,
	};
	struct ow_fault_info why = { .status = OW_OK };
	struct ow_cursor *c = &fill->cursor;
	struct ow_virt root, inode;
	int ret;

	root = ow_get_ptr(c, mount->sb, OW_F_super_block_s_root);
	inode = ow_get_ptr(c, root, OW_F_dentry_d_inode);
	if (!ow_cursor_ok(c))
		return -EIO;
	ow_fill_next_ino(fill, mount->sb);
	ow_cursor_init(c, fill->kernel);
	ret = ow_dentries_walk(fill->kernel, root, &visitor, &why);
	if (why.status != OW_OK) {
		ow_verdict_fault(0, OTHERWORLD_LOST, "files on a tmpfs", &why);
		fill->failed++;
	}
	if (!ret)
		ow_finish_dir(fill, inode);
	return ret;
}

static int ow_fill_mount(struct ow_fill *fill, const struct ow_mount *mount)
{
	struct ow_shmem *dead = &fill->dead;
	int ret;

	if (!ow_is_shmem_type(mount->type))
		return -EINVAL;
	/* Who opens a deleted file of it makes that here. */
	if (ow_object_get(OW_OBJECT_SUPER, mount->sb))
		return -EALREADY;
	ret = ow_object_put(OW_OBJECT_SUPER, mount->sb, mntget(fill->mnt));
	if (ret) {
		mntput(fill->mnt);
		return ret;
	}
	memset(dead, 0, sizeof(*dead));
	fill->text = kmalloc(OW_PATH_MAX, GFP_KERNEL);
	if (!fill->text)
		return -ENOMEM;
	fill->dir = dget(fill->mnt->mnt_root);
	ret = ow_fill_tree(fill, mount);
	dput(fill->dir);
	kfree(fill->text);
	return ret;
}

int ow_fill_tmpfs(struct otherworld_fill *out)
{
	const struct ow_kernel *kernel = ow_dead_kernel();
	struct ow_mount *mount = NULL;
	struct ow_fill *fill = NULL;
	struct path *path;
	struct fd f;
	int ret;

	if (!kernel)
		return -ENODEV;
	f = fdget_raw(out->fd);
	if (!fd_file(f))
		return -EBADF;
	path = &fd_file(f)->f_path;
	ret = -EINVAL;
	if (path->mnt->mnt_sb->s_magic != TMPFS_MAGIC ||
	    path->dentry != path->mnt->mnt_sb->s_root)
		goto out;
	ret = -ENOMEM;
	fill = kzalloc(sizeof(*fill), GFP_KERNEL);
	mount = kzalloc(sizeof(*mount), GFP_KERNEL);
	if (!fill || !mount)
		goto out;
	fill->kernel = kernel;
	ow_cursor_init(&fill->cursor, kernel);
	ret = -EIO;
	if (!ow_mount_read(&fill->cursor, ow_dead_mount_at(out->index), mount))
		goto out;
	fill->devices = !strcmp(mount->type, "devtmpfs");
	fill->mnt = path->mnt;
	ret = mnt_want_write(fill->mnt);
	if (ret)
		goto out;
	ow_objects_lock();
	ret = ow_fill_mount(fill, mount);
	ow_objects_unlock();
	mnt_drop_write(fill->mnt);
	out->names = fill->names;
	out->failed = fill->failed;
out:
	fdput(f);
	kfree(mount);
	kfree(fill);
	return ret;
}
