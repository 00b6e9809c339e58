// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Dead address spaces
 *
 * A VMA counts when it stands in the tree where it says it stands and belongs
 * to the mm that it was found in. The kernel may have died while it changed
 * the tree: what is inconsistent is left out, and said.
 *
 * One inconsistency has an answer. Who splits, merges or grows a VMA changes
 * its ends first and then its place in the tree, or the other way round, with
 * mmap_lock held for writing. The places fit together at any moment, so they
 * are what counts: the change is undone, or was done.
 */
#include "ow_mm.h"

#include "ow_maple.h"

#define OW_PAGE_SHIFT	12
#define OW_PAGE_SIZE	BIT_ULL(OW_PAGE_SHIFT)
/* Above this lies no user memory, with 5 levels of page tables either. */
#define OW_USER_LIMIT	BIT_ULL(56)
/* RWSEM_WRITER_LOCKED */
#define OW_RWSEM_WRITER	1

#define OW_MM(field)	ow_get(c, at, OW_F_mm_struct_##field)
#define OW_VMA(field)	ow_get(c, at, OW_F_vm_area_struct_##field)

/* As the dead kernel said when asked: without what its CPUs had not added yet. */
static u64 ow_rss(struct ow_cursor *c, struct ow_virt at)
{
	const u64 counts[] = { OW_MM(file_pages), OW_MM(anon_pages),
			       OW_MM(shmem_pages) };
	unsigned int i;
	u64 rss = 0;

	for (i = 0; i < ARRAY_SIZE(counts); i++)
		if ((s64)counts[i] > 0)
			rss += counts[i];
	return rss;
}

bool ow_mm_read(struct ow_cursor *c, struct ow_virt at, struct ow_mm *mm)
{
	const struct ow_layout *layout = &c->kernel->layout;

	memset(mm, 0, sizeof(*mm));
	mm->at = at;
	mm->mt_root = OW_MM(mt_root);
	mm->pgd = ow_virt_at(OW_MM(pgd));
	mm->mm_users = OW_MM(mm_users);
	mm->map_count = OW_MM(map_count);
	mm->mmap_base = OW_MM(mmap_base);
	mm->mmap_legacy_base = OW_MM(mmap_legacy_base);
	if (ow_layout_has(layout, OW_F_mm_struct_mmap_compat_base)) {
		mm->mmap_compat_base = OW_MM(mmap_compat_base);
		mm->mmap_compat_legacy_base = OW_MM(mmap_compat_legacy_base);
	}
	mm->task_size = OW_MM(task_size);
	mm->def_flags = OW_MM(def_flags);
	if (ow_layout_has(layout, OW_F_mm_struct_file_pages))
		mm->rss = ow_rss(c, at);
	mm->hiwater_rss = OW_MM(hiwater_rss);
	mm->hiwater_vm = OW_MM(hiwater_vm);
	mm->start_code = OW_MM(start_code);
	mm->end_code = OW_MM(end_code);
	mm->start_data = OW_MM(start_data);
	mm->end_data = OW_MM(end_data);
	mm->start_brk = OW_MM(start_brk);
	mm->brk = OW_MM(brk);
	mm->start_stack = OW_MM(start_stack);
	mm->arg_start = OW_MM(arg_start);
	mm->arg_end = OW_MM(arg_end);
	mm->env_start = OW_MM(env_start);
	mm->env_end = OW_MM(env_end);
	ow_get_bytes(c, at, OW_F_mm_struct_saved_auxv, mm->auxv,
		     sizeof(mm->auxv));
	mm->flags = OW_MM(flags);
	mm->exe_file = ow_virt_at(OW_MM(exe_file));
	if (ow_layout_has(layout, OW_F_mm_struct_membarrier_state))
		mm->membarrier_state = OW_MM(membarrier_state);
	mm->vdso = OW_MM(vdso);
	if (ow_layout_has(layout, OW_F_mm_struct_ldt))
		mm->ldt = ow_virt_at(OW_MM(ldt));
	if (ow_layout_has(layout, OW_F_mm_struct_pkey_allocation_map))
		mm->pkeys = OW_MM(pkey_allocation_map);
	mm->was_changing = OW_MM(mmap_lock_count) & OW_RWSEM_WRITER;

	if (ow_cursor_ok(c) && (!mm->pgd.a || mm->task_size > OW_USER_LIMIT))
		return ow_cursor_fail(c, OW_BAD_DATA, at, "an address space");
	return ow_cursor_ok(c);
}

