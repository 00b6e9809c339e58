// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: files that were open are open again.
 *
 * What has a name is opened by it, and has to be what it was: the same inode
 * of a file system on disk, the same device. What has none, and is not yet
 * supported, becomes a file on which every operation fails, so that whoever
 * uses it learns of the loss and does not wait for ever.
 */

#include <linux/anon_inodes.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "rebuild.h"

/* --- Lost ones ---------------------------------------------------------------- */

static ssize_t ow_lost_read(struct file *file, char __user *buf, size_t size,
			    loff_t *pos)
{
	return -EIO;
}

static ssize_t ow_lost_write(struct file *file, const char __user *buf,
			     size_t size, loff_t *pos)
{
	return -EIO;
}

static __poll_t ow_lost_poll(struct file *file, poll_table *wait)
{
	return EPOLLERR | EPOLLHUP | EPOLLIN | EPOLLOUT | EPOLLRDNORM |
	       EPOLLWRNORM;
}

static long ow_lost_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	return -EIO;
}

/* The addresses stay taken; who touches them gets a signal. */
static vm_fault_t ow_lost_fault(struct vm_fault *fault)
{
	return VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct ow_lost_vmops = {
	.fault = ow_lost_fault,
};

static int ow_lost_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &ow_lost_vmops;
	return 0;
}

static const struct file_operations ow_lost_fops = {
	.read = ow_lost_read,
	.write = ow_lost_write,
	.poll = ow_lost_poll,
	.unlocked_ioctl = ow_lost_ioctl,
	.mmap = ow_lost_mmap,
	.llseek = noop_llseek,
};

static struct file *ow_lost_file(const struct ow_file *dead)
{
	struct file *file;

	file = anon_inode_getfile("[lost]", &ow_lost_fops, NULL,
				  dead->flags & (O_ACCMODE | O_NONBLOCK));
	return file;
}

/* --- Files with a name ---------------------------------------------------------- */

static bool ow_keeps_inode_numbers(const char *fstype)
{
	return !strcmp(fstype, "ext4") || !strcmp(fstype, "xfs") ||
	       !strcmp(fstype, "btrfs") || !strcmp(fstype, "tmpfs");
}

/* A reason why @file is not what @dead was, or NULL. */
static const char *ow_not_the_same(const struct ow_kernel *kernel,
				   const struct file *file,
				   const struct ow_file *dead)
{
	const struct inode *inode = file_inode(file);

	if (ow_kernel_lives(kernel) && (u64)inode != dead->inode.at.a)
		return "another file has its name here";
	if ((inode->i_mode ^ dead->inode.mode) & S_IFMT)
		return "something else has its name now";
	if (ow_keeps_inode_numbers(dead->inode.fstype) &&
	    inode->i_ino != dead->inode.ino)
		return "another file has its name now";
	if ((S_ISCHR(inode->i_mode) || S_ISBLK(inode->i_mode)) &&
	    inode->i_rdev != (dev_t)dead->inode.rdev)
		return "another device has its name now";
	return NULL;
}

/* That it was made without a name is a flag that opening it does not set. */
static void ow_keep_tmpfile_flag(struct file *file, const struct ow_file *dead)
{
	spin_lock(&file->f_lock);
	file->f_flags |= dead->flags & O_TMPFILE;
	spin_unlock(&file->f_lock);
}

static struct file *ow_open_named(const struct ow_kernel *kernel,
				  const struct ow_file *dead, const char *path,
				  const char **reason)
{
	unsigned int flags = dead->flags & ~OW_OPEN_ONCE;
	struct file *file;

	/* Of a file that was made without a name, the directory is past. */
	if (S_ISREG(dead->inode.mode))
		flags &= ~O_DIRECTORY;
	/* Never waits for a peer, never takes a terminal. */
	file = filp_open(path, flags | O_NONBLOCK | O_NOCTTY, 0);
	if (IS_ERR(file) && PTR_ERR(file) == -EINVAL && flags & O_DIRECT)
		file = filp_open(path, (flags & ~O_DIRECT) | O_NONBLOCK |
				 O_NOCTTY, 0);
	if (IS_ERR(file)) {
		*reason = "it cannot be opened by its name";
		return file;
	}
	*reason = ow_not_the_same(kernel, file, dead);
	if (*reason) {
		fput(file);
		return ERR_PTR(-ESTALE);
	}
	spin_lock(&file->f_lock);
	file->f_flags = (file->f_flags & ~(O_NONBLOCK | O_NOCTTY)) |
			(flags & (O_NONBLOCK | O_NOCTTY));
	spin_unlock(&file->f_lock);
	if (file->f_mode & FMODE_LSEEK)
		file->f_pos = dead->pos;
	return file;
}

