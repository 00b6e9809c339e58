// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Dead files in memory
 *
 * Their only copy is the page cache. A frame is believed to be a file's if the
 * page cache has it at an index and its struct page names the same file and
 * the same index: both would have to be damaged alike for a file to get what
 * is not its own.
 */
#include "ow_shmem.h"

#include "ow_mm.h"

/* S_IFMT and what it may hold, in both kernels' user interface. */
#define OW_IFMT		0170000
#define OW_IFDIR	0040000
#define OW_IFREG	0100000
#define OW_IFLNK	0120000

#define OW_PAGE_SIZE	4096
/* Folios grow no larger than a huge page. */
#define OW_ORDER_MAX	9
/* Where a large folio's second page says how many there are. */
#define OW_ORDER_MASK	0xff

bool ow_is_shmem_type(const char *fstype)
{
	return !strcmp(fstype, "tmpfs") || !strcmp(fstype, "devtmpfs");
}

bool ow_is_shmem(const struct ow_inode *inode)
{
	return ow_is_shmem_type(inode->fstype);
}

static struct ow_time ow_time(struct ow_cursor *c, struct ow_virt at,
			      enum ow_fact sec, enum ow_fact nsec)
{
	struct ow_time time = {
		.sec = ow_get_signed(c, at, sec),
		.nsec = ow_get(c, at, nsec),
	};

	if (time.nsec >= 1000000000)
		time.nsec = 0;
	return time;
}

static void ow_shmem_read_times(struct ow_cursor *c, struct ow_virt inode,
				struct ow_virt info, struct ow_shmem *shmem)
{
	shmem->atime = ow_time(c, inode, OW_F_inode_i_atime_sec,
			       OW_F_inode_i_atime_nsec);
	shmem->mtime = ow_time(c, inode, OW_F_inode_i_mtime_sec,
			       OW_F_inode_i_mtime_nsec);
	shmem->ctime = ow_time(c, inode, OW_F_inode_i_ctime_sec,
			       OW_F_inode_i_ctime_nsec);
	shmem->btime = ow_time(c, info, OW_F_shmem_inode_info_crtime_sec,
			       OW_F_shmem_inode_info_crtime_nsec);
}

bool ow_shmem_read(struct ow_cursor *c, struct ow_virt inode,
		   struct ow_shmem *shmem)
{
	struct ow_virt info = ow_object_of(c, inode,
					   OW_F_shmem_inode_info_vfs_inode);
	u32 type;

	memset(shmem, 0, sizeof(*shmem));
	if (!ow_inode_read(c, inode, &shmem->inode))
		return false;
	if (!ow_is_shmem(&shmem->inode))
		return ow_cursor_fail(c, OW_BAD_DATA, inode,
				      "an inode of a file system in memory");
	type = shmem->inode.mode & OW_IFMT;
	shmem->uid = ow_get(c, inode, OW_F_inode_i_uid);
	shmem->gid = ow_get(c, inode, OW_F_inode_i_gid);
	shmem->seals = ow_get(c, info, OW_F_shmem_inode_info_seals);
	shmem->fsflags = ow_get(c, info, OW_F_shmem_inode_info_fsflags);
	if (type == OW_IFDIR)
		shmem->next_offset =
			ow_get(c, info, OW_F_shmem_inode_info_next_offset);
	if (type == OW_IFLNK)
		shmem->link = ow_get_ptr(c, inode, OW_F_inode_i_link);
	ow_shmem_read_times(c, inode, info, shmem);
	shmem->mapping = ow_field_at(c, inode, OW_F_inode_i_data);
	shmem->pages = ow_field_at(c, shmem->mapping,
				   OW_F_address_space_i_pages);
	shmem->xattrs = ow_get_ptr(c, info, OW_F_shmem_inode_info_xattr_root);
	if (ow_layout_has(&c->kernel->layout, OW_F_inode_i_acl)) {
		shmem->acl = ow_get_ptr(c, inode, OW_F_inode_i_acl);
		shmem->default_acl = ow_get_ptr(c, inode,
						OW_F_inode_i_default_acl);
	}
	shmem->owner = ow_get_ptr(c, inode, OW_F_inode_i_private);
	shmem->internal = ow_get(c, inode, OW_F_inode_i_flags) &
			 ow_const(c, OW_C_S_PRIVATE);
	shmem->noreserve = ow_get(c, info, OW_F_shmem_inode_info_flags) &
			   ow_const(c, OW_C_VM_NORESERVE);
	shmem->linkable = ow_get(c, inode, OW_F_inode_i_state) &
			  ow_const(c, OW_C_I_LINKABLE);
	if (!ow_cursor_ok(c))
		return false;
	if (ow_get(c, inode, OW_F_inode_i_mapping) != shmem->mapping.a)
		return ow_cursor_fail(c, OW_BAD_DATA, inode,
				      "the page cache of an inode");
	return ow_cursor_ok(c);
}

/* --- Contents ------------------------------------------------------------------ */

struct ow_shmem_pass {
	struct ow_cursor cursor;
	const struct ow_xa_walker *walker;
	const struct ow_shmem *shmem;
	int (*each)(void *priv, const struct ow_shmem_page *page);
	void *priv;
};