static bool ow_vma_read(struct ow_cursor *c, struct ow_virt at,
			struct ow_vma *vma)
{
	const struct ow_layout *layout = &c->kernel->layout;
	struct ow_virt name;

	memset(vma, 0, sizeof(*vma));
	vma->at = at;
	vma->start = OW_VMA(vm_start);
	vma->end = OW_VMA(vm_end);
	vma->flags = OW_VMA(vm_flags);
	vma->pgoff = OW_VMA(vm_pgoff);
	vma->file = ow_virt_at(OW_VMA(vm_file));
	vma->anon_vma = ow_virt_at(OW_VMA(anon_vma));
	vma->ops = ow_virt_at(OW_VMA(vm_ops));
	/* Neither anonymous nor a file's. */
	vma->special = vma->ops.a && !vma->file.a;
	if (ow_layout_has(layout, OW_F_vm_area_struct_vm_policy))
		vma->policy = ow_virt_at(OW_VMA(vm_policy));
	if (ow_layout_has(layout, OW_F_vm_area_struct_anon_name)) {
		name = ow_virt_at(OW_VMA(anon_name));
		if (name.a)
			ow_get_string(c, ow_field_at(c, name,
						     OW_F_anon_vma_name_name),
				      vma->name, sizeof(vma->name));
	}
	return ow_cursor_ok(c);
}

static void ow_vma_move_to(struct ow_vma *vma, u64 start, u64 end)
{
	vma->pgoff += (start >> OW_PAGE_SHIFT) - (vma->start >> OW_PAGE_SHIFT);
	vma->start = start;
	vma->end = end;
}

struct ow_vmas {
	const struct ow_kernel *kernel;
	const struct ow_mm *mm;
	int (*each)(void *priv, const struct ow_vma *vma);
	void *priv;
	struct ow_fault_info *why;
};

static int ow_vmas_each(void *priv, u64 entry, u64 first, u64 last)
{
	struct ow_virt at = ow_virt_at(entry);
	struct ow_vmas *walk = priv;
	struct ow_cursor c;
	struct ow_vma vma;

	ow_cursor_init(&c, walk->kernel);
	if (ow_vma_read(&c, at, &vma) && walk->mm->was_changing &&
	    vma.start <= last && vma.end > first)
		ow_vma_move_to(&vma, first, last + 1);
	if (ow_cursor_ok(&c) &&
	    (vma.start != first || vma.end != last + 1 ||
	     vma.start >= vma.end || vma.end > OW_USER_LIMIT ||
	     (vma.start | vma.end) & (OW_PAGE_SIZE - 1) ||
	     ow_get(&c, at, OW_F_vm_area_struct_vm_mm) != walk->mm->at.a))
		ow_cursor_fail(&c, OW_BAD_DATA, at, "a VMA");
	if (!ow_cursor_ok(&c)) {
		if (walk->why && walk->why->status == OW_OK)
			*walk->why = c.fault;
		return 0;
	}
	return walk->each(walk->priv, &vma);
}

int ow_vmas_walk(const struct ow_kernel *kernel, const struct ow_mm *mm,
		 int (*each)(void *priv, const struct ow_vma *vma), void *priv,
		 struct ow_fault_info *why)
{
	struct ow_fault_info tree = { .status = OW_OK };
	struct ow_vmas walk = {
		.kernel = kernel,
		.mm = mm,
		.each = each,
		.priv = priv,
		.why = why,
	};
	int ret;

	if (why)
		memset(why, 0, sizeof(*why));
	ret = ow_maple_walk(kernel, mm->mt_root, ow_vmas_each, &walk, &tree);
	if (why && why->status == OW_OK)
		*why = tree;
	return ret;
}

struct ow_virt ow_anon_root(struct ow_cursor *c, struct ow_virt anon_vma)
{
	struct ow_virt root = ow_get_ptr(c, anon_vma, OW_F_anon_vma_root);

	/* A root is its own; what is not is no anon_vma. */
	if (ow_get(c, root, OW_F_anon_vma_root) != root.a)
		ow_cursor_fail(c, OW_BAD_DATA, anon_vma,
			       "the root of an anon_vma");
	return root;
}

bool ow_page_belongs(struct ow_cursor *c, const struct ow_page *page,
		     struct ow_virt root, u64 index, struct ow_virt *known)
{
	struct ow_virt anon_vma = ow_virt_at(page->mapping & ~OW_MAPPING_FLAGS);

	if (page->index != index || !root.a)
		return false;
	if (known->a && anon_vma.a == known->a)
		return true;
	if (ow_anon_root(c, anon_vma).a != root.a || !ow_cursor_ok(c))
		return false;
	*known = anon_vma;
	return true;
}

