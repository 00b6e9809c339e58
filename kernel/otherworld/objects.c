// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: which live object stands for which dead one.
 *
 * What two processes shared is made once, by whoever comes first, and found
 * here by the others. The map lives as long as processes are being rebuilt.
 */

#include <linux/file.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "rebuild.h"

static DEFINE_MUTEX(ow_objects_mutex);
static struct xarray ow_objects[OW_OBJECT_KINDS] = {
	[OW_OBJECT_FILE] = XARRAY_INIT(ow_objects[OW_OBJECT_FILE], 0),
	[OW_OBJECT_FAMILY] = XARRAY_INIT(ow_objects[OW_OBJECT_FAMILY], 0),
};

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

void ow_objects_drop(void)
{
	unsigned long dead;
	void *live;

	ow_objects_lock();
	xa_for_each(&ow_objects[OW_OBJECT_FILE], dead, live)
		fput(live);
	xa_for_each(&ow_objects[OW_OBJECT_FAMILY], dead, live)
		ow_family_free(live);
	xa_destroy(&ow_objects[OW_OBJECT_FILE]);
	xa_destroy(&ow_objects[OW_OBJECT_FAMILY]);
	ow_objects_unlock();
}
