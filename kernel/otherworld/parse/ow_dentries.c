// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Walking dead directories
 *
 * A file system in memory keeps its directories as dentries, each linked to
 * its parent, its siblings and its first child. The walk needs no stack: the
 * way up is the pointer to the parent, which was checked on the way down.
 *
 * Each link has a pointer back to the one place that may lead to it. As long
 * as these agree, no dentry can be reached twice, and the walk ends. Where
 * they do not, the rest of that directory is left out.
 */
#include "ow_dentries.h"

/* More than memory can hold: 192 bytes each. */
#define OW_DENTRIES_MAX	BIT_ULL(32)
/* Hard links of one inode: as many as a directory has entries. */
#define OW_NAMES_MAX	BIT(20)

struct ow_dentry_walk {
	struct ow_cursor cursor;
	struct ow_virt root, parent, link;
	struct ow_dentry dentry;
	u64 count;
};

bool ow_dentry_read(struct ow_cursor *c, struct ow_virt at,
		    struct ow_dentry *dentry)
{
	u64 len = ow_get(c, at, OW_F_dentry_name_len) & 0xffffffff;
	struct ow_virt name = ow_get_ptr(c, at, OW_F_dentry_name);

	memset(dentry, 0, sizeof(*dentry));
	dentry->at = at;
	dentry->inode = ow_get_ptr(c, at, OW_F_dentry_d_inode);
	dentry->offset = ow_get(c, at, OW_F_dentry_d_fsdata);
	if (!ow_cursor_ok(c))
		return false;
	if (!len || len >= sizeof(dentry->name))
		return ow_cursor_fail(c, OW_BAD_DATA, at,
				      "the length of a name");
	if (!ow_get_memory(c, name, dentry->name, len))
		return false;
	if (memchr(dentry->name, 0, len) || memchr(dentry->name, '/', len) ||
	    !strcmp(dentry->name, ".") || !strcmp(dentry->name, ".."))
		return ow_cursor_fail(c, OW_BAD_DATA, at, "a name");
	return true;
}

struct ow_virt ow_inode_name(struct ow_cursor *c, struct ow_virt at)
{
	struct ow_virt link = ow_field_at(c, at, OW_F_inode_i_dentry);
	unsigned int i;

	for (i = 0; i < OW_NAMES_MAX; i++) {
		struct ow_virt next = ow_virt_at(ow_get_word(c, link));
		struct ow_virt dentry;

		if (!ow_cursor_ok(c) || !next.a)
			return ow_virt_at(0);
		dentry = ow_object_of(c, next, OW_F_dentry_d_alias);
		if (ow_get(c, dentry, OW_F_dentry_d_inode) != at.a ||
		    ow_get_word(c, ow_virt_add(next, 8)) != link.a)
			break;
		if (ow_get(c, dentry, OW_F_dentry_hash_pprev))
			return ow_cursor_ok(c) ? dentry : ow_virt_at(0);
		link = next;
	}
	ow_cursor_fail(c, OW_BAD_DATA, at, "the names of an inode");
	return ow_virt_at(0);
}

/* The dentry behind @walk->link; no address if there is none, or damage. */
static struct ow_virt ow_dentry_next(struct ow_dentry_walk *walk)
{
	struct ow_cursor *c = &walk->cursor;
	struct ow_virt next = ow_virt_at(ow_get_word(c, walk->link));
	struct ow_virt at;

	if (!ow_cursor_ok(c) || !next.a)
		return ow_virt_at(0);
	at = ow_object_of(c, next, OW_F_dentry_d_sib);
	if (ow_get_word(c, ow_virt_add(next, 8)) != walk->link.a ||
	    ow_get(c, at, OW_F_dentry_d_parent) != walk->parent.a ||
	    at.a == walk->root.a)
		ow_cursor_fail(c, OW_BAD_DATA, next, "a link between dentries");
	else if (++walk->count > OW_DENTRIES_MAX)
		ow_cursor_fail(c, OW_REFUSED, next, "the number of dentries");
	return ow_cursor_ok(c) ? at : ow_virt_at(0);
}

static int ow_dentry_visit(struct ow_dentry_walk *walk, struct ow_virt at,
			   const struct ow_dentry_visitor *visitor)
{
	struct ow_cursor *c = &walk->cursor;
	struct ow_dentry *dentry = &walk->dentry;

	/* A name that was removed, or that was asked for and is not there. */
	if (!ow_get(c, at, OW_F_dentry_hash_pprev) ||
	    !ow_get(c, at, OW_F_dentry_d_inode))
		return OW_DENTRY_PAST;
	if (!ow_dentry_read(c, at, dentry))
		return OW_DENTRY_PAST;
	return visitor->enter(visitor->priv, dentry);
}

static int ow_dentry_ascend(struct ow_dentry_walk *walk,
			    const struct ow_dentry_visitor *visitor)
{
	struct ow_cursor *c = &walk->cursor;
	struct ow_virt at = walk->parent;
	struct ow_virt inode = ow_get_ptr(c, at, OW_F_dentry_d_inode);

	walk->link = ow_field_at(c, at, OW_F_dentry_d_sib);
	walk->parent = ow_get_ptr(c, at, OW_F_dentry_d_parent);
	return visitor->leave(visitor->priv, inode);
}

int ow_dentries_walk(const struct ow_kernel *kernel, struct ow_virt root,
		     const struct ow_dentry_visitor *visitor,
		     struct ow_fault_info *why)
{
	struct ow_dentry_walk *walk = ow_alloc(sizeof(*walk));
	struct ow_cursor *c;
	int ret = 0;

	if (why)
		memset(why, 0, sizeof(*why));
	if (!walk)
		return -ENOMEM;
	c = &walk->cursor;
	ow_cursor_init(c, kernel);
	walk->root = root;
	walk->parent = root;
	walk->link = ow_field_at(c, root, OW_F_dentry_d_children);

	while (ret >= 0) {
		struct ow_virt at = ow_dentry_next(walk);

		if (at.a) {
			struct ow_virt below =
				ow_field_at(c, at, OW_F_dentry_d_children);

			walk->link = ow_field_at(c, at, OW_F_dentry_d_sib);
			ret = ow_dentry_visit(walk, at, visitor);
			if (ret == OW_DENTRY_BELOW) {
				walk->parent = at;
				walk->link = below;
			}
		}
		/* The first damage is kept, and does not stop the rest. */
		if (!ow_cursor_ok(c)) {
			if (why && why->status == OW_OK)
				*why = c->fault;
			ow_cursor_init(c, kernel);
		}
		if (at.a)
			continue;
		if (walk->parent.a == root.a)
			break;
		ret = ow_dentry_ascend(walk, visitor);
		/* What was read once can be read again. */
		if (!ow_cursor_ok(c))
			break;
	}
	ow_free(walk);
	return ret < 0 ? ret : 0;
}
