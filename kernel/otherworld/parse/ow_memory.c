// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Reading dead physical memory
 *
 * ow_memory_read() is the only way in. It copies, so that what was checked
 * cannot change afterwards, and it checks the range before the reader sees it.
 *
 * When a range cannot be read, the whole destination is cleared: a caller that
 * forgets to look at the status works on zeroes, not on what its stack held.
 * The fault names the first byte that is missing, not the start of the range.
 */
#include "ow_memory.h"

enum ow_status ow_fault(struct ow_fault_info *why, enum ow_status status,
			enum ow_space space, u64 address, const char *what)
{
	if (why) {
		why->status = status;
		why->space = space;
		why->address = address;
		why->what = what;
		why->name = NULL;
	}
	return status;
}

static const char *ow_status_text(enum ow_status status)
{
	switch (status) {
	case OW_OK:
		return "no error";
	case OW_BAD_ADDRESS:
		return "cannot be read";
	case OW_BAD_DATA:
		return "is not plausible";
	case OW_MISSING:
		return "is not known";
	case OW_REFUSED:
		return "is not supported";
	case OW_STOPPED:
		return "was stopped";
	}
	return "failed in an unknown way";
}

void ow_fault_format(const struct ow_fault_info *why, char *buf, size_t size)
{
	const char *what = why->what ? why->what : "memory";
	const char *name = why->name ? why->name : "";
	const char *open = why->name ? " " : "";
	const char *status = ow_status_text(why->status);

	switch (why->space) {
	case OW_SPACE_PHYS:
		snprintf(buf, size, "%s%s%s %s (physical 0x%llx)", what, open,
			 name, status, why->address);
		return;
	case OW_SPACE_VIRT:
		snprintf(buf, size, "%s%s%s %s (virtual 0x%llx)", what, open,
			 name, status, why->address);
		return;
	case OW_SPACE_TEXT:
		snprintf(buf, size, "%s%s%s %s (VMCOREINFO byte %llu)", what,
			 open, name, status, why->address);
		return;
	case OW_SPACE_NONE:
		break;
	}
	snprintf(buf, size, "%s%s%s %s", what, open, name, status);
}

int ow_status_errno(enum ow_status status)
{
	switch (status) {
	case OW_OK:
		return 0;
	case OW_BAD_ADDRESS:
		return -EFAULT;
	case OW_BAD_DATA:
		return -EBADMSG;
	case OW_MISSING:
		return -ENODATA;
	case OW_REFUSED:
		return -EOPNOTSUPP;
	case OW_STOPPED:
		return -ECANCELED;
	}
	return -EINVAL;
}

enum ow_status ow_memory_read(const struct ow_memory *mem, struct ow_phys at,
			      void *dst, size_t len, struct ow_fault_info *why)
{
	struct ow_phys bad = at;
	enum ow_status status;

	if (!len)
		return OW_OK;

	if (at.a >= OW_PHYS_LIMIT || len > OW_PHYS_LIMIT - at.a) {
		memset(dst, 0, len);
		return ow_fault(why, OW_BAD_ADDRESS, OW_SPACE_PHYS, at.a,
				"memory beyond the physical address space");
	}

	status = mem->ops->read(mem->priv, at, dst, len, &bad);
	if (status == OW_OK)
		return OW_OK;

	memset(dst, 0, len);
	return ow_fault(why, status, OW_SPACE_PHYS, bad.a, "memory");
}

static enum ow_status ow_segments_read(void *priv, struct ow_phys at,
				       void *dst, size_t len,
				       struct ow_phys *bad)
{
	const struct ow_segments *segs = priv;
	u8 *out = dst;

	/* Each round copies at least one byte, so this ends. */
	while (len) {
		const struct ow_segment *seg = NULL;
		size_t i, n = 0;

		for (i = 0; i < segs->count; i++) {
			seg = &segs->segs[i];
			if (at.a >= seg->start.a &&
			    at.a - seg->start.a < seg->len)
				break;
		}
		if (i == segs->count) {
			*bad = at;
			return OW_BAD_ADDRESS;
		}

		n = len;
		if (n > seg->len - (at.a - seg->start.a))
			n = seg->len - (at.a - seg->start.a);
		/* An earlier segment may begin inside this one, and wins. */
		while (i--) {
			u64 start = segs->segs[i].start.a;

			if (segs->segs[i].len && start > at.a &&
			    start - at.a < n)
				n = start - at.a;
		}

		memcpy(out, (const u8 *)seg->bytes + (at.a - seg->start.a), n);
		out += n;
		at.a += n;
		len -= n;
	}
	return OW_OK;
}

static const struct ow_memory_ops ow_segments_ops = {
	.read = ow_segments_read,
};

void ow_memory_from_segments(struct ow_memory *mem, struct ow_segments *segs)
{
	mem->ops = &ow_segments_ops;
	mem->priv = segs;
}
