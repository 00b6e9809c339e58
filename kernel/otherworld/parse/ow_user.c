// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Walking a dead process's page tables
 *
 * Tables are copied whole and kept while a walk stays below them: reading
 * each entry for itself would look at the memory map once per page of the
 * process. An address space with nothing in it costs one table.
 *
 * A table that cannot be read costs the range below it, and is said. So does
 * one that the dead kernel did not know for a page table: one stray entry in an
 * upper table would else lead to pages of anything, and from there to more.
 */
#include "ow_user.h"

#define OW_PAGE_SHIFT	12
#define OW_TABLE_BITS	9
#define OW_TABLE_SIZE	512
#define OW_PTE_ADDRESS	((OW_PHYS_LIMIT - 1) & ~((1ULL << OW_PAGE_SHIFT) - 1))

/* As arch/x86/include/asm/pgtable_64.h has it: type, then inverted offset. */
#define OW_SWAP_TYPE_BITS	5
#define OW_SWAP_OFFSET_SHIFT	(9 + OW_SWAP_TYPE_BITS)

u64 ow_swap_type(const struct ow_pte *pte)
{
	return pte->entry >> (64 - OW_SWAP_TYPE_BITS);
}

u64 ow_swap_offset(const struct ow_pte *pte)
{
	return ~pte->entry << OW_SWAP_TYPE_BITS >> OW_SWAP_OFFSET_SHIFT;
}

bool ow_pte_is_exclusive(struct ow_cursor *c, const struct ow_pte *pte,
			 const struct ow_page *page)
{
	/* The struct page lost the mark to the entry. */
	return pte->moving ? pte->exclusive :
	       ow_page_flag(c, page->flags, OW_C_PG_anon_exclusive);
}

/* Tables at these levels are marked in their struct pages. */
#define OW_MARKED_LEVELS	2
/* What maps 128 TiB in small pages. */
#define OW_TABLES_MAX		BIT_ULL(26)
/* How page_type has one of enum pagetype. */
#define OW_PAGE_TYPE_SHIFT	24

/* tables[level - 1]; at[] says what is in there, 0 for nothing. */
struct ow_user_tables {
	const struct ow_kernel *kernel;
	struct ow_cursor marks;
	struct ow_phys root;
	unsigned int levels;
	u64 at[5];
	u64 tables[5][OW_TABLE_SIZE];
};

struct ow_user_walk {
	struct ow_user_tables *tables;
	u64 start, end;
	int (*each)(void *priv, const struct ow_pte *pte);
	void *priv;
	struct ow_fault_info *why;
	u64 left;	/* how many more tables there can be */
};

struct ow_user_tables *ow_user_tables_new(const struct ow_kernel *kernel,
					  struct ow_virt pgd)
{
	struct ow_user_tables *tables = ow_alloc(sizeof(*tables));
	struct ow_mapping map;

	if (!tables)
		return NULL;
	tables->kernel = kernel;
	tables->levels = kernel->pt.levels;
	ow_cursor_init(&tables->marks, kernel);
	/* An mm without a readable top table is one without pages. */
	if (ow_virt_to_phys(&kernel->pt, pgd, &map, NULL) == OW_OK)
		tables->root = map.phys;
	return tables;
}

void ow_user_tables_free(struct ow_user_tables *tables)
{
	ow_free(tables);
}

static void ow_user_note(const struct ow_user_walk *walk,
			 const struct ow_fault_info *fault)
{
	if (walk->why && walk->why->status == OW_OK)
		*walk->why = *fault;
}

/* Whether the dead kernel said that there is a page table at @at. */
static bool ow_is_marked(struct ow_user_tables *tables, u64 at)
{
	const struct ow_layout *layout = &tables->kernel->layout;
	struct ow_cursor *c = &tables->marks;
	struct ow_virt page;
	u32 type;

	if (!ow_layout_has(layout, OW_C_PGTY_table) ||
	    !ow_layout_has(layout, OW_F_page_page_type))
		return true;
	page = ow_virt_at(ow_const(c, OW_C_OW_VMEMMAP));
	page = ow_virt_add(page, (at >> OW_PAGE_SHIFT) *
			   ow_const(c, OW_S_page));
	if (ow_get_near(c, ow_field_at(c, page, OW_F_page_page_type), &type,
			sizeof(type)))
		return type >> OW_PAGE_TYPE_SHIFT ==
		       ow_const(c, OW_C_PGTY_table);
	ow_cursor_init(c, tables->kernel);
	return false;
}

/* Whether the table at @at is one of those that led here. */
static bool ow_is_above(const struct ow_user_tables *tables, u64 at,
			unsigned int level)
{
	unsigned int above;

	for (above = level + 1; above <= tables->levels; above++)
		if (tables->at[above - 1] == at)
			return true;
	return false;
}

static const u64 *ow_table(struct ow_user_walk *walk, u64 at,
			   unsigned int level)
{
	struct ow_user_tables *tables = walk->tables;
	u64 *table = tables->tables[level - 1];
	struct ow_fault_info why;

	if (tables->at[level - 1] == at)
		return table;
	tables->at[level - 1] = 0;
	if (!walk->left || ow_is_above(tables, at, level) ||
	    (level <= OW_MARKED_LEVELS && !ow_is_marked(tables, at))) {
		ow_fault(&why, OW_BAD_DATA, OW_SPACE_PHYS, at,
			 "a page table of a process");
		ow_user_note(walk, &why);
		return NULL;
	}
	if (ow_memory_read(tables->kernel->mem, ow_phys_at(at), table,
			   sizeof(tables->tables[0]), &why) != OW_OK) {
		ow_user_note(walk, &why);
		return NULL;
	}
	walk->left--;
	tables->at[level - 1] = at;
	return table;
}

