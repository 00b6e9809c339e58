// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: The dead kernel's log
 *
 * The printk ring buffer is three rings: descriptors, their meta data, and
 * text. A descriptor's ID gives its place in the first two; its logical
 * positions give the block in the third. The walk goes through the IDs from
 * the tail to the head and takes what a reader of the living kernel would.
 *
 * It takes a little more: a record that was committed but left open, so that
 * its writer could append, is whole, and in a dead kernel is often the last
 * thing it said.
 *
 * It also trusts less. A record counts only if its descriptor has the expected
 * ID, its meta data has a sequence number that belongs in that place, and its
 * block begins with its own ID. That last check replaces the
 * ring's head and tail positions, which one stray write would make useless.
 * What fails is counted and skipped. The walk is bounded by the number of
 * descriptors, and gives up early where nothing can be read.
 */
#include "ow_log.h"

/* printk's own limit is 2 GiB of text with 32 bytes per descriptor. */
#define OW_LOG_COUNT_BITS_MAX	26
#define OW_LOG_SIZE_BITS_MAX	31

/* So many unreadable descriptors in a row mean that the ring is not there. */
#define OW_LOG_UNREADABLE_MAX	1024

/* From kernel/printk/printk_ringbuffer.h; no offset tells these. */
#define OW_DESC_STATE_SHIFT	62
#define OW_DESC_ID_MASK		(BIT_ULL(OW_DESC_STATE_SHIFT) - 1)
#define OW_DESC_RESERVED	0
#define OW_DESC_COMMITTED	1
#define OW_DESC_FINALIZED	2
#define OW_DESC_REUSABLE	3
#define OW_LPOS_FAILED		1
#define OW_LPOS_EMPTY_LINE	3
#define OW_BLOCK_ID_SIZE	8

/* Copies of one descriptor and its meta data; the real ones are 24 and 88. */
#define OW_LOG_STRUCT_MAX	256

struct ow_log_want {
	const char *name;
	u64 *out;
};

static enum ow_status ow_log_offsets(const struct ow_vmcoreinfo *vi,
				     const struct ow_log_want *want,
				     size_t count, u64 limit,
				     struct ow_fault_info *why)
{
	size_t i;

	for (i = 0; i < count; i++) {
		enum ow_status status;

		status = ow_vmcoreinfo_offset(vi, want[i].name, want[i].out,
					      why);
		if (status != OW_OK)
			return status;
		if (*want[i].out > limit) {
			ow_fault(why, OW_BAD_DATA, OW_SPACE_NONE, 0, "OFFSET");
			if (why)
				why->name = want[i].name;
			return OW_BAD_DATA;
		}
	}
	return OW_OK;
}

/* A structure's size, which must hold what is read out of it. */
static enum ow_status ow_log_size(const struct ow_vmcoreinfo *vi,
				  const char *name, u64 least, u16 *out,
				  struct ow_fault_info *why)
{
	enum ow_status status;
	u64 size;

	status = ow_vmcoreinfo_size(vi, name, &size, why);
	if (status != OW_OK)
		return status;
	if (size < least || size > OW_LOG_STRUCT_MAX) {
		ow_fault(why, OW_BAD_DATA, OW_SPACE_NONE, 0, "SIZE");
		if (why)
			why->name = name;
		return OW_BAD_DATA;
	}
	*out = (u16)size;
	return OW_OK;
}

static u64 ow_log_max(u64 a, u64 b)
{
	return a > b ? a : b;
}

static enum ow_status ow_log_desc_layout(struct ow_log_layout *lay,
					 const struct ow_vmcoreinfo *vi,
					 u64 counter,
					 struct ow_fault_info *why)
{
	u64 state, blk, begin, next;
	const struct ow_log_want want[] = {
		{ "prb_desc.state_var", &state },
		{ "prb_desc.text_blk_lpos", &blk },
		{ "prb_data_blk_lpos.begin", &begin },
		{ "prb_data_blk_lpos.next", &next },
	};
	enum ow_status status;

