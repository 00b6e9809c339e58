// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Dead files
 *
 * A file's type is told by its file system's name, its mode and its device
 * number. Function pointers say nothing: they are another kernel's.
 */
#include "ow_dentries.h"

/* Directories in a path, mounts included. */
#define OW_PATH_STEPS	1024
/* The topmost page: what a pointer that is an error number points into. */
#define OW_ERROR_POINTERS	0xfffffffffffff000ULL
/* sysctl_nr_open's own limit is 2^30; a table is contiguous memory. */
#define OW_FDS_MAX	(16 * 1024 * 1024)

bool ow_inode_read(struct ow_cursor *c, struct ow_virt at,
		   struct ow_inode *inode)
{
	struct ow_virt type, name;

	memset(inode, 0, sizeof(*inode));
	inode->at = at;
	inode->mode = ow_get(c, at, OW_F_inode_i_mode);
	inode->ino = ow_get(c, at, OW_F_inode_i_ino);
	inode->rdev = ow_get(c, at, OW_F_inode_i_rdev);
	inode->size = ow_get(c, at, OW_F_inode_i_size);
	inode->nlink = ow_get(c, at, OW_F_inode_i_nlink);
	inode->generation = ow_get(c, at, OW_F_inode_i_generation);
	inode->sb = ow_get_ptr(c, at, OW_F_inode_i_sb);
	inode->sb_dev = ow_get(c, inode->sb, OW_F_super_block_s_dev);
	type = ow_get_ptr(c, inode->sb, OW_F_super_block_s_type);
	name = ow_get_ptr(c, type, OW_F_file_system_type_name);
	ow_get_string(c, name, inode->fstype, sizeof(inode->fstype));
	return ow_cursor_ok(c);
}

/* The kernel's own mounts have an error pointer for a namespace. */
static bool ow_mount_attached(struct ow_cursor *c, struct ow_virt mount)
{
	u64 ns = ow_get(c, mount, OW_F_mount_mnt_ns);

	return ns && ns < OW_ERROR_POINTERS;
}

/* Removed from its directory; a root never was in one. */
bool ow_dentry_unlinked(struct ow_cursor *c, struct ow_virt dentry)
{
	return !ow_get(c, dentry, OW_F_dentry_hash_pprev) &&
	       ow_get(c, dentry, OW_F_dentry_d_parent) != dentry.a;
}

bool ow_file_read(struct ow_cursor *c, struct ow_virt at, struct ow_file *file)
{
	memset(file, 0, sizeof(*file));
	file->at = at;
	file->mode = ow_get(c, at, OW_F_file_f_mode);
	file->flags = ow_get(c, at, OW_F_file_f_flags);
	file->pos = ow_get(c, at, OW_F_file_f_pos);
	file->mnt = ow_get_ptr(c, at, OW_F_file_mnt);
	file->dentry = ow_get_ptr(c, at, OW_F_file_dentry);
	file->private_data = ow_get_ptr(c, at, OW_F_file_private_data);
	file->unlinked = ow_dentry_unlinked(c, file->dentry);
	return ow_inode_read(c, ow_get_ptr(c, at, OW_F_file_f_inode),
			     &file->inode);
}

static bool ow_path_prepend(struct ow_cursor *c, struct ow_virt dentry,
			    char *buf, char **start)
{
	u64 len = ow_get(c, dentry, OW_F_dentry_name_len) & 0xffffffff;
	struct ow_virt name = ow_get_ptr(c, dentry, OW_F_dentry_name);

	if (!ow_cursor_ok(c))
		return false;
	if (!len || len >= OW_NAME_SIZE)
		return ow_cursor_fail(c, OW_BAD_DATA, dentry,
				      "the length of a name");
	if ((size_t)(*start - buf) < len + 1)
		return ow_cursor_fail(c, OW_REFUSED, dentry,
				      "a path that is too long");
	*start -= len;
	if (!ow_get_memory(c, name, *start, len))
		return false;
	if (memchr(*start, 0, len) || memchr(*start, '/', len))
		return ow_cursor_fail(c, OW_BAD_DATA, dentry, "a name");
	*--*start = '/';
	return true;
}

/* A pipe, a memfd, an event counter: a name at best, and in no directory. */
static char *ow_path_of_none(struct ow_cursor *c, struct ow_virt mount,
			     struct ow_virt dentry, char *buf)
{
	u64 len = ow_get(c, dentry, OW_F_dentry_name_len) & 0xffffffff;
	struct ow_virt name = ow_get_ptr(c, dentry, OW_F_dentry_name);
	char *start = buf + OW_PATH_MAX - 1;

	if (ow_mount_attached(c, mount) || len >= OW_NAME_SIZE) {
		ow_cursor_fail(c, OW_BAD_DATA, dentry,
			       "a root that is not its mount's");
		return NULL;
	}
	start -= len;
	/* "dev/zero" is a name here; what looks like a path is none. */
	if (!ow_get_memory(c, name, start, len))
		return NULL;
	if (memchr(start, 0, len) || *start == '/') {
		ow_cursor_fail(c, OW_BAD_DATA, dentry, "a name");
		return NULL;
	}
	return start;
}

