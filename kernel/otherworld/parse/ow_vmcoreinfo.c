// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: VMCOREINFO
 *
 * The text comes out of dead memory and is believed in nothing. A value counts
 * only if all of it, up to the end of its line, is a number that fits; a line
 * without its newline was cut off and does not count. A key that is absent
 * (OW_MISSING) and one whose value is nonsense (OW_BAD_DATA) differ: the first
 * may be a kernel without that feature, the second is damage.
 */
#include "ow_vmcoreinfo.h"

static enum ow_status ow_vi_fault(const struct ow_vmcoreinfo *vi,
				  struct ow_fault_info *why,
				  enum ow_status status, const char *at,
				  const char *what, const char *name)
{
	if (at)
		ow_fault(why, status, OW_SPACE_TEXT, at - vi->text, what);
	else
		ow_fault(why, status, OW_SPACE_NONE, 0, what);
	if (why)
		why->name = name;
	return status;
}

enum ow_status ow_vmcoreinfo_init(struct ow_vmcoreinfo *vi, const char *text,
				  size_t len, struct ow_fault_info *why)
{
	const char *p = text, *end;

	vi->text = text;
	vi->len = 0;

	if (!len || len > OW_VMCOREINFO_MAX)
		return ow_vi_fault(vi, why, OW_BAD_DATA, text,
				   "VMCOREINFO's length", NULL);
	end = memchr(text, 0, len);
	if (!end)
		end = text + len;

	while (p < end) {
		const char *eol = memchr(p, '\n', end - p);
		const char *eq;

		if (!eol)
			break;
		eq = memchr(p, '=', eol - p);
		if (eq && eq != p) {
			vi->len = end - text;
			return OW_OK;
		}
		p = eol + 1;
	}
	return ow_vi_fault(vi, why, OW_BAD_DATA, text, "VMCOREINFO", NULL);
}

enum ow_status
ow_vmcoreinfo_read_note(struct ow_vmcoreinfo *vi, const struct ow_memory *mem,
			struct ow_phys note, char *buf, size_t size,
			struct ow_fault_info *why)
{
	static const char want[12] = "VMCOREINFO";
	enum ow_status status;
	struct {
		u32 namesz;
		u32 descsz;
		u32 type;
		char name[sizeof(want)];
	} head;

	status = ow_memory_read(mem, note, &head, sizeof(head), why);
	if (status != OW_OK)
		return status;
	if (head.namesz != sizeof("VMCOREINFO") || head.type != 0 ||
	    memcmp(head.name, want, sizeof("VMCOREINFO")))
		return ow_fault(why, OW_BAD_DATA, OW_SPACE_PHYS, note.a,
				"the VMCOREINFO note's header");
	if (!head.descsz || head.descsz > size)
		return ow_fault(why, OW_BAD_DATA, OW_SPACE_PHYS, note.a,
				"the VMCOREINFO note's size");

	status = ow_memory_read(mem, ow_phys_at(note.a + sizeof(head)), buf,
				head.descsz, why);
	if (status != OW_OK)
		return status;
	return ow_vmcoreinfo_init(vi, buf, head.descsz, why);
}

/* A value: from @p up to, not including, the newline at @end. */
struct ow_vi_value {
	const char *p;
	const char *end;
};

/* Does the line [p, eol) begin with KIND(NAME)= or, without KIND, NAME=? */
static bool ow_vi_match(const char *p, const char *eol, const char *kind,
			const char *name, const char **value)
{
	size_t klen = kind ? strlen(kind) : 0;
	size_t nlen = strlen(name);
	size_t want = nlen + 1 + (kind ? klen + 2 : 0);

	if ((size_t)(eol - p) < want)
		return false;
	if (kind) {
		if (memcmp(p, kind, klen) || p[klen] != '(')
			return false;
		p += klen + 1;
	}
	if (memcmp(p, name, nlen))
		return false;
	p += nlen;
	if (kind && *p++ != ')')
		return false;
	if (*p++ != '=')
		return false;
	*value = p;
	return true;
}

static enum ow_status ow_vi_find(const struct ow_vmcoreinfo *vi,
				 const char *kind, const char *name,
				 struct ow_vi_value *out,
				 struct ow_fault_info *why)
{
	const char *p = vi->text;
	const char *end = p + vi->len;

	while (p < end) {
		const char *eol = memchr(p, '\n', end - p);

		if (!eol)
			break;
		if (ow_vi_match(p, eol, kind, name, &out->p)) {
			out->end = eol;
			return OW_OK;
		}
		p = eol + 1;
	}
	return ow_vi_fault(vi, why, OW_MISSING, NULL,
			   kind ? kind : "VMCOREINFO's", name);
}