	status = ow_log_offsets(vi, want, ARRAY_SIZE(want), OW_LOG_STRUCT_MAX,
				why);
	if (status != OW_OK)
		return status;

	state += counter;
	begin += blk;
	next += blk;
	lay->desc_state = (u16)state;
	lay->desc_begin = (u16)begin;
	lay->desc_next = (u16)next;
	return ow_log_size(vi, "prb_desc",
			   ow_log_max(ow_log_max(state, begin), next) + 8,
			   &lay->desc_size, why);
}

static enum ow_status ow_log_info_layout(struct ow_log_layout *lay,
					 const struct ow_vmcoreinfo *vi,
					 struct ow_fault_info *why)
{
	u64 seq, ts, len, caller;
	const struct ow_log_want want[] = {
		{ "printk_info.seq", &seq },
		{ "printk_info.ts_nsec", &ts },
		{ "printk_info.text_len", &len },
		{ "printk_info.caller_id", &caller },
	};
	enum ow_status status;

	status = ow_log_offsets(vi, want, ARRAY_SIZE(want), OW_LOG_STRUCT_MAX,
				why);
	if (status != OW_OK)
		return status;

	lay->info_seq = (u16)seq;
	lay->info_ts = (u16)ts;
	lay->info_len = (u16)len;
	lay->info_caller = (u16)caller;
	/*
	 * Facility and level are not in VMCOREINFO. Where exactly two bytes
	 * lie between the length and the caller, they are those.
	 */
	lay->has_level = caller == len + 4;
	lay->info_facility = (u16)(len + 2);
	lay->info_level = (u16)(len + 3);
	return ow_log_size(vi, "printk_info",
			   ow_log_max(ow_log_max(seq, ts) + 8,
				      ow_log_max(len, caller) + 4),
			   &lay->info_size, why);
}

/* Read the ring buffer's own structure: where its arrays are, how large. */
static enum ow_status ow_log_read_ring(struct ow_log *log,
				       const struct ow_vmcoreinfo *vi,
				       struct ow_virt ring, u64 counter,
				       struct ow_fault_info *why)
{
	u64 desc_ring, text_ring, count_bits, descs, infos, head, tail;
	u64 size_bits, data;
	const struct ow_log_want want[] = {
		{ "printk_ringbuffer.desc_ring", &desc_ring },
		{ "printk_ringbuffer.text_data_ring", &text_ring },
		{ "prb_desc_ring.count_bits", &count_bits },
		{ "prb_desc_ring.descs", &descs },
		{ "prb_desc_ring.infos", &infos },
		{ "prb_desc_ring.head_id", &head },
		{ "prb_desc_ring.tail_id", &tail },
		{ "prb_data_ring.size_bits", &size_bits },
		{ "prb_data_ring.data", &data },
	};
	enum ow_status status;
	struct ow_virt at;

	status = ow_log_offsets(vi, want, ARRAY_SIZE(want), 4096, why);
	if (status != OW_OK)
		return status;

	at = ow_virt_add(ring, desc_ring);
	status = ow_virt_read_u32(log->pt, ow_virt_add(at, count_bits),
				  &log->count_bits, why);
	if (status != OW_OK)
		return status;
	if (!log->count_bits || log->count_bits > OW_LOG_COUNT_BITS_MAX)
		return ow_fault(why, OW_BAD_DATA, OW_SPACE_VIRT,
				at.a + count_bits, "the log's record count");
	status = ow_virt_read_ptr(log->pt, ow_virt_add(at, descs), &log->descs,
				  why);
	if (status != OW_OK)
		return status;
	status = ow_virt_read_ptr(log->pt, ow_virt_add(at, infos), &log->infos,
				  why);
	if (status != OW_OK)
		return status;
	status = ow_virt_read_u64(log->pt, ow_virt_add(at, head + counter),
				  &log->head_id, why);
	if (status != OW_OK)
		return status;
	status = ow_virt_read_u64(log->pt, ow_virt_add(at, tail + counter),
				  &log->tail_id, why);
	if (status != OW_OK)
		return status;

