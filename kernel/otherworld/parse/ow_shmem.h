/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dead files in memory: tmpfs, memfd, shared anonymous mappings.
 */
#ifndef _OW_SHMEM_H
#define _OW_SHMEM_H

#include "ow_files.h"
#include "ow_xarray.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ow_time {
	s64 sec;
	u32 nsec;
};

/**
 * struct ow_shmem - an inode of a file system in memory
 * @inode: what all inodes have
 * @uid: owner
 * @gid: owner
 * @seals: F_SEAL_*
 * @fsflags: FS_*_FL
 * @next_offset: of a directory, the one to be given out next
 * @atime: and the others, as stat() shows them
 * @link: of a symbolic link, its text, if it is short
 * @pages: the page cache, an xarray
 * @xattrs: the first node of the tree of extended attributes
 * @acl: the access control list
 * @default_acl: of a directory, the one that its entries begin with
 * @owner: what a driver has left there: of a device node, that the kernel made
 *	it
 * @internal: the kernel's own: /dev/zero, or anonymous shared memory
 * @noreserve: it is accounted for page by page
 * @linkable: it may get a name though it has none
 */
struct ow_shmem {
	struct ow_inode inode;
	u32 uid, gid, seals, fsflags;
	u64 next_offset;
	struct ow_time atime, mtime, ctime, btime;
	struct ow_virt link, pages, mapping, xattrs;
	struct ow_virt acl, default_acl, owner;
	bool internal, noreserve, linkable;
};

bool ow_shmem_read(struct ow_cursor *c, struct ow_virt inode,
		   struct ow_shmem *shmem);

/* Whether the file system is one whose inodes are these. */
bool ow_is_shmem(const struct ow_inode *inode);
bool ow_is_shmem_type(const char *fstype);

/**
 * struct ow_shmem_page - a folio of the page cache, or the want of one
 * @index: of its first page
 * @swapped: it is a page that was swapped out, to slot @slot of the swap area
 *	of type @type; the rest is not filled in
 * @pfn: its first frame
 * @order: how many frames it has, as a power of two
 * @uptodate: it has contents; if not, it was only set aside
 * @problem: constant text: why there is no such folio; NULL if there is
 */
struct ow_shmem_page {
	u64 index;
	bool swapped;
	u64 type, slot;
	u64 pfn;
	u32 order;
	bool uptodate;
	const char *problem;
};

/**
 * ow_shmem_pages_walk() - each folio of a file
 * @walker: buffers
 * @kernel: which kernel
 * @shmem: the file
 * @each: other than 0 ends the walk
 * @priv: for @each
 * @why: filled in with the first damage; the walk went on behind it
 */
int ow_shmem_pages_walk(struct ow_xa_walker *walker,
			const struct ow_kernel *kernel,
			const struct ow_shmem *shmem,
			int (*each)(void *priv,
				    const struct ow_shmem_page *page),
			void *priv, struct ow_fault_info *why);

/*
 * The text of a symbolic link. @buf holds OW_PATH_MAX bytes.
 */
bool ow_shmem_link(struct ow_cursor *c, const struct ow_shmem *shmem,
		   char *buf);

/* --- Extended attributes: ow_xattr.c -------------------------------------------- */

/**
 * ow_xattrs_walk() - each extended attribute of an inode
 * @kernel: which kernel
 * @root: the first node of the tree, 0 if there is none
 * @each: called with name, value and its size; other than 0 ends the walk
 * @priv: for @each
 * @why: filled in with the first damage
 */
int ow_xattrs_walk(const struct ow_kernel *kernel, struct ow_virt root,
		   int (*each)(void *priv, const char *name,
			       const void *value, size_t size),
		   void *priv, struct ow_fault_info *why);

/* An entry of an access control list. */
struct ow_acl_entry {
	s32 tag;
	u32 perm, id;
};

#define OW_ACL_MAX	512

/*
 * How many entries the list @at has, @max at most; negative if it cannot be
 * read.
 */
int ow_acl_read(struct ow_cursor *c, struct ow_virt at,
		struct ow_acl_entry *entries, unsigned int max);

#ifdef __cplusplus
}
#endif

#endif /* _OW_SHMEM_H */