/* Of the folio whose head is at @pfn. */
static u32 ow_folio_order(struct ow_cursor *c, u64 pfn)
{
	struct ow_page second;

	if (!ow_page_read(c, pfn + 1, &second) || second.head_pfn != pfn)
		return 0;
	return second.flags & OW_ORDER_MASK;
}

static const char *ow_shmem_frame(struct ow_shmem_pass *pass, u64 entry,
				  struct ow_shmem_page *out)
{
	struct ow_cursor *c = &pass->cursor;
	struct ow_page page;

	if (!ow_page_pfn(c, entry, &out->pfn) ||
	    !ow_page_read(c, out->pfn, &page))
		return "its struct page cannot be read";
	if (page.mapping != pass->shmem->mapping.a ||
	    page.index != out->index || page.head_pfn != out->pfn)
		return "page cache and struct page disagree";
	if (ow_page_flag(c, page.flags, OW_C_OW_PG_HWPOISON))
		return "poisoned memory";
	if (page.compound)
		out->order = ow_folio_order(c, out->pfn);
	if (out->order > OW_ORDER_MAX || out->pfn & (BIT_ULL(out->order) - 1) ||
	    out->index & (BIT_ULL(out->order) - 1))
		return "a large page that cannot be one";
	out->uptodate = ow_page_flag(c, page.flags, OW_C_PG_uptodate);
	return NULL;
}

/* A large folio that was swapped out is one entry. */
static int ow_shmem_swapped(struct ow_shmem_pass *pass, u64 index, u64 entry)
{
	struct ow_cursor *c = &pass->cursor;
	unsigned int shift = ow_const(c, OW_C_SWP_TYPE_SHIFT);
	u64 i, count = ow_xa_span(pass->walker);
	struct ow_shmem_page page = { .index = index };
	int ret = 0;

	if (!ow_cursor_ok(c) || shift >= 64 || count > BIT_ULL(OW_ORDER_MAX)) {
		page.problem = "an entry of a swap area that cannot be one";
		ow_cursor_init(c, c->kernel);
		return pass->each(pass->priv, &page);
	}
	page.swapped = true;
	page.type = entry >> shift;
	for (i = 0; !ret && i < count; i++) {
		page.index = index + i;
		page.slot = (entry & (BIT_ULL(shift) - 1)) + i;
		ret = pass->each(pass->priv, &page);
	}
	return ret;
}

static int ow_shmem_entry(void *priv, u64 index, u64 entry)
{
	struct ow_shmem_pass *pass = priv;
	struct ow_cursor *c = &pass->cursor;
	struct ow_shmem_page page = { .index = index };

	if (ow_xa_is_value(entry))
		return ow_shmem_swapped(pass, index, ow_xa_to_value(entry));
	page.problem = ow_shmem_frame(pass, entry, &page);
	if (!ow_cursor_ok(c))
		ow_cursor_init(c, c->kernel);
	return pass->each(pass->priv, &page);
}

int ow_shmem_pages_walk(struct ow_xa_walker *walker,
			const struct ow_kernel *kernel,
			const struct ow_shmem *shmem,
			int (*each)(void *priv,
				    const struct ow_shmem_page *page),
			void *priv, struct ow_fault_info *why)
{
	struct ow_shmem_pass pass = {
		.walker = walker,
		.shmem = shmem,
		.each = each,
		.priv = priv,
	};

	ow_cursor_init(&pass.cursor, kernel);
	return ow_xa_walk(walker, shmem->pages, 0, ow_shmem_entry, &pass, why);
}

/* --- Symbolic links -------------------------------------------------------------- */

/* A long one is the contents of its only page. */
static bool ow_shmem_long_link(struct ow_cursor *c,
			       const struct ow_shmem *shmem, char *buf)
{
	struct ow_virt at = ow_field_at(c, shmem->pages, OW_F_xarray_xa_head);
	struct ow_shmem_pass pass = { .shmem = shmem };
	struct ow_shmem_page page = { 0 };
	u64 head = ow_get_word(c, at);

	ow_cursor_init(&pass.cursor, c->kernel);
	if (!ow_cursor_ok(c))
		return false;
	if (ow_xa_is_value(head) || ow_shmem_frame(&pass, head, &page))
		return ow_cursor_fail(c, OW_BAD_DATA, at,
				      "the text of a symbolic link");
	if (ow_memory_read(c->kernel->mem,
			   ow_phys_at(page.pfn * OW_PAGE_SIZE), buf,
			   OW_PATH_MAX, &c->fault) != OW_OK)
		return false;
	return true;
}

bool ow_shmem_link(struct ow_cursor *c, const struct ow_shmem *shmem,
		   char *buf)
{
	u64 size = shmem->inode.size;

	if (!size || size >= OW_PATH_MAX)
		return ow_cursor_fail(c, OW_BAD_DATA, shmem->inode.at,
				      "the size of a symbolic link");
	if (shmem->link.a)
		ow_get_memory(c, shmem->link, buf, size);
	else
		ow_shmem_long_link(c, shmem, buf);
	if (!ow_cursor_ok(c))
		return false;
	buf[size] = 0;
	if (strlen(buf) != size)
		return ow_cursor_fail(c, OW_BAD_DATA, shmem->inode.at,
				      "the text of a symbolic link");
	return true;
}
