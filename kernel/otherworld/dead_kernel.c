// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: who and what there was in the dead kernel, listed for userspace.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "rebuild.h"
#include "parse/ow_files.h"
#include "parse/ow_mounts.h"

static DEFINE_MUTEX(ow_dead_kernel_lock);
static struct ow_kernel *ow_dead_kernel_ready;
static bool ow_dead_kernel_tried;
/* Addresses of leaders and of mounts, by their number. */
static DEFINE_XARRAY_ALLOC(ow_dead_processes);
static DEFINE_XARRAY_ALLOC(ow_dead_mounts);

static int ow_list_add(void *priv, struct ow_virt at)
{
	struct xarray *list = priv;
	u32 index;

	/* Addresses of kernel objects are even: they fit a tagged value. */
	return xa_alloc(list, &index, (void *)(unsigned long)at.a,
			xa_limit_31b, GFP_KERNEL);
}

static void ow_list_all(const struct ow_kernel *kernel)
{
	struct ow_fault_info why = { .status = OW_OK };

	ow_processes_walk(kernel, ow_list_add, &ow_dead_processes, &why);
	if (why.status != OW_OK)
		ow_verdict_fault(0, OTHERWORLD_DEGRADED, "list of processes",
				 &why);
	why.status = OW_OK;
	ow_mounts_walk(kernel, ow_list_add, &ow_dead_mounts, &why);
	if (why.status != OW_OK)
		ow_verdict_fault(0, OTHERWORLD_DEGRADED, "list of mounts",
				 &why);
}

static bool ow_dead_is_same_build;
static u64 ow_dead_moved;

static struct ow_kernel *ow_dead_kernel_open(void)
{
	struct ow_kernel *kernel = ow_alloc(sizeof(*kernel));
	struct ow_fault_info why;
	struct ow_vmcoreinfo vi;

	if (!kernel)
		return NULL;
	if (ow_vmcoreinfo_init(&vi, ow_dead->vmcoreinfo,
			       ow_dead->vmcoreinfo_len, &why) != OW_OK ||
	    ow_kernel_init(kernel, &ow_dead_memory, &vi, ow_dead->layout,
			   ow_dead->layout_count, &why) != OW_OK) {
		ow_verdict_fault(0, OTHERWORLD_LOST, "all processes", &why);
		ow_free(kernel);
		return NULL;
	}
	ow_dead_is_same_build = ow_layout_same_build(&kernel->layout, ow_layout,
						     &ow_dead_moved);
	ow_list_all(kernel);
	return kernel;
}

const struct ow_kernel *ow_dead_kernel(void)
{
	if (!ow_successor)
		return NULL;
	mutex_lock(&ow_dead_kernel_lock);
	if (!ow_dead_kernel_tried) {
		ow_dead_kernel_tried = true;
		ow_dead_kernel_ready = ow_dead_kernel_open();
	}
	mutex_unlock(&ow_dead_kernel_lock);
	return ow_released() ? NULL : ow_dead_kernel_ready;
}

bool ow_same_build(const struct ow_kernel *kernel, u64 *moved)
{
	bool lives = ow_kernel_lives(kernel);

	*moved = lives ? 0 : ow_dead_moved;
	return lives || ow_dead_is_same_build;
}

const struct ow_cpu_record *ow_dead_cpu_of(struct ow_virt task)
{
	unsigned int i;

	/* Then there is only who lives, and an address means somebody else. */
	if (!ow_successor || ow_released())
		return NULL;
	for (i = 0; i < ow_dead_fault->nr_cpus; i++) {
		const struct ow_cpu_record *record = &ow_dead_fault->cpus[i];

		if (record->flags & OW_CPU_STOPPED && record->task == task.a)
			return record;
	}
	return NULL;
}

/*
 * What the last takeover was carried out by, and is not done with: nobody's
 * program. It was executed from an initramfs that has been emptied since.
 */
