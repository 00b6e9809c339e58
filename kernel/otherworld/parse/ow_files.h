/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dead files: descriptors, what they are open on, and where that lay.
 */
#ifndef _OW_FILES_H
#define _OW_FILES_H

#include "ow_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OW_PATH_MAX	4096
#define OW_FSTYPE_MAX	32

/* What a path ends at. */
struct ow_inode {
	struct ow_virt at, sb;
	u32 mode, rdev, generation, nlink;
	u64 ino, size;
	u32 sb_dev;
	char fstype[OW_FSTYPE_MAX];
};

bool ow_inode_read(struct ow_cursor *c, struct ow_virt at,
		   struct ow_inode *inode);

struct ow_file {
	struct ow_virt at;
	u32 mode, flags;
	u64 pos;
	struct ow_virt mnt, dentry, private_data;
	struct ow_inode inode;
	/* The name it was opened by is gone. */
	bool unlinked;
};

bool ow_file_read(struct ow_cursor *c, struct ow_virt at,
		  struct ow_file *file);

bool ow_dentry_unlinked(struct ow_cursor *c, struct ow_virt dentry);

/**
 * ow_path_build() - where a dentry lay, from the root of all mounts down
 * @c: latches what goes wrong
 * @mnt: the struct vfsmount
 * @dentry: the dentry
 * @buf: at least OW_PATH_MAX bytes; the text stands at its end
 *
 * Returns where in @buf the path begins, or NULL. A path of a mount that is
 * nowhere attached (a pipe's, a memfd's) begins without a slash.
 */
char *ow_path_build(struct ow_cursor *c, struct ow_virt mnt,
		    struct ow_virt dentry, char *buf);

/* The same within its own file system: up to the root of that. */
char *ow_dentry_path(struct ow_cursor *c, struct ow_virt dentry, char *buf);

/**
 * ow_fds_walk() - each open descriptor
 * @kernel: which kernel
 * @files: the files_struct
 * @each: called with the number, the file and its close-on-exec flag
 * @priv: for @each
 * @why: filled in when the table is damaged
 */
int ow_fds_walk(const struct ow_kernel *kernel, struct ow_virt files,
		int (*each)(void *priv, unsigned int fd, struct ow_virt file,
			    bool cloexec),
		void *priv, struct ow_fault_info *why);

struct ow_fs {
	u32 umask;
	struct ow_virt root_mnt, root_dentry, pwd_mnt, pwd_dentry;
};

bool ow_fs_read(struct ow_cursor *c, struct ow_virt at, struct ow_fs *fs);

#ifdef __cplusplus
}
#endif

#endif /* _OW_FILES_H */
