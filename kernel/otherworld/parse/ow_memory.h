/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dead physical memory, and what can go wrong when reading it.
 *
 * Everything the parser learns passes through struct ow_memory as a checked
 * copy. A reader is a crash dump, the crash kernel's view of old RAM, a test's
 * mock, or, one day, another machine.
 */
#ifndef _OW_MEMORY_H
#define _OW_MEMORY_H

#include "ow_compat.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Addresses in the dead kernel. One-member structs, so that neither can be
 * dereferenced, mixed with the other, or taken for a live address by mistake.
 */
struct ow_phys {
	u64 a;
};

struct ow_virt {
	u64 a;
};

static inline struct ow_phys ow_phys_at(u64 a)
{
	struct ow_phys p = { a };

	return p;
}

static inline struct ow_virt ow_virt_at(u64 a)
{
	struct ow_virt v = { a };

	return v;
}

/* The same address @n bytes further; wraps, as the hardware's would. */
static inline struct ow_virt ow_virt_add(struct ow_virt v, u64 n)
{
	return ow_virt_at(v.a + n);
}

/* x86-64 physical addresses have at most 52 bits. */
#define OW_PHYS_BITS	52
#define OW_PHYS_LIMIT	BIT_ULL(OW_PHYS_BITS)

/**
 * enum ow_status - how an attempt to read dead memory ended
 * @OW_OK: it was read, and is plausible
 * @OW_BAD_ADDRESS: it cannot be read: nothing is there, or nothing maps it
 * @OW_BAD_DATA: it was read, and cannot be what it should be
 * @OW_MISSING: the dead kernel did not say where it is or how it is laid out
 * @OW_REFUSED: it may well be right, but this parser does not handle it
 * @OW_STOPPED: a callback asked to go no further
 */
enum ow_status {
	OW_OK = 0,
	OW_BAD_ADDRESS,
	OW_BAD_DATA,
	OW_MISSING,
	OW_REFUSED,
	OW_STOPPED,
};

/* What kind of place ow_fault_info::address is. */
enum ow_space {
	OW_SPACE_NONE = 0,
	OW_SPACE_PHYS,
	OW_SPACE_VIRT,
	OW_SPACE_TEXT,	/* byte offset in the VMCOREINFO text */
};

/**
 * struct ow_fault_info - a status and where it happened
 * @status: never OW_OK once filled in
 * @space: how to read @address
 * @address: the first byte that is to blame
 * @what: constant text: what was expected there
 * @name: the VMCOREINFO key in question, or NULL; the caller's own string
 *
 * Functions taking one fill it in only when they fail, and accept NULL.
 */
struct ow_fault_info {
	enum ow_status status;
	enum ow_space space;
	u64 address;
	const char *what;
	const char *name;
};

/* Fill in @why, if there is one, and return @status. */
enum ow_status ow_fault(struct ow_fault_info *why, enum ow_status status,
			enum ow_space space, u64 address, const char *what);

/* Enough for any text ow_fault_format() makes. */
#define OW_FAULT_TEXT_MAX 192

/**
 * ow_fault_format() - say in one line what went wrong
 * @why: a filled-in fault
 * @buf: where to write; always terminated if @size is not 0
 * @size: size of @buf
 */
void ow_fault_format(const struct ow_fault_info *why, char *buf, size_t size);

/* The negative errno that means the same to kernel callers; 0 for OW_OK. */
int ow_status_errno(enum ow_status status);

/**
 * struct ow_memory_ops - a source of dead physical memory
 * @read: copy [@at, @at + @len) to @dst. OW_OK only if every byte was copied;
 *	otherwise *@bad is the first byte that could not be. The range neither
 *	wraps nor exceeds OW_PHYS_LIMIT, and @len is not 0.
 */
struct ow_memory_ops {
	enum ow_status (*read)(void *priv, struct ow_phys at, void *dst,
			       size_t len, struct ow_phys *bad);
};

struct ow_memory {
	const struct ow_memory_ops *ops;
	void *priv;
};

/**
 * ow_memory_read() - checked copy out of dead physical memory
 * @mem: the reader
 * @at: first byte
 * @dst: where the copy goes; cleared when the read fails
 * @len: how many bytes; 0 always succeeds
 * @why: filled in on failure
 */
enum ow_status __must_check ow_memory_read(const struct ow_memory *mem,
					   struct ow_phys at, void *dst,
					   size_t len,
					   struct ow_fault_info *why);

/**
 * struct ow_segment - a run of physical memory already at hand
 * @start: its first dead physical address
 * @len: its length
 * @bytes: its content, readable for @len bytes
 */
struct ow_segment {
	struct ow_phys start;
	u64 len;
	const void *bytes;
};

/**
 * struct ow_segments - a reader over runs of memory, such as a mapped ELF dump
 * @segs: the runs, in any order; where two overlap the earlier entry wins
 * @count: how many
 */
struct ow_segments {
	const struct ow_segment *segs;
	size_t count;
};

/* Make @mem read from @segs; both must outlive its use. */
void ow_memory_from_segments(struct ow_memory *mem, struct ow_segments *segs);

#ifdef __cplusplus
}
#endif

#endif /* _OW_MEMORY_H */
