/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A dead kernel, ready to be asked.
 *
 * Reading an object takes many fields, each of which may fail. A cursor keeps
 * the first failure and answers 0 from then on, so that a struct is read in
 * one go and checked once. 0 is never followed: every walk ends at it.
 */
#ifndef _OW_KERNEL_H
#define _OW_KERNEL_H

#include "ow_layout.h"
#include "ow_pagetable.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct ow_kernel - all that is needed to read a dead kernel's objects
 * @mem: its memory
 * @pt: its address space
 * @layout: how it was built
 * @lenient: numbers that its layout table does not tell read as 0. For looking
 *	at another build's kernel; who rebuilds must not mistake "not told" for
 *	"not restricted"
 */
struct ow_kernel {
	const struct ow_memory *mem;
	struct ow_pagetable pt;
	struct ow_layout layout;
	bool lenient;
};

/**
 * ow_kernel_init() - get ready
 * @kernel: what to set up; large, not for the stack
 * @mem: must outlive it
 * @vi: the kernel's VMCOREINFO
 * @table: its layout table
 * @count: entries in it
 * @why: filled in on failure
 */
enum ow_status __must_check ow_kernel_init(struct ow_kernel *kernel,
					   const struct ow_memory *mem,
					   const struct ow_vmcoreinfo *vi,
					   const struct ow_layout_entry *table,
					   size_t count,
					   struct ow_fault_info *why);

/**
 * ow_kernel_open() - the same for a kernel that sealed nothing, leniently
 * @kernel: what to set up; large, not for the stack
 * @mem: must outlive it
 * @vi: the kernel's VMCOREINFO, which says where its layout table lies
 * @why: filled in on failure; OW_MISSING if there is no table
 */
enum ow_status __must_check ow_kernel_open(struct ow_kernel *kernel,
					   const struct ow_memory *mem,
					   const struct ow_vmcoreinfo *vi,
					   struct ow_fault_info *why);

#define OW_WINDOW_SIZE	4096

/**
 * struct ow_window - a piece of an array, read in one go
 * @start: its first address, a multiple of its size; 0 for none: there is no
 *	array
 * @asked: where the last read was that it could not serve. Only a second one
 *	there moves it: who jumps about reads no more than it wants
 * @bytes: as they were
 *
 * For memory that does not change: a living kernel's does.
 */
struct ow_window {
	u64 start;
	u64 asked;
	u8 bytes[OW_WINDOW_SIZE];
};

/**
 * struct ow_cursor - a series of reads that is checked at its end
 * @kernel: where from
 * @fault: the first failure; its status is OW_OK until then
 * @near: where the last address that took a page table walk led: objects of
 *	one array, such as the memory map, lie in the same large page
 * @near_start: the first address of that page
 * @window: NULL, or what keeps a piece of such an array at hand
 */
struct ow_cursor {
	const struct ow_kernel *kernel;
	struct ow_fault_info fault;
	struct ow_mapping near;
	u64 near_start;
	struct ow_window *window;
};

static inline void ow_cursor_init(struct ow_cursor *c,
				  const struct ow_kernel *kernel)
{
	memset(c, 0, sizeof(*c));
	c->kernel = kernel;
}

/* Begin anew after a failure. */
static inline void ow_cursor_renew(struct ow_cursor *c)
{
	struct ow_window *window = c->window;

	ow_cursor_init(c, c->kernel);
	c->window = window;
}

static inline bool ow_cursor_ok(const struct ow_cursor *c)
{
	return c->fault.status == OW_OK;
}

/* Note a failure, unless there was one before. Always false. */
bool ow_cursor_fail(struct ow_cursor *c, enum ow_status status,
		    struct ow_virt at, const char *what);

/* A field of up to 8 bytes, as an unsigned number; bitfields too. */
u64 ow_get(struct ow_cursor *c, struct ow_virt object, enum ow_fact field);
/* The same as an address. */
struct ow_virt ow_get_ptr(struct ow_cursor *c, struct ow_virt object,
			  enum ow_fact field);
/* A number of any size, sign-extended. */
s64 ow_get_signed(struct ow_cursor *c, struct ow_virt object,
		  enum ow_fact field);
/* A field as it is, at most @size bytes of it; the rest of @dst is cleared. */
bool ow_get_bytes(struct ow_cursor *c, struct ow_virt object,
		  enum ow_fact field, void *dst, size_t size);
/* Plain memory. */
bool ow_get_memory(struct ow_cursor *c, struct ow_virt at, void *dst,
		   size_t size);
/* The same, faster where the next read will be close by. */
bool ow_get_near(struct ow_cursor *c, struct ow_virt at, void *dst,
		 size_t size);
/* The same in the cursor's window, until the next read; NULL if not there. */
const u8 *ow_see_near(struct ow_cursor *c, struct ow_virt at, size_t size);
u64 ow_get_word(struct ow_cursor *c, struct ow_virt at);
/* A string of less than @size bytes; longer ones are cut. */
bool ow_get_string(struct ow_cursor *c, struct ow_virt at, char *dst,
		   size_t size);

/* Where a field lies. */
struct ow_virt ow_field_at(struct ow_cursor *c, struct ow_virt object,
			   enum ow_fact field);
/* The object around a field that @at is the address of. */
struct ow_virt ow_object_of(struct ow_cursor *c, struct ow_virt at,
			    enum ow_fact field);
/* A field's size. */
u64 ow_size_of(struct ow_cursor *c, enum ow_fact field);
/* That the table does not tell it, or what failed before. Always 0. */
u64 ow_const_missing(struct ow_cursor *c, enum ow_fact fact);

/* A constant, an address, the size of a struct. Asked for each page. */
static inline u64 ow_const(struct ow_cursor *c, enum ow_fact fact)
{
	const struct ow_layout *layout = &c->kernel->layout;

	return ow_cursor_ok(c) && ow_layout_has(layout, fact) ?
		       layout->entries[fact].value :
		       ow_const_missing(c, fact);
}

#ifdef __cplusplus
}
#endif

#endif /* _OW_KERNEL_H */
