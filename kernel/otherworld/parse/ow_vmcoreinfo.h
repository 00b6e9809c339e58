/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMCOREINFO: the dead kernel's own table of symbols, offsets and sizes.
 *
 * The text is looked through at each question rather than indexed: it is one
 * page long, is asked a few dozen things, and so needs no memory of its own.
 * Where a key stands more than once, the first counts.
 */
#ifndef _OW_VMCOREINFO_H
#define _OW_VMCOREINFO_H

#include "ow_memory.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The kernel writes one page; more than this is not VMCOREINFO. */
#define OW_VMCOREINFO_MAX 65536

struct ow_vmcoreinfo {
	const char *text;
	size_t len;
};

/**
 * ow_vmcoreinfo_init() - look at a VMCOREINFO text
 * @vi: what to set up
 * @text: the text, need not be terminated; must outlive @vi
 * @len: its length; a NUL before that ends it
 * @why: filled in on failure
 *
 * Refuses what does not hold a single well-formed "KEY=VALUE" line.
 */
enum ow_status __must_check ow_vmcoreinfo_init(struct ow_vmcoreinfo *vi,
					       const char *text, size_t len,
					       struct ow_fault_info *why);

/**
 * ow_vmcoreinfo_read_note() - fetch the text out of dead memory
 * @vi: what to set up
 * @mem: the reader
 * @note: where the dead kernel's VMCOREINFO ELF note begins
 * @buf: receives the text; must outlive @vi
 * @size: size of @buf
 * @why: filled in on failure
 */
enum ow_status __must_check
ow_vmcoreinfo_read_note(struct ow_vmcoreinfo *vi, const struct ow_memory *mem,
			struct ow_phys note, char *buf, size_t size,
			struct ow_fault_info *why);

/* SYMBOL(@name)=hex, OFFSET(@name)=, SIZE(@name)=, LENGTH(@name)= */
enum ow_status __must_check ow_vmcoreinfo_symbol(const struct ow_vmcoreinfo *vi,
						 const char *name,
						 struct ow_virt *out,
						 struct ow_fault_info *why);
enum ow_status __must_check ow_vmcoreinfo_offset(const struct ow_vmcoreinfo *vi,
						 const char *name, u64 *out,
						 struct ow_fault_info *why);
enum ow_status __must_check ow_vmcoreinfo_size(const struct ow_vmcoreinfo *vi,
					       const char *name, u64 *out,
					       struct ow_fault_info *why);
enum ow_status __must_check ow_vmcoreinfo_length(const struct ow_vmcoreinfo *vi,
						 const char *name, u64 *out,
						 struct ow_fault_info *why);
/* NUMBER(@name)=signed decimal, or 0x and hex digits */
enum ow_status __must_check ow_vmcoreinfo_number(const struct ow_vmcoreinfo *vi,
						 const char *name, s64 *out,
						 struct ow_fault_info *why);
/* Plain keys: PAGESIZE and CRASHTIME are decimal, KERNELOFFSET is hex. */
enum ow_status __must_check
ow_vmcoreinfo_decimal(const struct ow_vmcoreinfo *vi, const char *key,
		      u64 *out, struct ow_fault_info *why);
enum ow_status __must_check ow_vmcoreinfo_hex(const struct ow_vmcoreinfo *vi,
					      const char *key, u64 *out,
					      struct ow_fault_info *why);
/* OSRELEASE, BUILD-ID: printable text, copied whole and terminated or not. */
enum ow_status __must_check ow_vmcoreinfo_string(const struct ow_vmcoreinfo *vi,
						 const char *key, char *buf,
						 size_t size,
						 struct ow_fault_info *why);

#ifdef __cplusplus
}
#endif

#endif /* _OW_VMCOREINFO_H */
