// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: file systems of the dead kernel, and which they are here.
 *
 * A file system on disk is known by its UUID, since device numbers follow the
 * order in which devices were found. Where two have the same one (a clone, a
 * snapshot), the device number has to agree as well.
 */

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "disks.h"

#include "../../fs/internal.h"

static DEFINE_MUTEX(ow_disks_lock);
static LIST_HEAD(ow_disks);
static bool ow_disks_listed;

static void ow_disk_add(const struct ow_kernel *kernel, struct ow_virt at)
{
	struct ow_disk *disk;
	struct ow_cursor c;

	list_for_each_entry(disk, &ow_disks, list)
		if (disk->super.at.a == at.a)
			return;
	disk = kzalloc(sizeof(*disk), GFP_KERNEL);
	if (!disk)
		return;
	ow_cursor_init(&c, kernel);
	if (!ow_super_read(&c, at, &disk->super)) {
		ow_verdict_fault(0, OTHERWORLD_DEGRADED, "file system",
				 &c.fault);
		kfree(disk);
		return;
	}
	list_add_tail(&disk->list, &ow_disks);
}

static void ow_disks_list(const struct ow_kernel *kernel)
{
	struct ow_virt mount;
	struct ow_cursor c;
	u32 i;

	if (ow_disks_listed)
		return;
	ow_disks_listed = true;
	for (i = 0; mount = ow_dead_mount_at(i), mount.a; i++) {
		struct ow_virt super;

		ow_cursor_init(&c, kernel);
		super = ow_get_ptr(&c, mount, OW_F_mount_mnt_sb);
		if (ow_cursor_ok(&c))
			ow_disk_add(kernel, super);
	}
}

struct ow_disk *ow_disk_of(const struct ow_kernel *kernel,
			   const struct super_block *sb)
{
	struct ow_disk *disk, *found = NULL;
	unsigned int count = 0;

	if (sb->s_uuid_len != OW_UUID_SIZE || uuid_is_null(&sb->s_uuid))
		return NULL;
	mutex_lock(&ow_disks_lock);
	ow_disks_list(kernel);
	list_for_each_entry(disk, &ow_disks, list) {
		if (memcmp(disk->super.uuid, sb->s_uuid.b, OW_UUID_SIZE))
			continue;
		if (!count++ || disk->super.dev == sb->s_dev)
			found = disk;
	}
	if (count > 1 && found->super.dev != sb->s_dev)
		found = NULL;
	mutex_unlock(&ow_disks_lock);
	return found;
}

struct ow_disk *ow_disk_at(const struct ow_kernel *kernel,
			   struct ow_virt super)
{
	struct ow_disk *disk, *found = NULL;

	mutex_lock(&ow_disks_lock);
	ow_disks_list(kernel);
	list_for_each_entry(disk, &ow_disks, list)
		if (disk->super.at.a == super.a)
			found = disk;
	mutex_unlock(&ow_disks_lock);
	return found;
}

struct super_block *ow_disk_get_super(const struct ow_disk *disk)
{
	struct super_block *sb = user_get_super(disk->live, false);

	if (!sb)
		return NULL;
	if (!atomic_inc_not_zero(&sb->s_active)) {
		drop_super(sb);
		return NULL;
	}
	drop_super(sb);
	return sb;
}

void ow_disks_save(void)
{
	const struct ow_kernel *kernel = ow_dead_kernel();
	struct ow_disk *disk;

	if (!kernel)
		return;
	mutex_lock(&ow_disks_lock);
	ow_disks_list(kernel);
	list_for_each_entry(disk, &ow_disks, list) {
		struct super_block *sb;

		if (!disk->live || disk->saved)
			continue;
		sb = ow_disk_get_super(disk);
		if (!sb)
			continue;
		disk->saved = true;
		ow_save_pages(kernel, disk, sb);
		deactivate_super(sb);
	}
	mutex_unlock(&ow_disks_lock);
}