static struct file *ow_reopen(struct ow_cursor *c, pid_t pid,
			      const struct ow_file *dead, const char **reason)
{
	struct file *file = ERR_PTR(-ESTALE);
	struct ow_judgement fate;
	char *buf, *path;

	buf = kmalloc(OW_PATH_MAX, GFP_KERNEL);
	if (!buf)
		return ERR_PTR(-ENOMEM);
	path = ow_path_build(c, dead->mnt, dead->dentry, buf);
	fate = ow_judge_file(dead, path);
	*reason = fate.reason;
	if (fate.grade == OTHERWORLD_LOST)
		goto out;
	if (fate.reason)
		ow_verdict(pid, fate.grade, dead->at.a, "file", "of %s: %s",
			   dead->inode.fstype, fate.reason);
	if (path && *path == '/' && !dead->unlinked)
		file = ow_open_named(c->kernel, dead, path, reason);
	if (IS_ERR(file) && S_ISREG(dead->inode.mode) &&
	    ow_is_shmem(&dead->inode)) {
		if (ow_kernel_lives(c->kernel)) {
			*reason = "it has no name, and the original keeps it";
			goto out;
		}
		/* A path that cannot be read is no reason to lose the file. */
		ow_cursor_init(c, c->kernel);
		file = ow_open_shmem(c, pid, dead, reason);
	}
	if (!IS_ERR(file) && S_ISREG(dead->inode.mode))
		ow_keep_tmpfile_flag(file, dead);
out:
	kfree(buf);
	return file;
}

static struct file *ow_make_file(const struct ow_kernel *kernel, pid_t pid,
				 struct ow_virt at)
{
	const char *reason = "no memory";
	struct ow_file dead;
	struct ow_cursor c;
	struct file *file;

	ow_cursor_init(&c, kernel);
	if (!ow_file_read(&c, at, &dead)) {
		ow_verdict_fault(pid, OTHERWORLD_LOST, "file", &c.fault);
		return ERR_PTR(-EIO);
	}
	file = ow_reopen(&c, pid, &dead, &reason);
	if (IS_ERR(file)) {
		ow_verdict(pid, OTHERWORLD_LOST, at.a, "file", "of %s: %s",
			   dead.inode.fstype, reason);
		file = ow_lost_file(&dead);
	} else if (S_ISCHR(dead.inode.mode)) {
		if (!ow_kernel_lives(kernel))
			ow_rebuild_tty(kernel, pid, &dead);
	} else {
		ow_rebuild_file_locks(kernel, pid, &dead, file);
	}
	return file;
}

struct file *ow_live_file(const struct ow_kernel *kernel, pid_t pid,
			  struct ow_virt dead)
{
	struct file *file;

	ow_objects_lock();
	file = ow_object_get(OW_OBJECT_FILE, dead);
	if (!file) {
		file = ow_make_file(kernel, pid, dead);
		if (!IS_ERR(file) && ow_object_put(OW_OBJECT_FILE, dead, file)) {
			fput(file);
			file = ERR_PTR(-ENOMEM);
		}
	}
	if (!IS_ERR(file))
		get_file(file);
	ow_objects_unlock();
	return file;
}

/* --- Descriptors ------------------------------------------------------------------ */

struct ow_fd_pass {
	const struct ow_kernel *kernel;
	pid_t pid;
	struct ow_virt files;
};

static int ow_rebuild_fd(void *priv, unsigned int fd, struct ow_virt dead,
			 bool cloexec)
{
	struct ow_fd_pass *pass = priv;
	struct file *file = ow_live_file(pass->kernel, pass->pid, dead);
	int ret;

	if (IS_ERR(file))
		return PTR_ERR(file) == -ENOMEM ? -ENOMEM : OW_GO_ON;
	ret = replace_fd(fd, file, cloexec ? O_CLOEXEC : 0);
	if (ret >= 0)
		ow_rebuild_process_locks(pass->kernel, pass->pid, dead,
					 pass->files, file);
	fput(file);
	if (ret < 0) {
		char name[32];

		snprintf(name, sizeof(name), "fd %u", fd);
		ow_verdict(pass->pid, OTHERWORLD_LOST, dead.a, name,
			   "the number cannot be had: error %d", ret);
	}
	return OW_GO_ON;
}

/*
 * Not later, on the way to user mode: a first thread that had exited never gets
 * there.
 */
static void ow_close_all(struct files_struct *files)
{
	unsigned int fd, max;
	struct file *file;

	rcu_read_lock();
	max = files_fdtable(files)->max_fds;
	rcu_read_unlock();
	for (fd = 0; fd < max; fd++) {
		file = fget_raw(fd);
		if (!file)
			continue;
		close_fd(fd);
		__fput_sync(file);
	}
}