char *ow_path_build(struct ow_cursor *c, struct ow_virt mnt,
		    struct ow_virt dentry, char *buf)
{
	struct ow_virt mount = ow_object_of(c, mnt, OW_F_mount_mnt);
	char *start = buf + OW_PATH_MAX - 1;
	unsigned int step;

	*start = 0;
	for (step = 0; step < OW_PATH_STEPS && ow_cursor_ok(c); step++) {
		struct ow_virt parent;

		if (dentry.a == ow_get(c, mount, OW_F_mount_mnt_root)) {
			parent = ow_get_ptr(c, mount, OW_F_mount_mnt_parent);
			if (parent.a == mount.a) {
				if (!*start)
					*--start = '/';
				if (!ow_mount_attached(c, mount))
					start++;
				return ow_cursor_ok(c) ? start : NULL;
			}
			dentry = ow_get_ptr(c, mount,
					    OW_F_mount_mnt_mountpoint);
			mount = parent;
			continue;
		}
		parent = ow_get_ptr(c, dentry, OW_F_dentry_d_parent);
		if (parent.a == dentry.a && !step)
			return ow_path_of_none(c, mount, dentry, buf);
		if (parent.a == dentry.a) {
			ow_cursor_fail(c, OW_BAD_DATA, dentry,
				       "a root that is not its mount's");
			return NULL;
		}
		if (!ow_path_prepend(c, dentry, buf, &start))
			return NULL;
		dentry = parent;
	}
	ow_cursor_fail(c, OW_BAD_DATA, dentry, "a path that does not end");
	return NULL;
}

char *ow_dentry_path(struct ow_cursor *c, struct ow_virt dentry, char *buf)
{
	char *start = buf + OW_PATH_MAX - 1;
	unsigned int step;

	*start = 0;
	for (step = 0; step < OW_PATH_STEPS && ow_cursor_ok(c); step++) {
		struct ow_virt parent;

		parent = ow_get_ptr(c, dentry, OW_F_dentry_d_parent);
		if (ow_cursor_ok(c) && parent.a == dentry.a) {
			if (!*start)
				*--start = '/';
			return start;
		}
		if (!ow_path_prepend(c, dentry, buf, &start))
			return NULL;
		dentry = parent;
	}
	ow_cursor_fail(c, OW_BAD_DATA, dentry, "a path that does not end");
	return NULL;
}

int ow_fds_walk(const struct ow_kernel *kernel, struct ow_virt files,
		int (*each)(void *priv, unsigned int fd, struct ow_virt file,
			    bool cloexec),
		void *priv, struct ow_fault_info *why)
{
	struct ow_virt fdt, fds, open_map, cloexec_map;
	unsigned int fd, bit;
	struct ow_cursor c;
	u64 max;
	int ret;

	ow_cursor_init(&c, kernel);
	fdt = ow_get_ptr(&c, files, OW_F_files_struct_fdt);
	max = ow_get(&c, fdt, OW_F_fdtable_max_fds);
	fds = ow_get_ptr(&c, fdt, OW_F_fdtable_fd);
	open_map = ow_get_ptr(&c, fdt, OW_F_fdtable_open_fds);
	cloexec_map = ow_get_ptr(&c, fdt, OW_F_fdtable_close_on_exec);
	if (max > OW_FDS_MAX)
		ow_cursor_fail(&c, OW_BAD_DATA, fdt, "the size of an fdtable");

	for (fd = 0; fd < max && ow_cursor_ok(&c); fd += 64) {
		u64 open = ow_get_word(&c, ow_virt_add(open_map, fd / 8));
		u64 cloexec = ow_get_word(&c, ow_virt_add(cloexec_map, fd / 8));

		for (bit = 0; bit < 64 && ow_cursor_ok(&c); bit++) {
			u64 at = (fd + bit) * 8ULL;
			struct ow_virt file;

			if (!(open & BIT_ULL(bit)))
				continue;
			file = ow_virt_at(ow_get_word(&c,
						      ow_virt_add(fds, at)));
			/* Reserved, but not yet installed when it died. */
			if (!file.a)
				continue;
			ret = each(priv, fd + bit, file,
				   cloexec & BIT_ULL(bit));
			if (ret)
				return ret;
		}
	}
	if (!ow_cursor_ok(&c) && why)
		*why = c.fault;
	return 0;
}

bool ow_fs_read(struct ow_cursor *c, struct ow_virt at, struct ow_fs *fs)
{
	memset(fs, 0, sizeof(*fs));
	fs->umask = ow_get(c, at, OW_F_fs_struct_umask);
	fs->root_mnt = ow_get_ptr(c, at, OW_F_fs_struct_root_mnt);
	fs->root_dentry = ow_get_ptr(c, at, OW_F_fs_struct_root_dentry);
	fs->pwd_mnt = ow_get_ptr(c, at, OW_F_fs_struct_pwd_mnt);
	fs->pwd_dentry = ow_get_ptr(c, at, OW_F_fs_struct_pwd_dentry);
	return ow_cursor_ok(c);
}