static bool ow_is_of_takeover(struct ow_cursor *c, const struct ow_task *task)
{
	struct ow_cursor probe = *c;
	struct ow_file file;

	return ow_generation > 1 && task->mm.a &&
	       ow_file_read(&probe, ow_get_ptr(&probe, task->mm,
					       OW_F_mm_struct_exe_file),
			    &file) &&
	       file.unlinked && !strcmp(file.inode.fstype, "rootfs");
}

int ow_dead_process(struct otherworld_process *process)
{
	const struct ow_kernel *kernel = ow_dead_kernel();
	struct ow_signal signal;
	struct ow_task task;
	struct ow_cursor c;
	void *at;

	if (!kernel)
		return -ENODEV;
	for (;; process->index++) {
		at = xa_load(&ow_dead_processes, process->index);
		if (!at)
			return -ENOENT;
		ow_cursor_init(&c, kernel);
		if (!ow_task_read(&c, ow_virt_at((unsigned long)at), &task) ||
		    !(ow_task_is_kernel(&c, &task) ||
		      ow_is_of_takeover(&c, &task)))
			break;
	}

	process->task = task.at.a;
	process->pid = task.pid;
	memcpy(process->comm, task.comm, sizeof(process->comm));
	process->flags = 0;
	if (ow_task_is_zombie(&c, &task))
		process->flags |= OTHERWORLD_PROCESS_ZOMBIE;
	if (ow_task_is_32bit(&c, &task))
		process->flags |= OTHERWORLD_PROCESS_32BIT;
	process->ppid = ow_get(&c, task.real_parent, OW_F_task_struct_tgid);
	if (ow_signal_read(&c, task.signal, &signal)) {
		process->pgid = signal.pgid;
		process->sid = signal.sid;
		process->threads = signal.nr_threads;
	}
	if (!ow_cursor_ok(&c)) {
		process->flags |= OTHERWORLD_PROCESS_DAMAGED;
		ow_verdict_fault(task.pid, OTHERWORLD_LOST, "process",
				 &c.fault);
	}
	return 0;
}

struct ow_virt ow_dead_mount_at(u32 index)
{
	return ow_virt_at((unsigned long)xa_load(&ow_dead_mounts, index));
}

int ow_dead_mount(struct otherworld_mount *out)
{
	const struct ow_kernel *kernel = ow_dead_kernel();
	struct ow_mount mount;
	struct ow_cursor c;
	char *path, *buf;
	void *at;
	int ret = 0;

	if (!kernel)
		return -ENODEV;
	at = xa_load(&ow_dead_mounts, out->index);
	if (!at)
		return -ENOENT;
	buf = kmalloc(OW_PATH_MAX, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;

	ow_cursor_init(&c, kernel);
	if (!ow_mount_read(&c, ow_virt_at((unsigned long)at), &mount)) {
		ret = -EIO;
		goto out;
	}
	/* MNT_NOSUID to MNT_RELATIME are MS_ flags by another number. */
	out->flags = mount.ms_flags;
	out->sb_read_only = mount.sb_read_only;
	out->major = MAJOR((dev_t)mount.dev);
	out->minor = MINOR((dev_t)mount.dev);
	memcpy(out->type, mount.type, sizeof(out->type));
	memcpy(out->source, mount.source, sizeof(out->source));
	/* Without them it is mounted with what is usual. */
	if (!ow_mount_options(&c, &mount, out->options))
		ow_cursor_init(&c, kernel);
	path = ow_path_build(&c, mount.parent_mnt, mount.mountpoint, buf);
	if (path)
		strscpy(out->target, mount.is_root ? "/" : path,
			sizeof(out->target));
	path = ow_dentry_path(&c, mount.root, buf);
	if (path)
		strscpy(out->root, path, sizeof(out->root));
	if (!ow_cursor_ok(&c))
		ret = -EIO;
out:
	if (ret) {
		ow_verdict_fault(0, OTHERWORLD_LOST, "mount", &c.fault);
		memset(&out->flags, 0, sizeof(*out) -
		       offsetof(struct otherworld_mount, flags));
		ret = 0;
	}
	kfree(buf);
	return ret;
}
