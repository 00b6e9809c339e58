/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The directories of a dead file system that lives in its dentries.
 */
#ifndef _OW_DENTRIES_H
#define _OW_DENTRIES_H

#include "ow_files.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OW_NAME_SIZE	256

/**
 * struct ow_dentry - one entry of a directory
 * @at: its dentry
 * @inode: what it is a name of
 * @offset: its place in the directory, as the file system gave it out
 * @name: the name; it can be one
 */
struct ow_dentry {
	struct ow_virt at, inode;
	u64 offset;
	char name[OW_NAME_SIZE];
};

/* The name and inode of the dentry @at. */
bool ow_dentry_read(struct ow_cursor *c, struct ow_virt at,
		    struct ow_dentry *dentry);

/*
 * A name that the inode @at still has, 0 if all were removed or there never was
 * one.
 */
struct ow_virt ow_inode_name(struct ow_cursor *c, struct ow_virt at);

/* What enter() may answer, besides an error that ends the walk. */
#define OW_DENTRY_BELOW	0	/* go on with what is in it */
#define OW_DENTRY_PAST	1	/* go on behind it */

/**
 * struct ow_dentry_visitor - who is called on the way
 * @enter: for each name that exists
 * @leave: when all is done below one that was entered
 * @priv: for both
 */
struct ow_dentry_visitor {
	int (*enter)(void *priv, const struct ow_dentry *dentry);
	int (*leave)(void *priv, struct ow_virt inode);
	void *priv;
};

/**
 * ow_dentries_walk() - each name below a directory, parents before children
 * @kernel: which kernel
 * @root: the directory's dentry; not visited itself
 * @visitor: whom to call; a negative answer ends the walk
 * @why: filled in with the first damage; the walk went on behind the directory
 *	that has it
 */
int ow_dentries_walk(const struct ow_kernel *kernel, struct ow_virt root,
		     const struct ow_dentry_visitor *visitor,
		     struct ow_fault_info *why);

#ifdef __cplusplus
}
#endif

#endif /* _OW_DENTRIES_H */