	at = ow_virt_add(ring, text_ring);
	status = ow_virt_read_u32(log->pt, ow_virt_add(at, size_bits),
				  &log->size_bits, why);
	if (status != OW_OK)
		return status;
	if (log->size_bits < 4 || log->size_bits > OW_LOG_SIZE_BITS_MAX)
		return ow_fault(why, OW_BAD_DATA, OW_SPACE_VIRT,
				at.a + size_bits, "the log's text size");
	return ow_virt_read_ptr(log->pt, ow_virt_add(at, data), &log->data,
				why);
}

enum ow_status ow_log_open(struct ow_log *log, const struct ow_pagetable *pt,
			   const struct ow_vmcoreinfo *vi,
			   struct ow_fault_info *why)
{
	struct ow_log_want want = { "atomic_long_t.counter", NULL };
	enum ow_status status;
	struct ow_virt prb;
	u64 counter;

	memset(log, 0, sizeof(*log));
	log->pt = pt;

	want.out = &counter;
	status = ow_log_offsets(vi, &want, 1, OW_LOG_STRUCT_MAX, why);
	if (status != OW_OK)
		return status;
	status = ow_log_desc_layout(&log->layout, vi, counter, why);
	if (status != OW_OK)
		return status;
	status = ow_log_info_layout(&log->layout, vi, why);
	if (status != OW_OK)
		return status;

	/* The symbol is a pointer: it moves to a larger ring during boot. */
	status = ow_vmcoreinfo_symbol(vi, "prb", &prb, why);
	if (status != OW_OK)
		return status;
	status = ow_virt_read_ptr(pt, prb, &prb, why);
	if (status != OW_OK)
		return status;
	return ow_log_read_ring(log, vi, prb, counter, why);
}

/* State of one walk. */
struct ow_log_walker {
	const struct ow_log *log;
	struct ow_fault_info *why;
	char *buf;
	size_t size;
};

enum ow_log_verdict {
	OW_LOG_TAKE,
	OW_LOG_RECYCLED,
	OW_LOG_DROPPED,
	OW_LOG_TORN,
	OW_LOG_UNREADABLE,
};

static enum ow_log_verdict ow_log_failed(enum ow_status status)
{
	return status == OW_BAD_ADDRESS ? OW_LOG_UNREADABLE : OW_LOG_TORN;
}

static u64 ow_log_get64(const u8 *from, u16 offset)
{
	u64 n;

	memcpy(&n, from + offset, sizeof(n));
	return n;
}

/*
 * Fetch the text of a block, having checked that the positions can be those
 * of a block, that it is large enough, and that it belongs to this descriptor.
 */
static enum ow_log_verdict ow_log_text(struct ow_log_walker *w, u64 id,
				       u64 begin, u64 next, u32 len,
				       struct ow_log_record *rec)
{
	const struct ow_log *log = w->log;
	u64 mask = BIT_ULL(log->size_bits) - 1;
	enum ow_status status;
	struct ow_virt block;
	u64 room, owner;

	rec->text = w->buf;
	rec->len = 0;

	if ((begin & 1) && (next & 1)) {
		if (begin == OW_LPOS_EMPTY_LINE && next == OW_LPOS_EMPTY_LINE)
			return OW_LOG_TAKE;
		if (begin == OW_LPOS_FAILED && next == OW_LPOS_FAILED)
			return OW_LOG_DROPPED;
		return OW_LOG_TORN;
	}
	if ((begin | next) & (OW_BLOCK_ID_SIZE - 1))
		return OW_LOG_TORN;

