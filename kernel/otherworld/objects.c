// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: which live object stands for which dead one.
 *
 * What two processes shared is made once, by whoever comes first, and found
 * here by the others. The map lives as long as processes are being rebuilt.
 */

#include <linux/dcache.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs_struct.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "rebuild.h"

static DEFINE_MUTEX(ow_objects_mutex);

static struct xarray ow_objects[OW_OBJECT_KINDS] = {
	XARRAY_INIT(ow_objects[0], 0),
	XARRAY_INIT(ow_objects[1], 0),
	XARRAY_INIT(ow_objects[2], 0),
	XARRAY_INIT(ow_objects[3], 0),
	XARRAY_INIT(ow_objects[4], 0),
	XARRAY_INIT(ow_objects[5], 0),
	XARRAY_INIT(ow_objects[6], 0),
	XARRAY_INIT(ow_objects[7], 0),
	XARRAY_INIT(ow_objects[8], 0),
};

static_assert(OW_OBJECT_KINDS == 9);

void ow_objects_lock(void)
{
	mutex_lock(&ow_objects_mutex);
}

void ow_objects_unlock(void)
{
	mutex_unlock(&ow_objects_mutex);
}

void *ow_object_get(enum ow_object_kind kind, struct ow_virt dead)
{
	return xa_load(&ow_objects[kind], dead.a);
}

int ow_object_put(enum ow_object_kind kind, struct ow_virt dead, void *live)
{
	return xa_err(xa_store(&ow_objects[kind], dead.a, live, GFP_KERNEL));
}

void ow_put_fs(struct fs_struct *fs)
{
	int users;

	spin_lock(&fs->lock);
	users = --fs->users;
	spin_unlock(&fs->lock);
	if (!users)
		free_fs_struct(fs);
}

static void ow_object_drop(enum ow_object_kind kind, void *live)
{
	switch (kind) {
	case OW_OBJECT_FILE:
		fput(live);
		break;
	case OW_OBJECT_FAMILY:
		ow_family_free(live);
		break;
	case OW_OBJECT_MM:
		ow_live_mm_put(live);
		break;
	case OW_OBJECT_FILES:
		put_files_struct(live);
		break;
	case OW_OBJECT_FS:
		ow_put_fs(live);
		break;
	case OW_OBJECT_SIGHAND:
		__cleanup_sighand(live);
		break;
	case OW_OBJECT_DENTRY:
		dput(live);
		break;
	case OW_OBJECT_SUPER:
		mntput(live);
		break;
	case OW_OBJECT_NSPROXY:
		ow_live_namespaces_put(live);
		break;
	case OW_OBJECT_KINDS:
		break;
	}
}

void ow_objects_drop(void)
{
	enum ow_object_kind kind;
	unsigned long dead;
	void *live;

	ow_objects_lock();
	for (kind = 0; kind < OW_OBJECT_KINDS; kind++) {
		xa_for_each(&ow_objects[kind], dead, live)
			ow_object_drop(kind, live);
		xa_destroy(&ow_objects[kind]);
	}
	ow_objects_unlock();
}
