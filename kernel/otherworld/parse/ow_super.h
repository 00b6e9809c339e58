/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dead super blocks, and what of their files was newer than the disk.
 */
#ifndef _OW_SUPER_H
#define _OW_SUPER_H

#include "ow_files.h"
#include "ow_xarray.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OW_UUID_SIZE	16

/**
 * struct ow_super - a mounted file system
 * @at: its super_block
 * @dev: its device number
 * @read_only: nothing was to be written to it
 * @block_size: of the file system
 * @uuid: as its driver found it; zeroes if it has none
 * @type: the file system's type
 * @fs_info: the driver's own
 * @cache: the address_space of its device, where metadata is cached
 */
struct ow_super {
	struct ow_virt at;
	u32 dev;
	bool read_only;
	u64 block_size;
	u8 uuid[OW_UUID_SIZE];
	char type[OW_FSTYPE_MAX];
	struct ow_virt fs_info, cache;
};

bool ow_super_read(struct ow_cursor *c, struct ow_virt at,
		   struct ow_super *super);

/* Each inode of @super that has pages which the disk may not have. */
int ow_unsaved_walk(const struct ow_kernel *kernel,
		    const struct ow_super *super,
		    int (*each)(void *priv, struct ow_virt inode), void *priv,
		    struct ow_fault_info *why);

/**
 * struct ow_unsaved - part of a page that the disk may not have
 * @index: of the page in its file
 * @pfn: the frame it is in
 * @start: its first byte within the page
 * @end: behind its last byte
 */
struct ow_unsaved {
	u64 index, pfn;
	u32 start, end;
};

/**
 * ow_unsaved_pages_walk() - each such part of an inode's pages
 * @walker: buffers
 * @inode: whose
 * @each: other than 0 ends the walk
 * @priv: for @each
 * @why: filled in with the first damage; the walk went on behind it
 */
int ow_unsaved_pages_walk(struct ow_xa_walker *walker,
			  const struct ow_kernel *kernel, struct ow_virt inode,
			  int (*each)(void *priv,
				      const struct ow_unsaved *part),
			  void *priv, struct ow_fault_info *why);

#ifdef __cplusplus
}
#endif

#endif /* _OW_SUPER_H */