bool ow_page_pfn(struct ow_cursor *c, u64 page, u64 *pfn)
{
	u64 map = ow_const(c, OW_C_OW_VMEMMAP), size = ow_const(c, OW_S_page);

	if (!ow_cursor_ok(c) || !size || page < map || (page - map) % size)
		return false;
	*pfn = (page - map) / size;
	return true;
}

/* No struct page is larger, whatever its configuration. */
#define OW_PAGE_STRUCT_MAX	128

/* A field of a struct page of @size bytes. */
static inline u64 ow_page_field(struct ow_cursor *c, const u8 *raw,
				size_t size, enum ow_fact field)
{
	const struct ow_layout_entry *entry = &c->kernel->layout.entries[field];
	u64 value = 0;

	if (!ow_layout_has(&c->kernel->layout, field) ||
	    entry->size > sizeof(value) || entry->size > size ||
	    entry->value > size - entry->size) {
		ow_cursor_fail(c, OW_MISSING, ow_virt_at(0),
			       "a field of struct page");
		return 0;
	}
	/* For each page of each process: a copy of a known size is one load. */
	if (entry->size == sizeof(value))
		memcpy(&value, raw + entry->value, sizeof(value));
	else
		memcpy(&value, raw + entry->value, entry->size);
	return value;
}

/* A struct page, apart from what its fields mean. */
struct ow_struct_page {
	u64 flags, compound_head, mapping, index;
	s32 refcount;
};

static bool ow_struct_page_parse(struct ow_cursor *c, const u8 *raw,
				 size_t size, struct ow_struct_page *out)
{
	out->flags = ow_page_field(c, raw, size, OW_F_page_flags);
	out->compound_head = ow_page_field(c, raw, size,
					   OW_F_page_compound_head);
	out->mapping = ow_page_field(c, raw, size, OW_F_page_mapping);
	out->index = ow_page_field(c, raw, size, OW_F_page_index);
	out->refcount = ow_page_field(c, raw, size, OW_F_page__refcount);
	return ow_cursor_ok(c);
}

static bool ow_struct_page_copy(struct ow_cursor *c, struct ow_virt at,
				size_t size, struct ow_struct_page *out)
{
	u8 raw[OW_PAGE_STRUCT_MAX];

	return ow_get_near(c, at, raw, size) &&
	       ow_struct_page_parse(c, raw, size, out);
}

static bool ow_struct_page_read(struct ow_cursor *c, struct ow_virt at,
				size_t size, struct ow_struct_page *out)
{
	const u8 *raw = ow_see_near(c, at, size);

	return raw ? ow_struct_page_parse(c, raw, size, out) :
		     ow_struct_page_copy(c, at, size, out);
}

static bool ow_page_try(struct ow_cursor *c, u64 pfn, struct ow_page *page)
{
	u64 size = ow_const(c, OW_S_page);
	struct ow_virt map = ow_virt_at(ow_const(c, OW_C_OW_VMEMMAP));
	struct ow_virt at = ow_virt_add(map, pfn * size);
	struct ow_struct_page own;
	struct ow_virt head;

	if (!ow_cursor_ok(c))
		return false;
	if (!size || size > OW_PAGE_STRUCT_MAX)
		return ow_cursor_fail(c, OW_REFUSED, at,
				      "the size of struct page");
	if (!ow_struct_page_read(c, at, size, &own))
		return false;
	page->flags = own.flags;
	page->head_pfn = pfn;
	page->compound = own.compound_head & 1;
	/* A tail page points at its head, with bit 0 set. */
	if (page->compound) {
		head = ow_virt_at(own.compound_head - 1);
		if (head.a < map.a || head.a > at.a ||
		    (head.a - map.a) % size)
			return ow_cursor_fail(c, OW_BAD_DATA, at,
					      "the head of a compound page");
		if (!ow_struct_page_read(c, head, size, &own))
			return false;
		page->head_pfn = (head.a - map.a) / size;
	}
	page->head_flags = own.flags;
	page->compound |= ow_page_flag(c, own.flags, OW_C_PG_head);
	page->mapping = own.mapping;
	page->index = own.index + pfn - page->head_pfn;
	page->refcount = own.refcount;
	return ow_cursor_ok(c);
}

bool ow_page_read(struct ow_cursor *c, u64 pfn, struct ow_page *page)
{
	if (ow_page_try(c, pfn, page))
		return true;
	memset(page, 0, sizeof(*page));
	return false;
}