/* A table for the calling thread alone, without anything in it. */
static int ow_empty_files(struct ow_virt dead)
{
	int ret = unshare_files();

	if (ret)
		return ret;
	ow_close_all(current->files);
	atomic_inc(&current->files->count);
	ret = ow_object_put(OW_OBJECT_FILES, dead, current->files);
	if (ret)
		put_files_struct(current->files);
	return ret;
}

static void ow_join_files(struct files_struct *files)
{
	struct files_struct *old;

	atomic_inc(&files->count);
	task_lock(current);
	old = current->files;
	current->files = files;
	task_unlock(current);
	put_files_struct(old);
}

int ow_rebuild_files(const struct ow_kernel *kernel,
		     const struct ow_task *task)
{
	struct ow_fault_info why = { .status = OW_OK };
	struct ow_fd_pass pass = {
		.kernel = kernel,
		.pid = task->pid,
		.files = task->files,
	};
	struct files_struct *shared;
	int ret = 0;

	ow_objects_lock();
	shared = ow_object_get(OW_OBJECT_FILES, task->files);
	if (shared)
		ow_join_files(shared);
	else
		ret = ow_empty_files(task->files);
	ow_objects_unlock();
	if (ret || shared)
		return ret;
	ret = ow_fds_walk(kernel, task->files, ow_rebuild_fd, &pass, &why);
	if (why.status != OW_OK)
		ow_verdict_fault(task->pid, OTHERWORLD_LOST,
				 "some descriptors", &why);
	return ret;
}

/* --- Root, working directory, umask --------------------------------------------------- */

static int ow_find_dir(struct ow_cursor *c, struct ow_virt mnt,
		       struct ow_virt dentry, struct path *path)
{
	char *buf = kmalloc(OW_PATH_MAX, GFP_KERNEL);
	char *name;
	int ret = -ENOENT;

	if (!buf)
		return -ENOMEM;
	name = ow_path_build(c, mnt, dentry, buf);
	if (name && *name == '/' && !ow_dentry_unlinked(c, dentry))
		ret = kern_path(name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, path);
	if (!ret && ow_kernel_lives(c->kernel) &&
	    (u64)path->dentry != dentry.a) {
		path_put(path);
		ret = -ENOENT;
	}
	kfree(buf);
	return ret;
}

static void ow_set_fs(struct fs_struct *fs)
{
	struct fs_struct *old;

	task_lock(current);
	old = current->fs;
	current->fs = fs;
	task_unlock(current);
	ow_put_fs(old);
}

static int ow_fill_fs(const struct ow_kernel *kernel,
		      const struct ow_task *task)
{
	struct path pwd, root;
	struct ow_cursor c;
	struct ow_fs fs;

	ow_cursor_init(&c, kernel);
	if (!ow_fs_read(&c, task->fs, &fs)) {
		ow_verdict_fault(task->pid, OTHERWORLD_LOST,
				 "working directory", &c.fault);
		return -EIO;
	}
	current->fs->umask = fs.umask & 0777;
	if (ow_find_dir(&c, fs.pwd_mnt, fs.pwd_dentry, &pwd)) {
		ow_verdict(task->pid, OTHERWORLD_DEGRADED, fs.pwd_dentry.a,
			   "working directory",
			   "it is gone; now it is the root directory");
	} else {
		set_fs_pwd(current->fs, &pwd);
		path_put(&pwd);
	}
	/* A process that was shut in must not come back outside. */
	ow_cursor_init(&c, kernel);
	if (ow_find_dir(&c, fs.root_mnt, fs.root_dentry, &root)) {
		ow_verdict(task->pid, OTHERWORLD_LOST, fs.root_dentry.a,
			   "root directory", "it is gone");
		return -ENOENT;
	}
	set_fs_root(current->fs, &root);
	path_put(&root);
	return 0;
}

int ow_rebuild_fs(const struct ow_kernel *kernel, const struct ow_task *task)
{
	struct fs_struct *fs;
	bool joined;
	int ret;

	ow_objects_lock();
	fs = ow_object_get(OW_OBJECT_FS, task->fs);
	joined = fs;
	if (!joined) {
		fs = copy_fs_struct(current->fs);
		ret = fs ? ow_object_put(OW_OBJECT_FS, task->fs, fs) : -ENOMEM;
		if (ret) {
			ow_objects_unlock();
			if (fs)
				ow_put_fs(fs);
			return ret;
		}
	}
	/* One for the map, one for us. */
	spin_lock(&fs->lock);
	fs->users++;
	spin_unlock(&fs->lock);
	ow_objects_unlock();
	ow_set_fs(fs);
	return joined ? 0 : ow_fill_fs(kernel, task);
}