static int ow_vi_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* All of @v as a number; false if it is anything else or does not fit. */
static bool ow_vi_digits(struct ow_vi_value v, unsigned int base, u64 *out)
{
	u64 n = 0;

	if (v.p == v.end)
		return false;
	for (; v.p < v.end; v.p++) {
		int d = ow_vi_digit(*v.p);

		if (d < 0 || (unsigned int)d >= base)
			return false;
		if (n > ~0ULL / base)
			return false;
		n *= base;
		if (n > ~0ULL - d)
			return false;
		n += d;
	}
	*out = n;
	return true;
}

static enum ow_status ow_vi_unsigned(const struct ow_vmcoreinfo *vi,
				     const char *kind, const char *name,
				     unsigned int base, u64 *out,
				     struct ow_fault_info *why)
{
	enum ow_status status;
	struct ow_vi_value v;

	*out = 0;
	status = ow_vi_find(vi, kind, name, &v, why);
	if (status != OW_OK)
		return status;
	if (!ow_vi_digits(v, base, out))
		return ow_vi_fault(vi, why, OW_BAD_DATA, v.p,
				   kind ? kind : "VMCOREINFO's", name);
	return OW_OK;
}

enum ow_status ow_vmcoreinfo_symbol(const struct ow_vmcoreinfo *vi,
				    const char *name, struct ow_virt *out,
				    struct ow_fault_info *why)
{
	return ow_vi_unsigned(vi, "SYMBOL", name, 16, &out->a, why);
}

enum ow_status ow_vmcoreinfo_offset(const struct ow_vmcoreinfo *vi,
				    const char *name, u64 *out,
				    struct ow_fault_info *why)
{
	return ow_vi_unsigned(vi, "OFFSET", name, 10, out, why);
}

enum ow_status ow_vmcoreinfo_size(const struct ow_vmcoreinfo *vi,
				  const char *name, u64 *out,
				  struct ow_fault_info *why)
{
	return ow_vi_unsigned(vi, "SIZE", name, 10, out, why);
}

enum ow_status ow_vmcoreinfo_length(const struct ow_vmcoreinfo *vi,
				    const char *name, u64 *out,
				    struct ow_fault_info *why)
{
	return ow_vi_unsigned(vi, "LENGTH", name, 10, out, why);
}

enum ow_status ow_vmcoreinfo_number(const struct ow_vmcoreinfo *vi,
				    const char *name, s64 *out,
				    struct ow_fault_info *why)
{
	bool negative = false, ok;
	enum ow_status status;
	struct ow_vi_value v;
	const char *start;
	u64 n = 0;

	*out = 0;
	status = ow_vi_find(vi, "NUMBER", name, &v, why);
	if (status != OW_OK)
		return status;

	start = v.p;
	if (v.end - v.p > 2 && v.p[0] == '0' && v.p[1] == 'x') {
		/* VMALLOC_START and the like: an unsigned long, in hex. */
		v.p += 2;
		ok = ow_vi_digits(v, 16, &n);
	} else {
		if (v.p < v.end && *v.p == '-') {
			negative = true;
			v.p++;
		}
		ok = ow_vi_digits(v, 10, &n) &&
		     n <= (~0ULL >> 1) + (negative ? 1 : 0);
	}
	if (!ok)
		return ow_vi_fault(vi, why, OW_BAD_DATA, start, "NUMBER", name);
	*out = (s64)(negative ? 0 - n : n);
	return OW_OK;
}

enum ow_status ow_vmcoreinfo_decimal(const struct ow_vmcoreinfo *vi,
				     const char *key, u64 *out,
				     struct ow_fault_info *why)
{
	return ow_vi_unsigned(vi, NULL, key, 10, out, why);
}

enum ow_status ow_vmcoreinfo_hex(const struct ow_vmcoreinfo *vi,
				 const char *key, u64 *out,
				 struct ow_fault_info *why)
{
	return ow_vi_unsigned(vi, NULL, key, 16, out, why);
}

enum ow_status ow_vmcoreinfo_string(const struct ow_vmcoreinfo *vi,
				    const char *key, char *buf, size_t size,
				    struct ow_fault_info *why)
{
	enum ow_status status;
	struct ow_vi_value v;
	const char *p;

	if (size)
		buf[0] = 0;
	status = ow_vi_find(vi, NULL, key, &v, why);
	if (status != OW_OK)
		return status;

	for (p = v.p; p < v.end; p++)
		if (*p < 0x20 || *p > 0x7e)
			return ow_vi_fault(vi, why, OW_BAD_DATA, p,
					   "VMCOREINFO's", key);
	if ((size_t)(v.end - v.p) >= size)
		return ow_vi_fault(vi, why, OW_BAD_DATA, v.p,
				   "the length of VMCOREINFO's", key);
	memcpy(buf, v.p, v.end - v.p);
	buf[v.end - v.p] = 0;
	return OW_OK;
}
