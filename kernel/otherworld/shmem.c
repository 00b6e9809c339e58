// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: files in memory, with what they contained.
 */

/**
 * DOC: Files in memory
 *
 * The pages of tmpfs files, of memfds and of shared anonymous memory are in a
 * page cache and nowhere else. Such a file is made anew, and the frames of the
 * dead one are adopted into its page cache. Processes that had them mapped find
 * them again by page faults.
 *
 * A file that has a name comes back with the file system it is on (tmpfs.c).
 * One that has none is made here by the first process that is found to have it
 * open or mapped, and shared with the others by the dead inode's address.
 */

#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>

#include "rebuild.h"
#include "parse/ow_dentries.h"

/* --- Files without a name ---------------------------------------------------------- */

/* In a file system that is nowhere to be seen. */
static struct dentry *ow_make_nameless(struct ow_cursor *c,
				       const struct ow_file *dead,
				       const struct ow_shmem *shmem)
{
	unsigned long flags = shmem->noreserve ? VM_NORESERVE : 0;
	struct ow_virt text = ow_get_ptr(c, dead->dentry, OW_F_dentry_name);
	struct vfsmount *mnt;
	char name[NAME_MAX + 1];
	struct dentry *dentry;
	struct file *file;

	if (!ow_get_string(c, text, name, sizeof(name)))
		return ERR_PTR(-EIO);
	if (shmem->internal)
		file = shmem_kernel_file_setup(name, dead->inode.size, flags);
	else
		file = shmem_file_setup(name, dead->inode.size, flags);
	if (IS_ERR(file))
		return ERR_CAST(file);
	mnt = ow_object_get(OW_OBJECT_SUPER, dead->inode.sb);
	if (!mnt) {
		mnt = mntget(file->f_path.mnt);
		if (ow_object_put(OW_OBJECT_SUPER, dead->inode.sb, mnt)) {
			mntput(mnt);
			fput(file);
			return ERR_PTR(-ENOMEM);
		}
	}
	dentry = dget(file->f_path.dentry);
	fput(file);
	return dentry;
}

/* The directory it was deleted from, or else the root of its file system. */
static struct dentry *ow_old_parent(struct ow_cursor *c,
				    const struct ow_file *dead,
				    struct vfsmount *mnt)
{
	struct ow_virt parent = ow_get_ptr(c, dead->dentry,
					   OW_F_dentry_d_parent);
	char *buf = kmalloc(OW_PATH_MAX, GFP_KERNEL);
	struct dentry *dentry = NULL;
	struct path path;
	char *name;

	if (!buf)
		return dget(mnt->mnt_root);
	name = ow_dentry_path(c, parent, buf);
	if (name && !vfs_path_lookup(mnt->mnt_root, mnt, name + 1,
				     LOOKUP_DIRECTORY, &path)) {
		if (path.dentry->d_sb == mnt->mnt_sb)
			dentry = dget(path.dentry);
		path_put(&path);
	}
	kfree(buf);
	ow_cursor_init(c, c->kernel);
	return dentry ?: dget(mnt->mnt_root);
}

/* One more dentry, by the name that it was deleted under. */
static struct dentry *ow_name_deleted(struct ow_cursor *c,
				      const struct ow_file *dead,
				      struct dentry *parent,
				      struct inode *inode)
{
	struct ow_dentry name;
	struct dentry *dentry;
	struct qstr text;

	if (!ow_dentry_read(c, dead->dentry, &name))
		return ERR_PTR(-EIO);
	text = (struct qstr)QSTR_INIT(name.name, strlen(name.name));
	dentry = d_alloc(parent, &text);
	if (!dentry)
		return ERR_PTR(-ENOMEM);
	ihold(inode);
	d_instantiate(dentry, inode);
	return dentry;
}

/* In a file system that is mounted again, where it counts for its size. */
static struct dentry *ow_make_deleted(struct ow_cursor *c,
				      const struct ow_file *dead,
				      const struct ow_shmem *shmem,
				      struct vfsmount *mnt)
{
	int flags = O_RDONLY | O_LARGEFILE | (shmem->linkable ? 0 : O_EXCL);
	struct path path = {
		.mnt = mnt,
		.dentry = ow_old_parent(c, dead, mnt),
	};
	struct dentry *dentry;
	struct file *file;

	file = kernel_tmpfile_open(mnt_idmap(mnt), &path, S_IFREG | 0600,
				   flags, current_cred());
	if (IS_ERR(file)) {
		dentry = ERR_CAST(file);
	} else {
		dentry = ow_name_deleted(c, dead, path.dentry,
					 file_inode(file));
		fput(file);
	}
	dput(path.dentry);
	return dentry;
}

