// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Walking dead maple trees
 *
 * A pointer to a node carries the node's type in its low bits, which nodes
 * leave free by their alignment. A node covers a range of indices that its
 * parent gave it and divides it by ascending pivots; behind the last of them
 * stands zero, or the array ends.
 *
 * Children must lie within the parent's range and every level makes ranges no
 * larger, so the depth alone bounds the walk: no tree of 2^64 indices is
 * deeper than OW_MAPLE_DEPTH, and OW_MAPLE_NODES ends one that is wide on
 * purpose.
 */
#include "ow_maple.h"

#define OW_MAPLE_DEPTH	16
/* 65530 mappings are the usual limit; this is far beyond any. */
#define OW_MAPLE_NODES	(1024 * 1024)

/* As lib/maple_tree.c has them: the encoding, which no header shows. */
#define OW_MAPLE_NODE_MASK	255ULL
#define OW_MAPLE_TYPE_SHIFT	3
#define OW_MAPLE_TYPE_MASK	0xf
#define OW_MAPLE_IS_NODE_MASK	3
#define OW_MAPLE_IS_NODE	2
#define OW_MAPLE_FIRST_NODE	4096

/* More slots than any type of node has. */
#define OW_MAPLE_SLOTS		32

struct ow_maple_level {
	u64 pivots[OW_MAPLE_SLOTS];
	u64 slots[OW_MAPLE_SLOTS];
	u64 first, last;	/* the range of indices it covers */
	unsigned int npivots, nslots, next;
	bool leaf;
};

static bool ow_maple_is_node(u64 entry)
{
	return (entry & OW_MAPLE_IS_NODE_MASK) == OW_MAPLE_IS_NODE &&
	       entry > OW_MAPLE_FIRST_NODE;
}

static bool ow_maple_load(struct ow_cursor *c, u64 entry,
			  struct ow_maple_level *level, u64 first, u64 last)
{
	u64 type = entry >> OW_MAPLE_TYPE_SHIFT & OW_MAPLE_TYPE_MASK;
	struct ow_virt at = ow_virt_at(entry & ~OW_MAPLE_NODE_MASK);
	enum ow_fact pivot = OW_F_maple_node_r64_pivot;
	enum ow_fact slot = OW_F_maple_node_r64_slot;
	const struct ow_layout *layout = &c->kernel->layout;

	if (type == ow_const(c, OW_C_maple_arange_64)) {
		pivot = OW_F_maple_node_a64_pivot;
		slot = OW_F_maple_node_a64_slot;
	} else if (type != ow_const(c, OW_C_maple_range_64) &&
		   type != ow_const(c, OW_C_maple_leaf_64)) {
		return ow_cursor_fail(c, OW_BAD_DATA, at,
				      "the type of a maple node");
	}
	level->leaf = type == ow_const(c, OW_C_maple_leaf_64);
	ow_get_bytes(c, at, pivot, level->pivots, sizeof(level->pivots));
	ow_get_bytes(c, at, slot, level->slots, sizeof(level->slots));
	if (!ow_cursor_ok(c))
		return false;
	level->npivots = layout->entries[pivot].size / sizeof(u64);
	level->nslots = layout->entries[slot].size / sizeof(u64);
	if (level->nslots > OW_MAPLE_SLOTS || level->npivots >= level->nslots)
		return ow_cursor_fail(c, OW_BAD_DATA, at,
				      "the size of a maple node");
	level->first = first;
	level->last = last;
	level->next = 0;
	return true;
}

/* The next slot of a node and its range; false when it has no more. */
static bool ow_maple_next(struct ow_cursor *c, struct ow_maple_level *level,
			  u64 *entry, u64 *first, u64 *last)
{
	unsigned int i = level->next;

	if (i >= level->nslots)
		return false;
	*first = i ? level->pivots[i - 1] + 1 : level->first;
	*last = level->last;
	if (i < level->npivots && (level->pivots[i] || !i))
		*last = level->pivots[i];
	if (*last < *first || *last > level->last) {
		ow_cursor_fail(c, OW_BAD_DATA, ow_virt_at(level->slots[i]),
			       "a pivot of a maple node");
		return false;
	}
	*entry = level->slots[i];
	/* What stands behind the end of its range is the node's business. */
	level->next = *last == level->last ? level->nslots : i + 1;
	return true;
}

struct ow_maple_walk {
	struct ow_maple_level levels[OW_MAPLE_DEPTH];
};

/* The first damage counts; the walk goes on behind it. */
static void ow_maple_note(struct ow_cursor *c, struct ow_fault_info *why)
{
	if (why && why->status == OW_OK)
		*why = c->fault;
	ow_cursor_init(c, c->kernel);
}

static int ow_maple_walk_with(struct ow_maple_walk *walk,
			      const struct ow_kernel *kernel, u64 root,
			      int (*each)(void *priv, u64 entry, u64 first,
					  u64 last),
			      void *priv, struct ow_fault_info *why)
{
	unsigned int depth = 0, nodes = 1;
	struct ow_cursor c;
	int ret;

	ow_cursor_init(&c, kernel);
	if (!ow_maple_load(&c, root, &walk->levels[0], 0, ~0ULL)) {
		if (why)
			*why = c.fault;
		return 0;
	}

	for (;;) {
		struct ow_maple_level *level = &walk->levels[depth];
		u64 entry, first, last;

		if (!ow_maple_next(&c, level, &entry, &first, &last)) {
			if (!ow_cursor_ok(&c))
				ow_maple_note(&c, why);
			if (!depth)
				break;
			depth--;
		} else if (!entry) {
			continue;
		} else if (level->leaf) {
			ret = each(priv, entry, first, last);
			if (ret)
				return ret;
		} else if (depth + 1 == OW_MAPLE_DEPTH ||
			   ++nodes > OW_MAPLE_NODES) {
			ow_cursor_fail(&c, OW_BAD_DATA, ow_virt_at(entry),
				       "the depth of a maple tree");
		} else if (ow_maple_load(&c, entry, level + 1, first, last)) {
			depth++;
		}
		if (!ow_cursor_ok(&c))
			ow_maple_note(&c, why);
		if (nodes > OW_MAPLE_NODES)
			break;
	}
	return 0;
}

int ow_maple_walk(const struct ow_kernel *kernel, u64 root,
		  int (*each)(void *priv, u64 entry, u64 first, u64 last),
		  void *priv, struct ow_fault_info *why)
{
	struct ow_maple_walk *walk;
	struct ow_fault_info first = { .status = OW_OK };
	int ret;

	if (!root)
		return 0;
	/* A tree of one entry at index 0 has no node: no VMA lies there. */
	if (!ow_maple_is_node(root)) {
		ow_fault(why, OW_BAD_DATA, OW_SPACE_VIRT, root,
			 "the root of a maple tree");
		return 0;
	}
	walk = ow_alloc(sizeof(*walk));
	if (!walk) {
		ow_fault(why, OW_STOPPED, OW_SPACE_NONE, 0,
			 "memory for a walk");
		return 0;
	}
	ret = ow_maple_walk_with(walk, kernel, root, each, priv, &first);
	ow_free(walk);
	if (first.status != OW_OK && why)
		*why = first;
	return ret;
}
