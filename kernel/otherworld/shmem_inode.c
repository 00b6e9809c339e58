// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: an inode in memory gets what the dead one contained and was.
 */

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/fileattr.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/posix_acl.h>
#include <linux/quotaops.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/xattr.h>
#include <uapi/linux/fcntl.h>

#include "rebuild.h"

/* Where the kernel has error numbers and marks instead of pointers. */
#define OW_NO_POINTERS	((u64)-MAX_ERRNO)

/* --- Contents ------------------------------------------------------------------- */

struct ow_contents_pass {
	struct inode *inode;
	unsigned long lost;
	u64 lost_at;
	const char *lost_why;
};

static const char *ow_adopt_page(struct ow_contents_pass *pass,
				 const struct ow_shmem_page *page)
{
	struct ow_file_frame frame = {
		.index = page->index,
		.pfn = page->pfn,
		.order = page->order,
		.uptodate = page->uptodate,
	};
	struct ow_swapped swapped = { };
	const char *problem = page->problem;
	int ret;

	if (page->swapped) {
		problem = ow_swap_find(page->type, page->slot, true, &swapped);
		frame.pfn = swapped.pfn;
		frame.uptodate = true;
	}
	if (problem)
		return problem;
	if (page->swapped && !swapped.pfn)
		ret = ow_adopt_shmem_swap(pass->inode, page->index,
					  swapped.entry);
	else if (ow_frame_is_dead_ram(frame.pfn, 1ULL << frame.order))
		ret = ow_adopt_shmem(pass->inode, &frame);
	else
		return "not in dead memory";
	switch (ret) {
	case 0:
		return NULL;
	case -ENOSPC:
		return "the file system is full";
	case -ENOMEM:
		return "no memory";
	default:
		return "somebody else's frame";
	}
}

static int ow_each_page(void *priv, const struct ow_shmem_page *page)
{
	struct ow_contents_pass *pass = priv;
	const char *why = ow_adopt_page(pass, page);

	if (why && !pass->lost++) {
		pass->lost_at = page->index;
		pass->lost_why = why;
	}
	cond_resched();
	return OW_GO_ON;
}

static void ow_restore_contents(const struct ow_kernel *kernel, pid_t pid,
				const struct ow_shmem *dead,
				struct dentry *dentry)
{
	struct ow_xa_walker *walker = ow_xa_walker_new(kernel);
	struct ow_contents_pass pass = { .inode = d_inode(dentry) };
	struct ow_fault_info why = { .status = OW_OK };
	char name[96];

	snprintf(name, sizeof(name), "contents of %s %pd", dead->inode.fstype,
		 dentry);
	if (!walker) {
		ow_verdict(pid, OTHERWORLD_LOST, dead->inode.at.a, name,
			   "no memory");
		return;
	}
	if (dead->inode.size <= MAX_LFS_FILESIZE)
		i_size_write(pass.inode, dead->inode.size);
	ow_shmem_pages_walk(walker, kernel, dead, ow_each_page, &pass, &why);
	ow_xa_walker_free(walker);
	if (why.status != OW_OK)
		ow_verdict_fault(pid, OTHERWORLD_LOST, name, &why);
	if (pass.lost)
		ow_verdict(pid, OTHERWORLD_LOST, dead->inode.at.a, name,
			   "%lu pages from %#llx on: %s", pass.lost,
			   pass.lost_at, pass.lost_why);
}

/* --- Attributes ------------------------------------------------------------------ */

static struct timespec64 ow_live_time(const struct ow_time *time)
{
	return (struct timespec64){ .tv_sec = time->sec, .tv_nsec = time->nsec };
}

static void ow_restore_owner(struct inode *inode, const struct ow_shmem *dead)
{
	struct iattr owner = {
		.ia_valid = ATTR_UID | ATTR_GID,
		.ia_vfsuid = VFSUIDT_INIT(KUIDT_INIT(dead->uid)),
		.ia_vfsgid = VFSGIDT_INIT(KGIDT_INIT(dead->gid)),
	};
	int ret;

	/* It was made as root, whose quota it is charged to so far. */
	ret = dquot_transfer(&nop_mnt_idmap, inode, &owner);
	if (ret)
		ow_verdict(0, OTHERWORLD_DEGRADED, dead->inode.at.a,
			   "quota of a file",
			   "of user %u: it is not counted, error %d",
			   dead->uid, ret);
	inode->i_mode = (inode->i_mode & S_IFMT) | (dead->inode.mode & S_IALLUGO);
	inode->i_uid = KUIDT_INIT(dead->uid);
	inode->i_gid = KGIDT_INIT(dead->gid);
}

void ow_restore_shmem_inode(const struct ow_shmem *dead, struct inode *inode)
{
	ow_restore_owner(inode, dead);
	if (!strcmp(dead->inode.fstype, "tmpfs")) {
		inode->i_ino = dead->inode.ino;
		inode->i_generation = dead->inode.generation;
	}
	inode_set_atime_to_ts(inode, ow_live_time(&dead->atime));
	inode_set_mtime_to_ts(inode, ow_live_time(&dead->mtime));
	inode_set_ctime_to_ts(inode, ow_live_time(&dead->ctime));
	SHMEM_I(inode)->i_crtime = ow_live_time(&dead->btime);
}

