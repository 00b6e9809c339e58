// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: What dead file systems had not written
 *
 * A page that was dirty, or on its way to the disk, is marked in its file's
 * page cache. The marks are looked at, not the flags of all pages: they cover
 * the moments between the one flag and the other as well.
 *
 * Where a file system's blocks are smaller than pages, a page may be valid in
 * parts only. Its buffers say which, and also whether a page is that is not
 * marked as read.
 */
#include "ow_super.h"

#include "ow_mm.h"

#define OW_PAGE_SIZE	4096
/* PAGECACHE_TAG_DIRTY, _WRITEBACK and _TOWRITE. */
#define OW_UNSAVED	(OW_XA_MARK_0 | OW_XA_MARK_1 | OW_XA_MARK_2)
/* An inode takes half a KiB at least. */
#define OW_INODES_MAX	(512 * 1024 * 1024)
#define OW_BUFFERS_MAX	8

bool ow_super_read(struct ow_cursor *c, struct ow_virt at,
		   struct ow_super *super)
{
	struct ow_virt type, bdev;

	memset(super, 0, sizeof(*super));
	super->at = at;
	super->dev = ow_get(c, at, OW_F_super_block_s_dev);
	super->read_only = ow_get(c, at, OW_F_super_block_s_flags) &
			   ow_const(c, OW_C_SB_RDONLY);
	super->block_size = ow_get(c, at, OW_F_super_block_s_blocksize);
	ow_get_bytes(c, at, OW_F_super_block_s_uuid, super->uuid,
		     sizeof(super->uuid));
	type = ow_get_ptr(c, at, OW_F_super_block_s_type);
	ow_get_string(c, ow_get_ptr(c, type, OW_F_file_system_type_name),
		      super->type, sizeof(super->type));
	super->fs_info = ow_get_ptr(c, at, OW_F_super_block_s_fs_info);
	bdev = ow_get_ptr(c, at, OW_F_super_block_s_bdev);
	if (bdev.a)
		super->cache = ow_get_ptr(c, bdev,
					  OW_F_block_device_bd_mapping);
	return ow_cursor_ok(c);
}

static bool ow_inode_unsaved(struct ow_cursor *c, struct ow_virt inode)
{
	struct ow_virt mapping = ow_get_ptr(c, inode, OW_F_inode_i_mapping);
	struct ow_virt pages = ow_field_at(c, mapping,
					   OW_F_address_space_i_pages);

	return ow_xa_marks(c, pages) & OW_UNSAVED;
}

int ow_unsaved_walk(const struct ow_kernel *kernel,
		    const struct ow_super *super,
		    int (*each)(void *priv, struct ow_virt inode), void *priv,
		    struct ow_fault_info *why)
{
	struct ow_virt head, link, next, inode;
	unsigned int count;
	struct ow_cursor c;
	int ret = 0;

	if (why)
		memset(why, 0, sizeof(*why));
	ow_cursor_init(&c, kernel);
	head = ow_field_at(&c, super->at, OW_F_super_block_s_inodes);
	link = head;
	/* A list whose links back all fit has no loop but the one to its head. */
	for (count = 0; count < OW_INODES_MAX && !ret; count++) {
		next = ow_virt_at(ow_get_word(&c, link));
		if (!ow_cursor_ok(&c) || next.a == head.a)
			break;
		inode = ow_object_of(&c, next, OW_F_inode_i_sb_list);
		if (ow_get_word(&c, ow_virt_add(next, 8)) != link.a ||
		    ow_get(&c, inode, OW_F_inode_i_sb) != super->at.a)
			ow_cursor_fail(&c, OW_BAD_DATA, next,
				       "a link between inodes");
		if (ow_cursor_ok(&c) && ow_inode_unsaved(&c, inode))
			ret = each(priv, inode);
		link = next;
	}
	if (!ow_cursor_ok(&c) && why)
		*why = c.fault;
	return ret;
}

struct ow_unsaved_pass {
	struct ow_cursor cursor;
	struct ow_virt mapping;
	int (*each)(void *priv, const struct ow_unsaved *part);
	void *priv;
	struct ow_fault_info *why;
};

/* The valid and mapped of the buffers around @first, put together to runs. */
static int ow_unsaved_buffers(struct ow_unsaved_pass *pass,
			      struct ow_unsaved *part, struct ow_virt first)
{
	struct ow_cursor *c = &pass->cursor;
	struct ow_virt at = first;
	unsigned int i;
	u64 wanted, offset = 0;
	int ret = 0;

