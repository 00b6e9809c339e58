// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Walking dead xarrays
 *
 * A node has 64 slots and says by its shift how many indices each of them
 * covers. Going down, the shift has to become less by 6 every time, so that
 * the depth is bounded whatever pointers say, and a node has to know its
 * parent, its place there and its array, so that none is visited twice.
 *
 * Nodes are copied whole. A node that cannot be right costs what lies below
 * it, and is said.
 */
#include "ow_xarray.h"

#define OW_XA_SHIFT	6
#define OW_XA_SLOTS	64
#define OW_XA_LEVELS	11
#define OW_XA_MARKS	3

/* As include/linux/xarray.h has them: how pointers to nodes are told. */
#define OW_XA_INTERNAL_MASK	3
#define OW_XA_INTERNAL		2
#define OW_XA_FIRST_NODE	4096

struct ow_xa_node {
	u64 at;
	u64 base;		/* the first index it covers */
	unsigned int shift, next;
	u64 slots[OW_XA_SLOTS];
	u64 marks[OW_XA_MARKS];
};

struct ow_xa_walker {
	struct ow_cursor cursor;
	u64 span;
	struct ow_xa_node path[OW_XA_LEVELS];
};

static bool ow_xa_is_internal(u64 entry)
{
	return (entry & OW_XA_INTERNAL_MASK) == OW_XA_INTERNAL;
}

static bool ow_xa_is_node(u64 entry)
{
	return ow_xa_is_internal(entry) && entry > OW_XA_FIRST_NODE;
}

struct ow_xa_walker *ow_xa_walker_new(const struct ow_kernel *kernel)
{
	struct ow_xa_walker *walker = ow_alloc(sizeof(*walker));

	if (walker)
		ow_cursor_init(&walker->cursor, kernel);
	return walker;
}

void ow_xa_walker_free(struct ow_xa_walker *walker)
{
	ow_free(walker);
}

u64 ow_xa_span(const struct ow_xa_walker *walker)
{
	return walker->span;
}

/* The slots behind that of a large entry name it. */
static u64 ow_xa_span_of(const struct ow_xa_node *node, unsigned int slot)
{
	u64 sibling = (u64)slot << 2 | OW_XA_INTERNAL;
	unsigned int next = slot + 1;

	while (next < OW_XA_SLOTS && node->slots[next] == sibling)
		next++;
	return (u64)(next - slot) << node->shift;
}

unsigned int ow_xa_marks(struct ow_cursor *c, struct ow_virt at)
{
	u64 first = ow_const(c, OW_C_OW_XA_FLAGS_MARK_0);
	u64 flags = ow_get(c, at, OW_F_xarray_xa_flags);

	/* One power of two for each. */
	return first ? flags / first & (BIT(OW_XA_MARKS) - 1) : 0;
}

static bool ow_xa_load(struct ow_cursor *c, u64 entry, struct ow_virt array,
		       const struct ow_xa_node *parent,
		       struct ow_xa_node *node)
{
	struct ow_virt at = ow_virt_at(entry & ~(u64)OW_XA_INTERNAL_MASK);
	bool fits;

	node->at = at.a;
	node->next = 0;
	node->shift = ow_get(c, at, OW_F_xa_node_shift);
	if (parent) {
		unsigned int slot = parent->next - 1;

		fits = node->shift + OW_XA_SHIFT == parent->shift &&
		       ow_get(c, at, OW_F_xa_node_offset) == slot &&
		       ow_get(c, at, OW_F_xa_node_parent) == parent->at;
		node->base = parent->base + ((u64)slot << parent->shift);
	} else {
		fits = node->shift % OW_XA_SHIFT == 0 &&
		       node->shift < OW_XA_LEVELS * OW_XA_SHIFT &&
		       !ow_get(c, at, OW_F_xa_node_parent);
		node->base = 0;
	}
	if (!fits || ow_get(c, at, OW_F_xa_node_array) != array.a)
		return ow_cursor_fail(c, OW_BAD_DATA, at,
				      "a node of an xarray");
	if (ow_size_of(c, OW_F_xa_node_slots) != sizeof(node->slots) ||
	    ow_size_of(c, OW_F_xa_node_marks) != sizeof(node->marks))
		return ow_cursor_fail(c, OW_REFUSED, at,
				      "the size of an xarray's nodes");
	return ow_get_bytes(c, at, OW_F_xa_node_slots, node->slots,
			    sizeof(node->slots)) &&
	       ow_get_bytes(c, at, OW_F_xa_node_marks, node->marks,
			    sizeof(node->marks));
}

static bool ow_xa_has_mark(const struct ow_xa_node *node, unsigned int slot,
			   unsigned int marks)
{
	unsigned int i;

	for (i = 0; i < OW_XA_MARKS; i++)
		if (marks & BIT(i) && node->marks[i] & BIT_ULL(slot))
			return true;
	return !marks;
}

/* The first damage is kept, and does not stand in the way of more. */
static void ow_xa_note(struct ow_cursor *c, struct ow_fault_info *why)
{
	if (why && why->status == OW_OK)
		*why = c->fault;
	ow_cursor_init(c, c->kernel);
}

static int ow_xa_walk_nodes(struct ow_xa_walker *walker, struct ow_virt array,
			    unsigned int marks,
			    int (*each)(void *priv, u64 index, u64 entry),
			    void *priv, struct ow_fault_info *why)
{
	struct ow_cursor *c = &walker->cursor;
	struct ow_xa_node *node = walker->path;
	int ret;

	for (;;) {
		unsigned int slot = node->next++;
		u64 entry, index;

		if (slot >= OW_XA_SLOTS) {
			if (node == walker->path)
				return 0;
			node--;
			continue;
		}
		entry = node->slots[slot];
		if (!entry || !ow_xa_has_mark(node, slot, marks))
			continue;
		index = node->base + ((u64)slot << node->shift);
		if (!ow_xa_is_internal(entry)) {
			walker->span = ow_xa_span_of(node, slot);
			ret = each(priv, index, entry);
			if (ret)
				return ret;
			continue;
		}
		/* Others: siblings of an entry, and what is about to go. */
		if (!ow_xa_is_node(entry) || !node->shift)
			continue;
		if (ow_xa_load(c, entry, array, node, node + 1))
			node++;
		else
			ow_xa_note(c, why);
	}
}

int ow_xa_walk(struct ow_xa_walker *walker, struct ow_virt at,
	       unsigned int marks,
	       int (*each)(void *priv, u64 index, u64 entry), void *priv,
	       struct ow_fault_info *why)
{
	struct ow_cursor *c = &walker->cursor;
	int ret = 0;
	u64 head;

	if (why)
		memset(why, 0, sizeof(*why));
	ow_cursor_init(c, c->kernel);
	head = ow_get(c, at, OW_F_xarray_xa_head);
	if (ow_cursor_ok(c) && ow_xa_is_node(head)) {
		if (ow_xa_load(c, head, at, NULL, walker->path))
			ret = ow_xa_walk_nodes(walker, at, marks, each, priv,
					       why);
	} else if (head && !ow_xa_is_internal(head) &&
		   (!marks || ow_xa_marks(c, at) & marks)) {
		walker->span = 1;
		ret = each(priv, 0, head);
	}
	if (!ow_cursor_ok(c))
		ow_xa_note(c, why);
	return ret;
}