static int ow_each_xattr(void *priv, const char *name, const void *value,
			 size_t size)
{
	struct dentry *dentry = priv;
	int ret = vfs_setxattr(&nop_mnt_idmap, dentry, name, value, size, 0);

	if (ret)
		ow_verdict(0, OTHERWORLD_DEGRADED, 0, "extended attribute",
			   "%s of %pd cannot be set: error %d", name, dentry,
			   ret);
	return OW_GO_ON;
}

static struct posix_acl *ow_live_acl(const struct ow_acl_entry *entries,
				     unsigned int count)
{
	struct posix_acl *acl = posix_acl_alloc(count, GFP_KERNEL);
	unsigned int i;

	if (!acl)
		return NULL;
	for (i = 0; i < count; i++) {
		acl->a_entries[i].e_tag = entries[i].tag;
		acl->a_entries[i].e_perm = entries[i].perm;
		/* Users and groups are numbers alike. */
		acl->a_entries[i].e_uid = KUIDT_INIT(entries[i].id);
	}
	return acl;
}

static void ow_restore_acl(const struct ow_kernel *kernel,
			   struct ow_virt dead, struct dentry *dentry, int type)
{
	struct ow_acl_entry *entries;
	struct posix_acl *acl = NULL;
	int count, ret = -ENOMEM;
	struct ow_cursor c;

	if (!IS_ENABLED(CONFIG_FS_POSIX_ACL) || !dead.a ||
	    dead.a >= OW_NO_POINTERS)
		return;
	entries = kcalloc(OW_ACL_MAX, sizeof(*entries), GFP_KERNEL);
	ow_cursor_init(&c, kernel);
	count = entries ? ow_acl_read(&c, dead, entries, OW_ACL_MAX) : -ENOMEM;
	if (count >= 0)
		acl = ow_live_acl(entries, count);
	if (acl) {
		inode_lock(d_inode(dentry));
		ret = set_posix_acl(&nop_mnt_idmap, dentry, type, acl);
		inode_unlock(d_inode(dentry));
	}
	if (ret)
		ow_verdict(0, OTHERWORLD_DEGRADED, dead.a,
			   "access control list",
			   "of %pd, it cannot be set: error %d", dentry, ret);
	posix_acl_release(acl);
	kfree(entries);
}

static void ow_restore_acls(const struct ow_kernel *kernel,
			    const struct ow_shmem *dead, struct dentry *dentry)
{
	ow_restore_acl(kernel, dead->acl, dentry, ACL_TYPE_ACCESS);
	ow_restore_acl(kernel, dead->default_acl, dentry, ACL_TYPE_DEFAULT);
}

static void ow_restore_xattrs(const struct ow_kernel *kernel,
			      const struct ow_shmem *dead,
			      struct dentry *dentry)
{
	struct ow_fault_info why = { .status = OW_OK };

	ow_xattrs_walk(kernel, dead->xattrs, ow_each_xattr, dentry, &why);
	if (why.status != OW_OK)
		ow_verdict_fault(0, OTHERWORLD_DEGRADED,
				 "extended attributes", &why);
}

static void ow_restore_flags(const struct ow_shmem *dead,
			     struct dentry *dentry)
{
	struct fileattr fa;
	int ret;

	if (dead->fsflags == SHMEM_I(d_inode(dentry))->fsflags)
		return;
	fileattr_fill_flags(&fa, dead->fsflags);
	ret = vfs_fileattr_set(&nop_mnt_idmap, dentry, &fa);
	if (ret)
		ow_verdict(0, OTHERWORLD_DEGRADED, dead->inode.at.a,
			   "flags of a file", "of %pd: error %d", dentry, ret);
}

static void ow_restore_seals(const struct ow_shmem *dead, struct inode *inode)
{
	u32 seals = dead->seals & (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
				   F_SEAL_WRITE | F_SEAL_FUTURE_WRITE |
				   F_SEAL_EXEC);

	if (seals & F_SEAL_WRITE && mapping_deny_writable(inode->i_mapping))
		seals &= ~F_SEAL_WRITE;
	SHMEM_I(inode)->seals = seals;
}

void ow_restore_shmem(const struct ow_kernel *kernel, pid_t pid,
		      const struct ow_shmem *dead, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);

	if (S_ISREG(inode->i_mode))
		ow_restore_contents(kernel, pid, dead, dentry);
	ow_restore_xattrs(kernel, dead, dentry);
	if (!S_ISLNK(inode->i_mode)) {
		ow_restore_acls(kernel, dead, dentry);
		ow_restore_flags(dead, dentry);
	}
	/* Last: all of the above is a change. */
	ow_restore_shmem_inode(dead, inode);
	if (S_ISREG(inode->i_mode))
		ow_restore_seals(dead, inode);
}

void ow_restore_shmem_access(const struct ow_kernel *kernel,
			     const struct ow_shmem *dead,
			     struct dentry *dentry)
{
	ow_restore_acls(kernel, dead, dentry);
	ow_restore_owner(d_inode(dentry), dead);
}