/* One of those that have a name, by where that is in its own file system. */
static struct dentry *ow_find_in(struct ow_cursor *c, struct ow_virt name,
				 const struct ow_file *dead,
				 struct vfsmount *mnt)
{
	char *buf = kmalloc(OW_PATH_MAX, GFP_KERNEL);
	struct dentry *dentry = ERR_PTR(-ENOENT);
	struct path path;
	char *text;

	if (!buf)
		return ERR_PTR(-ENOMEM);
	text = ow_dentry_path(c, name, buf);
	if (text && !vfs_path_lookup(mnt->mnt_root, mnt, text + 1, 0, &path)) {
		if (path.dentry->d_sb == mnt->mnt_sb &&
		    d_inode(path.dentry)->i_ino == dead->inode.ino)
			dentry = dget(path.dentry);
		path_put(&path);
	}
	kfree(buf);
	return dentry;
}

static struct dentry *ow_make_shmem(struct ow_cursor *c, pid_t pid,
				    const struct ow_file *dead)
{
	struct vfsmount *mnt = ow_object_get(OW_OBJECT_SUPER, dead->inode.sb);
	struct dentry *dentry;
	struct ow_shmem shmem;
	struct ow_virt name;

	if (!ow_shmem_read(c, dead->inode.at, &shmem))
		return ERR_PTR(-EIO);
	if (mnt && !(mnt->mnt_sb->s_flags & SB_KERNMOUNT)) {
		name = ow_inode_name(c, dead->inode.at);
		if (name.a)
			return ow_find_in(c, name, dead, mnt);
		ow_cursor_init(c, c->kernel);
		dentry = ow_make_deleted(c, dead, &shmem, mnt);
	} else {
		dentry = ow_make_nameless(c, dead, &shmem);
	}
	if (IS_ERR(dentry))
		return dentry;
	ow_restore_shmem(c->kernel, pid, &shmem, dentry);
	if (ow_object_put(OW_OBJECT_DENTRY, dead->inode.at, dget(dentry))) {
		dput(dentry);
		dput(dentry);
		return ERR_PTR(-ENOMEM);
	}
	return dentry;
}

/*
 * What memfd_create() makes does not count as open for writing: it can be
 * executed while its maker still has it.
 */
static struct file *ow_open_quietly(const struct path *path, int flags)
{
	struct file *base, *file;

	base = dentry_open(path, O_RDONLY | O_LARGEFILE, current_cred());
	if (IS_ERR(base))
		return base;
	file = alloc_file_clone(base, flags, base->f_op);
	if (!IS_ERR(file))
		file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	fput(base);
	return file;
}

struct file *ow_open_shmem(struct ow_cursor *c, pid_t pid,
			   const struct ow_file *dead, const char **reason)
{
	int flags = dead->flags & ~(OW_OPEN_ONCE | O_DIRECTORY);
	struct dentry *dentry;
	struct file *file;
	struct path path;

	dentry = ow_object_get(OW_OBJECT_DENTRY, dead->inode.at);
	if (dentry)
		dget(dentry);
	else
		dentry = ow_make_shmem(c, pid, dead);
	if (IS_ERR(dentry)) {
		*reason = "it cannot be made again";
		return ERR_CAST(dentry);
	}
	path.dentry = dentry;
	path.mnt = ow_object_get(OW_OBJECT_SUPER, dead->inode.sb);
	if ((flags & O_ACCMODE) == O_RDONLY || flags & O_PATH ||
	    dead->mode & ow_const(c, OW_C_OW_FMODE_WRITER))
		file = dentry_open(&path, flags, current_cred());
	else
		file = ow_open_quietly(&path, flags);
	dput(dentry);
	if (IS_ERR(file))
		*reason = "it cannot be opened";
	else if (file->f_mode & FMODE_LSEEK)
		file->f_pos = dead->pos;
	return file;
}

/* --- Locked memory -------------------------------------------------------------- */

static struct vm_area_struct *ow_locked_shmem(struct mm_struct *mm,
					      unsigned long from)
{
	struct vm_area_struct *vma = find_vma(mm, from);

	while (vma && !(vma->vm_flags & VM_LOCKED && vma_is_shmem(vma) &&
			!(vma->vm_flags & VM_LOCKONFAULT)))
		vma = find_vma(mm, vma->vm_end);
	return vma;
}

/* Shared pages come by faults; what was locked must not wait for them. */
void ow_lock_shmem(struct mm_struct *mm)
{
	unsigned long start, end = 0;
	struct vm_area_struct *vma;

	for (;;) {
		mmap_read_lock(mm);
		vma = ow_locked_shmem(mm, end);
		start = vma ? vma->vm_start : 0;
		end = vma ? vma->vm_end : 0;
		mmap_read_unlock(mm);
		if (!end)
			return;
		mm_populate(start, end - start);
	}
}
