// SPDX-License-Identifier: GPL-2.0
/*
 * Reading fields of dead objects through the layout table.
 */
#include "ow_kernel.h"

enum ow_status ow_kernel_init(struct ow_kernel *kernel,
			      const struct ow_memory *mem,
			      const struct ow_vmcoreinfo *vi,
			      const struct ow_layout_entry *table,
			      size_t count, struct ow_fault_info *why)
{
	const struct ow_layout *layout = &kernel->layout;
	enum ow_status status;

	memset(kernel, 0, sizeof(*kernel));
	kernel->mem = mem;
	status = ow_pagetable_init(&kernel->pt, mem, vi, why);
	if (status != OW_OK)
		return status;
	status = ow_layout_init(&kernel->layout, table, count, why);
	if (status != OW_OK)
		return status;

	/* Nearly all that is read lies there: no table has to be walked. */
	if (ow_layout_has(layout, OW_C_OW_DIRECT_MAP) &&
	    ow_layout_has(layout, OW_C_OW_DIRECT_MAP_SIZE)) {
		kernel->pt.direct_start =
			ow_virt_at(layout->entries[OW_C_OW_DIRECT_MAP].value);
		kernel->pt.direct_size =
			layout->entries[OW_C_OW_DIRECT_MAP_SIZE].value;
	}
	return OW_OK;
}

static enum ow_status ow_layout_place(const struct ow_vmcoreinfo *vi,
				      struct ow_virt *at, size_t *count,
				      struct ow_fault_info *why)
{
	enum ow_status status;
	u64 size;
	s64 n;

	status = ow_vmcoreinfo_symbol(vi, "ow_layout", at, why);
	if (status != OW_OK)
		return status;
	status = ow_vmcoreinfo_size(vi, "ow_layout_entry", &size, why);
	if (status != OW_OK)
		return status;
	if (size != sizeof(struct ow_layout_entry))
		return ow_fault(why, OW_REFUSED, OW_SPACE_NONE, 0,
				"the size of a layout table's entry");
	status = ow_vmcoreinfo_number(vi, "ow_layout_count", &n, why);
	if (status != OW_OK)
		return status;
	if (n <= 0 || n > OW_LAYOUT_MAX)
		return ow_fault(why, OW_BAD_DATA, OW_SPACE_NONE, 0,
				"the size of the layout table");
	*count = n;
	return OW_OK;
}

enum ow_status ow_kernel_open(struct ow_kernel *kernel,
			      const struct ow_memory *mem,
			      const struct ow_vmcoreinfo *vi,
			      struct ow_fault_info *why)
{
	struct ow_layout_entry *table;
	struct ow_pagetable pt;
	enum ow_status status;
	struct ow_virt at;
	size_t count = 0;

	status = ow_pagetable_init(&pt, mem, vi, why);
	if (status != OW_OK)
		return status;
	status = ow_layout_place(vi, &at, &count, why);
	if (status != OW_OK)
		return status;
	table = ow_alloc(count * sizeof(*table));
	if (!table)
		return ow_fault(why, OW_STOPPED, OW_SPACE_NONE, 0,
				"memory for the layout table");
	status = ow_virt_read(&pt, at, table, count * sizeof(*table), why);
	if (status == OW_OK)
		status = ow_kernel_init(kernel, mem, vi, table, count, why);
	ow_free(table);
	kernel->lenient = status == OW_OK;
	return status;
}

bool ow_cursor_fail(struct ow_cursor *c, enum ow_status status,
		    struct ow_virt at, const char *what)
{
	if (ow_cursor_ok(c))
		ow_fault(&c->fault, status, OW_SPACE_VIRT, at.a, what);
	return false;
}

static const struct ow_layout_entry *ow_entry(struct ow_cursor *c,
					      enum ow_fact fact)
{
	const struct ow_layout *layout = &c->kernel->layout;

	if (!ow_cursor_ok(c))
		return NULL;
	if (ow_layout_has(layout, fact))
		return &layout->entries[fact];
	ow_fault(&c->fault, OW_MISSING, OW_SPACE_NONE, 0,
		 "not in the dead kernel's layout table");
	c->fault.name = ow_fact_name(fact);
	return NULL;
}

/* Whether [@at, @at + @size) lies in the page that was found last. */
static bool ow_is_near(const struct ow_cursor *c, struct ow_virt at,
		       size_t size)
{
	u64 offset = at.a - c->near_start;

	return c->near.page_size && at.a >= c->near_start &&
	       offset < c->near.page_size &&
	       size <= c->near.page_size - offset;
}

static void ow_go_near(struct ow_cursor *c, struct ow_virt at)
{
	u64 offset;

	c->near.page_size = 0;
	if (ow_virt_to_phys(&c->kernel->pt, at, &c->near, NULL) != OW_OK)
		return;
	offset = at.a & (c->near.page_size - 1);
	c->near.phys.a -= offset;
	c->near_start = at.a - offset;
}

bool ow_get_near(struct ow_cursor *c, struct ow_virt at, void *dst,
		 size_t size)
{
	struct ow_fault_info why;
	struct ow_phys phys;

	if (!ow_cursor_ok(c)) {
		memset(dst, 0, size);
		return false;
	}
	if (!ow_is_near(c, at, size))
		ow_go_near(c, at);
	/* What is nowhere, or crosses a page, takes the long way. */
	if (!ow_is_near(c, at, size))
		return ow_get_memory(c, at, dst, size);
	phys = ow_phys_at(c->near.phys.a + at.a - c->near_start);
	if (ow_memory_read(c->kernel->mem, phys, dst, size, &why) == OW_OK)
		return true;
	c->fault = why;
	return false;
}