	wanted = BIT_ULL(ow_const(c, OW_C_BH_Uptodate)) |
		 BIT_ULL(ow_const(c, OW_C_BH_Mapped));
	part->start = 0;
	part->end = 0;
	for (i = 0; i < OW_BUFFERS_MAX && !ret; i++) {
		u64 state = ow_get(c, at, OW_F_buffer_head_b_state);
		u64 size = ow_get(c, at, OW_F_buffer_head_b_size);

		if (!size || size > OW_PAGE_SIZE - offset)
			ow_cursor_fail(c, OW_BAD_DATA, at, "a page's buffer");
		if (!ow_cursor_ok(c))
			return 0;
		if ((state & wanted) != wanted) {
			if (part->end > part->start)
				ret = pass->each(pass->priv, part);
			part->start = offset + size;
		}
		offset += size;
		part->end = (state & wanted) == wanted ? offset : 0;
		at = ow_get_ptr(c, at, OW_F_buffer_head_b_this_page);
		if (at.a == first.a || offset == OW_PAGE_SIZE)
			break;
	}
	if (!ret && part->end > part->start)
		ret = pass->each(pass->priv, part);
	return ret;
}

static int ow_unsaved_page(struct ow_unsaved_pass *pass, u64 index,
			   struct ow_virt at)
{
	struct ow_cursor *c = &pass->cursor;
	u64 size = ow_const(c, OW_S_page);
	u64 map = ow_const(c, OW_C_OW_VMEMMAP);
	struct ow_unsaved part = { .index = index, .end = OW_PAGE_SIZE };
	struct ow_virt buffers;
	struct ow_page page;
	bool filled;

	if (!size || at.a < map || (at.a - map) % size)
		ow_cursor_fail(c, OW_BAD_DATA, at, "a page of a file");
	if (!ow_cursor_ok(c))
		return 0;
	part.pfn = (at.a - map) / size;
	if (!ow_page_read(c, part.pfn, &page))
		return 0;
	if (page.compound) {
		ow_cursor_fail(c, OW_REFUSED, at, "a large folio of a file");
		return 0;
	}
	if (page.mapping != pass->mapping.a || page.index != index) {
		ow_cursor_fail(c, OW_BAD_DATA, at, "a page of a file");
		return 0;
	}
	filled = ow_page_flag(c, page.flags, OW_C_PG_uptodate);
	if (ow_page_flag(c, page.flags, OW_C_PG_private)) {
		buffers = ow_get_ptr(c, at, OW_F_page_private);
		/* Who cuts a file short reads the buffer that it cuts, no more. */
		if (!filled || ow_get(c, buffers, OW_F_buffer_head_b_size) <
			       OW_PAGE_SIZE)
			return ow_unsaved_buffers(pass, &part, buffers);
	}
	/* Marked, but not yet filled by whoever was writing to it. */
	if (!filled)
		return 0;
	return pass->each(pass->priv, &part);
}

static int ow_unsaved_entry(void *priv, u64 index, u64 entry)
{
	struct ow_unsaved_pass *pass = priv;
	struct ow_cursor *c = &pass->cursor;
	int ret;

	if (ow_xa_is_value(entry))
		return 0;
	ret = ow_unsaved_page(pass, index, ow_virt_at(entry));
	if (!ow_cursor_ok(c)) {
		if (pass->why && pass->why->status == OW_OK)
			*pass->why = c->fault;
		ow_cursor_init(c, c->kernel);
	}
	return ret;
}

int ow_unsaved_pages_walk(struct ow_xa_walker *walker,
			  const struct ow_kernel *kernel, struct ow_virt inode,
			  int (*each)(void *priv,
				      const struct ow_unsaved *part),
			  void *priv, struct ow_fault_info *why)
{
	struct ow_unsaved_pass pass = {
		.each = each,
		.priv = priv,
		.why = why,
	};
	struct ow_fault_info tree;
	struct ow_virt pages;
	int ret;

	if (why)
		memset(why, 0, sizeof(*why));
	ow_cursor_init(&pass.cursor, kernel);
	pass.mapping = ow_get_ptr(&pass.cursor, inode, OW_F_inode_i_mapping);
	pages = ow_field_at(&pass.cursor, pass.mapping,
			    OW_F_address_space_i_pages);
	if (!ow_cursor_ok(&pass.cursor)) {
		if (why)
			*why = pass.cursor.fault;
		return 0;
	}
	ret = ow_xa_walk(walker, pages, OW_UNSAVED, ow_unsaved_entry, &pass,
			 &tree);
	if (why && why->status == OW_OK)
		*why = tree;
	return ret;
}
