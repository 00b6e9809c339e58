// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Dead sysctls
 *
 * A directory is a tree of names, ordered as memcmp() orders them. There is one
 * set of directories for what the machine has once, and one for each namespace
 * of some types: a name is looked for in all that belong to the first of them.
 *
 * The variables themselves are private to files all over the kernel; the trees
 * lead to them by a name that is a promise to userspace.
 */
#include "ow_sysctl.h"

/* A red-black tree is at most twice as deep as a perfect one. */
#define OW_SYSCTL_DEPTH		64
/* Longer ones exist, but not on the way to anything that is asked for. */
#define OW_SYSCTL_NAME		64

/* S_IFMT and what it may hold, in both kernels' user interface. */
#define OW_IFMT		0170000
#define OW_IFDIR	0040000
#define OW_IFREG	0100000

/* What a node of a tree stands for. */
struct ow_sysctl_entry {
	struct ow_virt table, header;
	char name[OW_SYSCTL_NAME];
};

static bool ow_sysctl_entry_read(struct ow_cursor *c, struct ow_virt node,
				 struct ow_sysctl_entry *entry)
{
	struct ow_virt at = ow_object_of(c, node, OW_F_ctl_node_node);
	u64 size = ow_const(c, OW_S_ctl_node);
	struct ow_virt nodes, tables;
	u64 count, offset;

	entry->header = ow_get_ptr(c, at, OW_F_ctl_node_header);
	nodes = ow_get_ptr(c, entry->header, OW_F_ctl_table_header_node);
	tables = ow_get_ptr(c, entry->header, OW_F_ctl_table_header_ctl_table);
	count = ow_get(c, entry->header, OW_F_ctl_table_header_ctl_table_size);
	if (!ow_cursor_ok(c))
		return false;
	/* Both arrays are in the same order. */
	offset = at.a - nodes.a;
	if (!size || offset % size || offset / size >= count)
		return ow_cursor_fail(c, OW_BAD_DATA, at, "a sysctl's place");
	entry->table = ow_virt_add(tables, offset / size *
				   ow_const(c, OW_S_ctl_table));
	return ow_get_string(c, ow_get_ptr(c, entry->table,
					   OW_F_ctl_table_procname),
			     entry->name, sizeof(entry->name));
}

/* One name in one directory. False, and all is well, if it is not there. */
static bool ow_sysctl_look(struct ow_cursor *c, struct ow_virt dir,
			   const char *name, struct ow_sysctl_entry *entry)
{
	struct ow_virt node = ow_get_ptr(c, dir, OW_F_ctl_dir_root);
	unsigned int depth;
	int order;

	for (depth = 0; node.a && depth < OW_SYSCTL_DEPTH; depth++) {
		if (!ow_sysctl_entry_read(c, node, entry))
			return false;
		order = strcmp(name, entry->name);
		if (!order)
			return true;
		node = ow_get_ptr(c, node, order < 0 ? OW_F_rb_node_rb_left :
						       OW_F_rb_node_rb_right);
	}
	if (node.a)
		ow_cursor_fail(c, OW_BAD_DATA, dir, "a directory of sysctls");
	return false;
}

static bool ow_sysctl_find_below(struct ow_cursor *c, struct ow_virt dir,
				 const char *name, struct ow_sysctl *sysctl)
{
	struct ow_sysctl_entry entry;
	char part[OW_SYSCTL_NAME];
	const char *dot;
	size_t length;
	u64 type;

	for (;;) {
		dot = strchr(name, '.');
		length = dot ? (size_t)(dot - name) : strlen(name);
		if (length >= sizeof(part))
			return false;
		memcpy(part, name, length);
		part[length] = '\0';
		if (!ow_sysctl_look(c, dir, part, &entry))
			return false;
		type = ow_get(c, entry.table, OW_F_ctl_table_mode) & OW_IFMT;
		if (!dot)
			break;
		/* Or a link to what every namespace has for itself. */
		if (type != OW_IFDIR)
			return false;
		dir = ow_object_of(c, entry.header, OW_F_ctl_dir_header);
		name = dot + 1;
	}
	/* Of a file, most tables give the permissions only. */
	if (type && type != OW_IFREG)
		return false;
	sysctl->data = ow_get_ptr(c, entry.table, OW_F_ctl_table_data);
	sysctl->size = ow_get(c, entry.table, OW_F_ctl_table_maxlen);
	/* Without data, a function makes up what is shown. */
	return ow_cursor_ok(c) && sysctl->data.a && sysctl->size &&
	       sysctl->size <= OW_SYSCTL_SIZE;
}

/* The directories of an object, if the dead kernel had any there. */
static struct ow_virt ow_sysctl_dir_in(struct ow_cursor *c,
				       enum ow_fact object, enum ow_fact dir)
{
	const struct ow_layout *layout = &c->kernel->layout;

	if (!ow_layout_has(layout, object) || !ow_layout_has(layout, dir))
		return ow_virt_at(0);
	return ow_field_at(c, ow_virt_at(ow_const(c, object)), dir);
}

bool ow_sysctl_find(struct ow_cursor *c, const char *name,
		    struct ow_sysctl *sysctl)
{
	const struct ow_layout *layout = &c->kernel->layout;
	struct ow_virt dirs[3] = {
		ow_virt_at(ow_layout_has(layout, OW_C_OW_SYSCTL_DIR) ?
			   ow_const(c, OW_C_OW_SYSCTL_DIR) : 0),
		ow_sysctl_dir_in(c, OW_A_init_net, OW_F_net_sysctl_dir),
		ow_sysctl_dir_in(c, OW_A_init_ipc_ns,
				 OW_F_ipc_namespace_sysctl_dir),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dirs) && ow_cursor_ok(c); i++)
		if (dirs[i].a &&
		    ow_sysctl_find_below(c, dirs[i], name, sysctl))
			return true;
	return false;
}
