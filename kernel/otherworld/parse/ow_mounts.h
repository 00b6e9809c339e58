/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The dead kernel's mounts, as PID 1 saw them.
 */
#ifndef _OW_MOUNTS_H
#define _OW_MOUNTS_H

#include "ow_files.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OW_MOUNT_SOURCE_MAX 256
#define OW_MOUNT_OPTIONS_MAX 256

/**
 * struct ow_mount - one mount
 * @at: its struct mount
 * @is_root: the one that all others lie below
 * @parent_mnt: the vfsmount it lies on
 * @mountpoint: the dentry it lies on
 * @root: the dentry it shows
 * @sb: its super block
 * @dev: the super block's device number
 * @ms_flags: MS_RDONLY and so on, as mount(2) has them, of this mount
 * @sb_read_only: nobody can write to the file system, by whatever mount
 * @type: the file system's
 * @source: what was mounted
 */
struct ow_mount {
	struct ow_virt at;
	bool is_root;
	struct ow_virt parent_mnt, mountpoint, root, sb;
	u32 dev;
	u32 ms_flags;
	bool sb_read_only;
	char type[OW_FSTYPE_MAX];
	char source[OW_MOUNT_SOURCE_MAX];
};

/* Each struct mount of the first mount namespace, parents before children. */
int ow_mounts_walk(const struct ow_kernel *kernel,
		   int (*each)(void *priv, struct ow_virt mount), void *priv,
		   struct ow_fault_info *why);
bool ow_mount_read(struct ow_cursor *c, struct ow_virt at,
		   struct ow_mount *mount);

/*
 * What the file system would have to be told at a mount to be as it was, where
 * that is known; else an empty string. @buf holds OW_MOUNT_OPTIONS_MAX bytes.
 */
bool ow_mount_options(struct ow_cursor *c, const struct ow_mount *mount,
		      char *buf);

#ifdef __cplusplus
}
#endif

#endif /* _OW_MOUNTS_H */
