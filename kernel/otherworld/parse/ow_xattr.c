// SPDX-License-Identifier: GPL-2.0
/*
 * Extended attributes and access control lists of dead inodes in memory.
 */
#include "ow_shmem.h"

/* What a name and a value may have at most, in both kernels' interface. */
#define OW_XATTR_NAME_SIZE	256
#define OW_XATTR_SIZE_MAX	65536
/* listxattr() would not show more names of 1 byte each. */
#define OW_XATTRS_MAX		32768
/* A red-black tree is at most twice as deep as a perfect one. */
#define OW_XATTR_DEPTH		64
/* Colour, and what alignment leaves free, in a node's pointer to its parent. */
#define OW_RB_PARENT		(~3ULL)

struct ow_xattr_walk {
	struct ow_cursor cursor;
	int (*each)(void *priv, const char *name, const void *value,
		    size_t size);
	void *priv;
	unsigned int count, depth;
	struct ow_virt stack[OW_XATTR_DEPTH];
	char name[OW_XATTR_NAME_SIZE];
};

static int ow_xattr_visit(struct ow_xattr_walk *walk, struct ow_virt node)
{
	struct ow_cursor *c = &walk->cursor;
	struct ow_virt at = ow_object_of(c, node, OW_F_simple_xattr_rb_node);
	u64 size = ow_get(c, at, OW_F_simple_xattr_size);
	char *value;
	int ret = 0;

	ow_get_string(c, ow_get_ptr(c, at, OW_F_simple_xattr_name), walk->name,
		      sizeof(walk->name));
	if (ow_cursor_ok(c) && (!*walk->name || size > OW_XATTR_SIZE_MAX))
		ow_cursor_fail(c, OW_BAD_DATA, at, "an extended attribute");
	if (!ow_cursor_ok(c))
		return 0;
	/* An empty value is one as well. */
	value = ow_alloc(size + 1);
	if (!value)
		return -ENOMEM;
	if (ow_get_memory(c, ow_field_at(c, at, OW_F_simple_xattr_value),
			  value, size))
		ret = walk->each(walk->priv, walk->name, value, size);
	ow_free(value);
	return ret;
}

/* Put a child aside for later. */
static void ow_xattr_push(struct ow_xattr_walk *walk, struct ow_virt parent,
			  struct ow_virt node)
{
	struct ow_cursor *c = &walk->cursor;
	u64 up;

	if (!node.a || !ow_cursor_ok(c))
		return;
	up = ow_get(c, node, OW_F_rb_node___rb_parent_color) & OW_RB_PARENT;
	if (up != parent.a)
		ow_cursor_fail(c, OW_BAD_DATA, node,
			       "the parent of a node of a tree");
	else if (walk->depth == OW_XATTR_DEPTH ||
		 ++walk->count > OW_XATTRS_MAX)
		ow_cursor_fail(c, OW_REFUSED, node,
			       "the number of extended attributes");
	else
		walk->stack[walk->depth++] = node;
}

int ow_xattrs_walk(const struct ow_kernel *kernel, struct ow_virt root,
		   int (*each)(void *priv, const char *name,
			       const void *value, size_t size),
		   void *priv, struct ow_fault_info *why)
{
	struct ow_xattr_walk *walk;
	int ret = 0;

	if (why)
		memset(why, 0, sizeof(*why));
	if (!root.a)
		return 0;
	walk = ow_alloc(sizeof(*walk));
	if (!walk)
		return -ENOMEM;
	ow_cursor_init(&walk->cursor, kernel);
	walk->each = each;
	walk->priv = priv;
	ow_xattr_push(walk, ow_virt_at(0), root);
	while (walk->depth && !ret && ow_cursor_ok(&walk->cursor)) {
		struct ow_virt node = walk->stack[--walk->depth];
		struct ow_cursor *c = &walk->cursor;

		ret = ow_xattr_visit(walk, node);
		ow_xattr_push(walk, node,
			      ow_get_ptr(c, node, OW_F_rb_node_rb_left));
		ow_xattr_push(walk, node,
			      ow_get_ptr(c, node, OW_F_rb_node_rb_right));
	}
	if (why && !ow_cursor_ok(&walk->cursor))
		*why = walk->cursor.fault;
	ow_free(walk);
	return ret;
}

int ow_acl_read(struct ow_cursor *c, struct ow_virt at,
		struct ow_acl_entry *entries, unsigned int max)
{
	u64 i, count = ow_get(c, at, OW_F_posix_acl_a_count);
	u64 size = ow_const(c, OW_S_posix_acl_entry);
	struct ow_virt entry = ow_field_at(c, at, OW_F_posix_acl_a_entries);

	if (ow_cursor_ok(c) && count > max)
		ow_cursor_fail(c, OW_BAD_DATA, at,
			       "the size of an access control list");
	for (i = 0; i < count && ow_cursor_ok(c); i++) {
		entries[i].tag = ow_get_signed(c, entry,
					       OW_F_posix_acl_entry_e_tag);
		entries[i].perm = ow_get(c, entry,
					 OW_F_posix_acl_entry_e_perm);
		entries[i].id = ow_get(c, entry, OW_F_posix_acl_entry_e_uid);
		entry = ow_virt_add(entry, size);
	}
	return ow_cursor_ok(c) ? (int)count : -EIO;
}