	if (begin >> log->size_bits == next >> log->size_bits) {
		if (begin >= next)
			return OW_LOG_TORN;
		room = next - begin;
	} else if ((begin + mask + 1) >> log->size_bits ==
		   next >> log->size_bits) {
		/* It did not fit before the end and starts over at index 0. */
		room = next & mask;
		begin = 0;
	} else {
		return OW_LOG_TORN;
	}
	if (room < OW_BLOCK_ID_SIZE || room - OW_BLOCK_ID_SIZE < len)
		return OW_LOG_TORN;

	block = ow_virt_add(log->data, begin & mask);
	status = ow_virt_read_u64(log->pt, block, &owner, w->why);
	if (status != OW_OK)
		return ow_log_failed(status);
	if (owner != id)
		return OW_LOG_TORN;

	rec->cut = len > w->size;
	rec->len = rec->cut ? (u32)w->size : len;
	status = ow_virt_read(log->pt, ow_virt_add(block, OW_BLOCK_ID_SIZE),
			      w->buf, rec->len, w->why);
	return status == OW_OK ? OW_LOG_TAKE : ow_log_failed(status);
}

static enum ow_log_verdict ow_log_read_record(struct ow_log_walker *w, u64 id,
					      struct ow_log_record *rec)
{
	const struct ow_log *log = w->log;
	const struct ow_log_layout *lay = &log->layout;
	u64 mask = BIT_ULL(log->count_bits) - 1;
	u8 raw[OW_LOG_STRUCT_MAX];
	enum ow_status status;
	u64 state, begin, next;
	u16 len;

	memset(rec, 0, sizeof(*rec));

	status = ow_virt_read(log->pt, ow_virt_add(log->descs, (id & mask) *
						   lay->desc_size),
			      raw, lay->desc_size, w->why);
	if (status != OW_OK)
		return ow_log_failed(status);
	state = ow_log_get64(raw, lay->desc_state);
	begin = ow_log_get64(raw, lay->desc_begin);
	next = ow_log_get64(raw, lay->desc_next);

	if ((state & OW_DESC_ID_MASK) != id)
		return OW_LOG_TORN;
	switch (state >> OW_DESC_STATE_SHIFT) {
	case OW_DESC_RESERVED:
		return OW_LOG_TORN;
	case OW_DESC_REUSABLE:
		return OW_LOG_RECYCLED;
	case OW_DESC_COMMITTED:
		rec->open = true;
		break;
	case OW_DESC_FINALIZED:
		break;
	}

	status = ow_virt_read(log->pt, ow_virt_add(log->infos, (id & mask) *
						   lay->info_size),
			      raw, lay->info_size, w->why);
	if (status != OW_OK)
		return ow_log_failed(status);
	rec->seq = ow_log_get64(raw, lay->info_seq);
	rec->ts_nsec = ow_log_get64(raw, lay->info_ts);
	memcpy(&len, raw + lay->info_len, sizeof(len));
	memcpy(&rec->caller_id, raw + lay->info_caller, sizeof(u32));
	if (lay->has_level) {
		rec->known = true;
		rec->facility = raw[lay->info_facility];
		rec->flags = raw[lay->info_level] & 0x1f;
		rec->level = raw[lay->info_level] >> 5;
	}
	/* Sequence numbers and IDs are dealt out side by side, in step. */
	if ((rec->seq & mask) != (id & mask))
		return OW_LOG_TORN;
	return ow_log_text(w, id, begin, next, len, rec);
}

enum ow_status ow_log_walk(const struct ow_log *log, char *buf, size_t size,
			   const struct ow_log_visitor *visit,
			   struct ow_log_stats *stats,
			   struct ow_fault_info *why)
{
	struct ow_fault_info last;
	struct ow_log_walker w = {
		.log = log,
		.why = &last,
		.buf = buf,
		.size = size,
	};
	unsigned int unreadable = 0;
	struct ow_log_record rec;
	u64 head, count, most;