/* Where it cannot be read as a whole, its parts may well be. */
static bool ow_move_window(struct ow_cursor *c, u64 start)
{
	struct ow_window *window = c->window;
	struct ow_cursor probe;

	if (window->asked != start) {
		window->asked = start;
		return false;
	}
	window->start = 0;
	ow_cursor_init(&probe, c->kernel);
	if (!ow_get_memory(&probe, ow_virt_at(start), window->bytes,
			   sizeof(window->bytes)))
		return false;
	window->start = start;
	return true;
}

const u8 *ow_see_near(struct ow_cursor *c, struct ow_virt at, size_t size)
{
	struct ow_window *window = c->window;
	u64 offset = at.a % OW_WINDOW_SIZE;

	if (!window || !ow_cursor_ok(c) || at.a < OW_WINDOW_SIZE ||
	    size > OW_WINDOW_SIZE - offset)
		return NULL;
	if (window->start != at.a - offset &&
	    !ow_move_window(c, at.a - offset))
		return NULL;
	return window->bytes + offset;
}

/* Not for what a walk depends on: constants, and where a list links. */
static const struct ow_layout_entry *ow_number_entry(struct ow_cursor *c,
						     enum ow_fact fact)
{
	if (c->kernel->lenient && !ow_layout_has(&c->kernel->layout, fact))
		return NULL;
	return ow_entry(c, fact);
}

bool ow_get_memory(struct ow_cursor *c, struct ow_virt at, void *dst,
		   size_t size)
{
	struct ow_fault_info why;

	if (!ow_cursor_ok(c)) {
		memset(dst, 0, size);
		return false;
	}
	if (ow_virt_read(&c->kernel->pt, at, dst, size, &why) == OW_OK)
		return true;
	c->fault = why;
	return false;
}

u64 ow_get_word(struct ow_cursor *c, struct ow_virt at)
{
	u64 word;

	ow_get_memory(c, at, &word, sizeof(word));
	return word;
}

u64 ow_get(struct ow_cursor *c, struct ow_virt object, enum ow_fact field)
{
	const struct ow_layout_entry *entry = ow_number_entry(c, field);
	u64 value = 0;

	if (!entry)
		return 0;
	if (!entry->size || entry->size > sizeof(value)) {
		ow_cursor_fail(c, OW_BAD_DATA, object,
			       "a field that is no number");
		c->fault.name = ow_fact_name(field);
		return 0;
	}
	/* Little-endian, so a short number fills the low bytes. */
	ow_get_memory(c, ow_virt_add(object, entry->value), &value,
		      entry->size);
	if (entry->bits != OW_LAYOUT_WHOLE)
		value = value >> entry->bit & (BIT_ULL(entry->bits) - 1);
	return value;
}

s64 ow_get_signed(struct ow_cursor *c, struct ow_virt object,
		  enum ow_fact field)
{
	u64 value = ow_get(c, object, field);
	unsigned int unused;

	if (!ow_cursor_ok(c) || !ow_layout_has(&c->kernel->layout, field))
		return 0;
	unused = 64 - c->kernel->layout.entries[field].size * 8;
	return (s64)(value << unused) >> unused;
}

struct ow_virt ow_get_ptr(struct ow_cursor *c, struct ow_virt object,
			  enum ow_fact field)
{
	return ow_virt_at(ow_get(c, object, field));
}

bool ow_get_bytes(struct ow_cursor *c, struct ow_virt object,
		  enum ow_fact field, void *dst, size_t size)
{
	const struct ow_layout_entry *entry = ow_number_entry(c, field);
	size_t n;

	memset(dst, 0, size);
	if (!entry)
		return false;
	n = entry->size < size ? entry->size : size;
	return ow_get_memory(c, ow_virt_add(object, entry->value), dst, n);
}

bool ow_get_string(struct ow_cursor *c, struct ow_virt at, char *dst,
		   size_t size)
{
	size_t done = 0;

	memset(dst, 0, size);
	/* Word by word: what follows the string may not be readable. */
	while (done + 1 < size) {
		struct ow_virt from = ow_virt_add(at, done);
		size_t n = 8 - (from.a & 7);

		if (n > size - 1 - done)
			n = size - 1 - done;
		if (!ow_get_memory(c, from, dst + done, n))
			return false;
		if (memchr(dst + done, 0, n))
			return true;
		done += n;
	}
	return true;
}

struct ow_virt ow_field_at(struct ow_cursor *c, struct ow_virt object,
			   enum ow_fact field)
{
	const struct ow_layout_entry *entry = ow_entry(c, field);

	return entry ? ow_virt_add(object, entry->value) : ow_virt_at(0);
}

struct ow_virt ow_object_of(struct ow_cursor *c, struct ow_virt at,
			    enum ow_fact field)
{
	const struct ow_layout_entry *entry = ow_entry(c, field);

	return entry ? ow_virt_at(at.a - entry->value) : ow_virt_at(0);
}

u64 ow_size_of(struct ow_cursor *c, enum ow_fact field)
{
	const struct ow_layout_entry *entry = ow_entry(c, field);

	return entry ? entry->size : 0;
}

u64 ow_const_missing(struct ow_cursor *c, enum ow_fact fact)
{
	ow_entry(c, fact);
	return 0;
}
