// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: pages of files that the dead kernel had not written.
 */

/**
 * DOC: File data
 *
 * What was dirty in the dead page cache becomes dirty in this one, in the same
 * frames. First the file gets its length; then the file system is told as it
 * is told of a write(): it reserves blocks where the dead kernel had reserved
 * them and not allocated yet. Nothing is written to the disk here; that
 * comes when it would have come.
 *
 * A file is found by its inode's number and generation. Times stay as they
 * are: they are metadata, and have come back as such.
 *
 * A frame that cannot be moved is copied: where the page has been read here
 * already, or was valid in parts only.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/exportfs.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/otherworld_mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "disks.h"

struct ow_save {
	const struct ow_kernel *kernel;
	struct super_block *sb;
	struct ow_xa_walker *walker;
	struct ow_inode dead;
	struct inode *inode;
	void *scratch;
	unsigned long pages, failed;
	int error;
};

/* For the file system: @size bytes from @pos on are changed. */
static int ow_save_part(struct ow_save *save, loff_t pos, unsigned int size,
			unsigned long pfn)
{
	struct address_space *mapping = save->inode->i_mapping;
	const struct address_space_operations *ops = mapping->a_ops;
	struct folio *folio;
	void *fsdata = NULL;
	int ret;

	ret = ops->write_begin(NULL, mapping, pos, size, &folio, &fsdata);
	if (ret)
		return ret;
	if (folio_pfn(folio) != pfn)
		memcpy_to_folio(folio, offset_in_folio(folio, pos),
				save->scratch + offset_in_page(pos), size);
	flush_dcache_folio(folio);
	ret = ops->write_end(NULL, mapping, pos, size, size, folio, fsdata);
	if (ret < 0)
		return ret;
	return ret == size ? 0 : -EIO;
}

static int ow_save_page(void *priv, const struct ow_unsaved *part)
{
	struct ow_save *save = priv;
	loff_t start = (loff_t)part->index << PAGE_SHIFT;
	unsigned int end = part->end;
	struct ow_fault_info why;
	int ret = -EEXIST;

	/* Beyond the end is what a write() had not got to report yet. */
	if (part->index > (u64)MAX_LFS_FILESIZE >> PAGE_SHIFT ||
	    start + part->start >= save->dead.size)
		return OW_GO_ON;
	if (start + end > save->dead.size)
		end = save->dead.size - start;

	if (!part->start && part->end == PAGE_SIZE &&
	    ow_frame_is_dead_ram(part->pfn, 1))
		ret = ow_adopt_cache_page(save->inode->i_mapping, part->index,
					  part->pfn);
	if (ret && ow_memory_read(save->kernel->mem,
				  ow_phys_at(part->pfn << PAGE_SHIFT),
				  save->scratch, PAGE_SIZE, &why) != OW_OK) {
		ret = -EFAULT;
	} else {
		ret = ow_save_part(save, start + part->start,
				   end - part->start, part->pfn);
	}
	if (ret) {
		save->failed++;
		save->error = ret;
	} else {
		save->pages++;
	}
	cond_resched();
	return OW_GO_ON;
}

static struct inode *ow_save_find(const struct ow_save *save)
{
	const struct export_operations *ops = save->sb->s_export_op;
	struct fid fid = {
		.i32.ino = save->dead.ino,
		.i32.gen = save->dead.generation,
	};
	struct dentry *dentry;
	struct inode *inode;

	dentry = ops->fh_to_dentry(save->sb, &fid, 2, FILEID_INO32_GEN);
	if (IS_ERR_OR_NULL(dentry))
		return NULL;
	inode = igrab(d_inode(dentry));
	dput(dentry);
	return inode;
}

static void ow_save_say(const struct ow_save *save, const char *what,
			const char *reason, int error)
{
	char name[96];

	snprintf(name, sizeof(name), "%s of inode %llu on %s", what,
		 save->dead.ino, save->sb->s_id);
	ow_verdict(0, OTHERWORLD_LOST, save->dead.at.a, name, "%s: error %d",
		   reason, error);
}

static void ow_save_inode(struct ow_save *save)
{
	struct inode *inode = save->inode;
	struct ow_fault_info why;

	save->failed = 0;
	inode_lock(inode);
	ow_unsaved_pages_walk(save->walker, save->kernel, save->dead.at,
			      ow_save_page, save, &why);
	inode_unlock(inode);
	if (why.status != OW_OK)
		ow_verdict_fault(0, OTHERWORLD_LOST, "pages of a file", &why);
	if (save->failed) {
		char what[32];

		snprintf(what, sizeof(what), "%lu pages", save->failed);
		ow_save_say(save, what, "they cannot be put back",
			    save->error);
	}
	if (i_size_read(inode) != save->dead.size)
		ow_save_say(save, "the size", "it is another now", 0);
}

static int ow_save_file(void *priv, struct ow_virt at)
{
	struct ow_save *save = priv;
	struct ow_cursor c;
	int ret;

	ow_cursor_init(&c, save->kernel);
	if (!ow_inode_read(&c, at, &save->dead)) {
		ow_verdict_fault(0, OTHERWORLD_LOST, "pages of a file",
				 &c.fault);
		return OW_GO_ON;
	}
	if (!S_ISREG(save->dead.mode))
		return OW_GO_ON;
	/* Deleted: who has it open is told so. */
	if (!save->dead.nlink)
		return OW_GO_ON;
	save->inode = ow_save_find(save);
	if (!save->inode) {
		ow_save_say(save, "all pages", "it is not there", -ESTALE);
		return OW_GO_ON;
	}
	ret = -EOPNOTSUPP;
	if (S_ISREG(save->inode->i_mode) && !IS_DAX(save->inode) &&
	    !IS_ENCRYPTED(save->inode)) {
		inode_lock(save->inode);
		ret = ow_ext4_open(save->inode, save->dead.size);
		inode_unlock(save->inode);
	}
	if (ret)
		ow_save_say(save, "all pages", "they cannot be put back", ret);
	else
		ow_save_inode(save);
	iput(save->inode);
	return OW_GO_ON;
}

void ow_save_pages(const struct ow_kernel *kernel, const struct ow_disk *disk,
		   struct super_block *sb)
{
	struct ow_save save = { .kernel = kernel, .sb = sb };
	struct ow_fault_info why;

	if (sb_rdonly(sb) || !sb->s_export_op || !sb->s_export_op->fh_to_dentry)
		return;
	save.scratch = kmalloc(PAGE_SIZE, GFP_KERNEL);
	save.walker = ow_xa_walker_new(kernel);
	if (save.scratch && save.walker) {
		sb_start_write(sb);
		ow_unsaved_walk(kernel, &disk->super, ow_save_file, &save,
				&why);
		sb_end_write(sb);
		if (why.status != OW_OK)
			ow_verdict_fault(0, OTHERWORLD_LOST, "pages of files",
					 &why);
		pr_info("%s: %lu pages of files that were not written yet\n",
			sb->s_id, save.pages);
	} else {
		ow_verdict(0, OTHERWORLD_LOST, 0, "pages of files",
			   "no memory");
	}
	ow_xa_walker_free(save.walker);
	kfree(save.scratch);
}