	memset(stats, 0, sizeof(*stats));
	head = log->head_id & OW_DESC_ID_MASK;
	count = ((head - log->tail_id) & OW_DESC_ID_MASK) + 1;
	most = BIT_ULL(log->count_bits);
	/* More than the ring holds: the tail is wrong, the head may be right. */
	if (count > most)
		count = most;
	if (count > OW_LOG_WALK_MAX) {
		stats->left = count - OW_LOG_WALK_MAX;
		count = OW_LOG_WALK_MAX;
	}

	while (count--) {
		u64 id = (head - count) & OW_DESC_ID_MASK;

		switch (ow_log_read_record(&w, id, &rec)) {
		case OW_LOG_TAKE:
			stats->records++;
			if (!visit->record(visit->priv, &rec))
				return OW_STOPPED;
			break;
		case OW_LOG_RECYCLED:
			stats->recycled++;
			break;
		case OW_LOG_DROPPED:
			stats->dropped++;
			break;
		case OW_LOG_TORN:
			stats->torn++;
			break;
		case OW_LOG_UNREADABLE:
			stats->unreadable++;
			if (++unreadable < OW_LOG_UNREADABLE_MAX)
				continue;
			if (why)
				*why = last;
			return OW_BAD_ADDRESS;
		}
		unreadable = 0;
	}
	return OW_OK;
}

/* Where formatted text goes, counting also what no longer fits. */
struct ow_log_out {
	char *buf;
	size_t size;
	size_t len;
};

static void ow_log_put(struct ow_log_out *out, const char *text, size_t n)
{
	if (out->len < out->size) {
		size_t room = out->size - out->len;

		memcpy(out->buf + out->len, text, n < room ? n : room);
	}
	out->len += n;
}

static size_t ow_log_prefix(const struct ow_log_record *rec,
			    unsigned int flags, char *buf, size_t size)
{
	u64 sec = rec->ts_nsec / 1000000000;
	u32 nsec = (u32)(rec->ts_nsec % 1000000000);
	int n = 0;

	if ((flags & OW_LOG_LEVEL) && rec->known)
		n = snprintf(buf, size, "<%u>",
			     (unsigned int)rec->facility << 3 | rec->level);
	n += snprintf(buf + n, size - n, "[%5llu.%06u]", sec, nsec / 1000);
	if (flags & OW_LOG_CALLER) {
		char who[12];

		snprintf(who, sizeof(who), "%c%u",
			 rec->caller_id & 0x80000000 ? 'C' : 'T',
			 rec->caller_id & 0x7fffffff);
		n += snprintf(buf + n, size - n, "[%6s]", who);
	}
	n += snprintf(buf + n, size - n, " ");
	return n;
}

static bool ow_log_is_control(char c)
{
	return ((u8)c < 0x20 && c != '\t') || c == 0x7f;
}

static void ow_log_put_escaped(struct ow_log_out *out, const char *p,
			       const char *end)
{
	while (p < end) {
		const char *run = p;

		while (p < end && !ow_log_is_control(*p))
			p++;
		ow_log_put(out, run, p - run);
		if (p < end) {
			char hex[8];

			snprintf(hex, sizeof(hex), "\\x%02x", (u8)*p++);
			ow_log_put(out, hex, 4);
		}
	}
}

size_t ow_log_format(const struct ow_log_record *rec, unsigned int flags,
		     char *buf, size_t size)
{
	struct ow_log_out out = { buf, size, 0 };
	const char *p = rec->text;
	const char *end = p + rec->len;
	char prefix[64];
	size_t plen;

	plen = ow_log_prefix(rec, flags, prefix, sizeof(prefix));
	for (;;) {
		const char *eol = p < end ? memchr(p, '\n', end - p) : NULL;

		ow_log_put(&out, prefix, plen);
		ow_log_put_escaped(&out, p, eol ? eol : end);
		ow_log_put(&out, "\n", 1);
		/* A newline that ends the text does not begin another line. */
		if (!eol || eol + 1 == end)
			break;
		p = eol + 1;
	}

	if (size)
		buf[out.len < size ? out.len : size - 1] = 0;
	return out.len;
}