/*
 * Where a page is being moved, the entry leads to the old frame, which is kept as
 * long as there is one such entry. Nor is there anything newer in the other: it
 * is mapped after it was copied to, and as long as others are left, read-only.
 */
static void ow_pte_decode_moving(const struct ow_kernel *kernel,
				 struct ow_pte *pte)
{
	u64 type = ow_swap_type(pte), offset = ow_swap_offset(pte);
	u64 entry = OW_PTE_PRESENT, pfn;
	bool readable, writable, exclusive;
	struct ow_cursor c;

	ow_cursor_init(&c, kernel);
	readable = type == ow_const(&c, OW_C_SWP_MIGRATION_READ);
	exclusive = type == ow_const(&c, OW_C_SWP_MIGRATION_READ_EXCLUSIVE);
	writable = type == ow_const(&c, OW_C_SWP_MIGRATION_WRITE);
	pfn = offset & ow_const(&c, OW_C_SWP_PFN_MASK);
	if (writable)
		entry |= OW_PTE_RW;
	if (offset & ow_const(&c, OW_C_SWP_MIG_YOUNG))
		entry |= OW_PTE_ACCESSED;
	if (offset & ow_const(&c, OW_C_SWP_MIG_DIRTY))
		entry |= OW_PTE_DIRTY;
	if (pte->entry & OW_PTE_SWP_SOFT_DIRTY)
		entry |= OW_PTE_SOFT_DIRTY;
	/* Another build may not tell of them. */
	if (!ow_cursor_ok(&c) || !(readable || exclusive || writable))
		return;
	pte->kind = OW_PTE_PAGE;
	pte->moving = true;
	pte->exclusive = exclusive || writable;
	pte->pfn = pfn & ~((pte->size >> OW_PAGE_SHIFT) - 1);
	pte->entry = entry;
}

/* Fill in what @pte->entry says. False if it is no leaf but a table. */
static bool ow_pte_decode(const struct ow_kernel *kernel, struct ow_pte *pte,
			  unsigned int level)
{
	u64 entry = pte->entry, inverted = entry;

	pte->kind = OW_PTE_PAGE;
	if (!(entry & OW_PTE_PRESENT)) {
		/* Against L1TF, what is not present is stored inverted. */
		inverted = ~entry;
		if (!(entry & OW_PTE_PROTNONE)) {
			pte->kind = OW_PTE_SWAP;
			/* Huge is here what was just made invalid. */
			if (level <= 2 && !(entry & OW_PTE_HUGE))
				ow_pte_decode_moving(kernel, pte);
			return true;
		}
	}
	if (level > 1 && !(entry & OW_PTE_HUGE))
		return false;
	pte->pfn = (inverted & OW_PTE_ADDRESS) >> OW_PAGE_SHIFT;
	if (level > 1)
		pte->pfn &= ~((pte->size >> OW_PAGE_SHIFT) - 1);
	return true;
}

static int ow_user_level(struct ow_user_walk *walk, u64 table_at,
			 unsigned int level, u64 base)
{
	unsigned int shift = OW_PAGE_SHIFT + (level - 1) * OW_TABLE_BITS;
	u64 size = 1ULL << shift;
	const u64 *table = ow_table(walk, table_at, level);
	u64 i, last;
	int ret;

	if (!table)
		return 0;
	i = walk->start > base ? (walk->start - base) >> shift : 0;
	last = (walk->end - 1 - base) >> shift;
	if (last >= OW_TABLE_SIZE)
		last = OW_TABLE_SIZE - 1;
	for (; i <= last; i++) {
		struct ow_pte pte = {
			.address = base + i * size,
			.size = size,
			.entry = table[i],
		};

		if (!pte.entry)
			continue;
		if (ow_pte_decode(walk->tables->kernel, &pte, level)) {
			/* A top level has no pages: that is damage. */
			ret = level > 3 ? 0 : walk->each(walk->priv, &pte);
		} else if (level > 1) {
			ret = ow_user_level(walk, pte.entry & OW_PTE_ADDRESS,
					    level - 1, pte.address);
		} else {
			ret = 0;
		}
		if (ret)
			return ret;
	}
	return 0;
}

/* Each is a page of RAM, so there cannot be more. */
static u64 ow_user_tables_max(const struct ow_kernel *kernel)
{
	u64 pages = kernel->pt.direct_size >> OW_PAGE_SHIFT;

	return pages && pages < OW_TABLES_MAX ? pages : OW_TABLES_MAX;
}

int ow_user_walk(struct ow_user_tables *tables, u64 start, u64 end,
		 int (*each)(void *priv, const struct ow_pte *pte), void *priv,
		 struct ow_fault_info *why)
{
	struct ow_user_walk walk = {
		.tables = tables,
		.start = start,
		.end = end,
		.each = each,
		.priv = priv,
		.why = why,
		.left = ow_user_tables_max(tables->kernel),
	};

	if (why)
		memset(why, 0, sizeof(*why));
	if (start >= end)
		return 0;
	if (!tables->root.a) {
		ow_fault(why, OW_BAD_DATA, OW_SPACE_NONE, 0,
			 "the top page table of a process");
		return 0;
	}
	return ow_user_level(&walk, tables->root.a, tables->levels, 0);
}
