// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: /dev/otherworld.
 */

#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/miscdevice.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "internal.h"
#include "pact.h"
#include "rebuild.h"

/* What an ioctl is given, and what it gives back. */
union ow_argument {
	struct otherworld_release release;
	struct otherworld_region region;
	struct otherworld_process process;
	struct otherworld_mount mount;
	struct otherworld_swap swap;
	struct otherworld_fill fill;
	struct otherworld_sysctl sysctl;
	struct otherworld_settled settled;
	struct otherworld_pact_of pact;
	struct otherworld_decision decision;
	struct otherworld_procedure procedure;
	struct otherworld_event event;
	struct otherworld_end end;
	struct otherworld_outcome outcome;
	u64 task;
	/* Of those without a structure: the argument itself. */
	unsigned long value;
};

static int ow_stage(unsigned long stage)
{
	if (stage >= OTHERWORLD_STAGE_COUNT)
		return -EINVAL;
	ow_stamp(OW_STAGE_USER + stage);
	return 0;
}

static int ow_end_resurrection(void)
{
	/*
	 * Before anybody runs: a program that begins anew could find the locks
	 * of the files taken that only the map of objects still holds.
	 */
	ow_objects_drop();
	ow_open_gate();
	ow_swaps_drop();
	return 0;
}

static int ow_do_ioctl(struct file *file, unsigned int cmd,
		       union ow_argument *arg)
{
	switch (cmd) {
	case OTHERWORLD_IOC_PROCEDURE_END:
		return ow_procedure_end(&arg->end);
	case OTHERWORLD_IOC_OUTCOME:
		return ow_outcome(&arg->outcome);
	case OTHERWORLD_IOC_EVENT:
		return ow_event_next(file, &arg->event);
	case OTHERWORLD_IOC_PACT:
		return ow_pact_of(&arg->pact);
	case OTHERWORLD_IOC_RELEASE:
		return ow_release(&arg->release);
	case OTHERWORLD_IOC_STAGE:
		return ow_stage(arg->value);
	case OTHERWORLD_IOC_COPY:
		return ow_copy();
	case OTHERWORLD_IOC_REGION:
		return ow_prepare_region(&arg->region);
	case OTHERWORLD_IOC_PROCESS:
		return ow_dead_process(&arg->process);
	case OTHERWORLD_IOC_MOUNT:
		return ow_dead_mount(&arg->mount);
	case OTHERWORLD_IOC_SWAP:
		return ow_dead_swap(&arg->swap);
	case OTHERWORLD_IOC_SAVE:
		ow_disks_save();
		return 0;
	case OTHERWORLD_IOC_BECOME:
		return ow_become(arg->task);
	case OTHERWORLD_IOC_LOSE:
		return ow_lose(arg->task);
	case OTHERWORLD_IOC_FILL:
		return ow_fill_tmpfs(&arg->fill);
	case OTHERWORLD_IOC_SYSCTL:
		return ow_dead_sysctl(&arg->sysctl);
	case OTHERWORLD_IOC_SETTLED:
		return ow_settled(&arg->settled);
	case OTHERWORLD_IOC_LINK:
		return ow_link_kin();
	case OTHERWORLD_IOC_DECIDE:
		return ow_decide(&arg->decision);
	case OTHERWORLD_IOC_PROCEDURE:
		return ow_procedure_state(&arg->procedure);
	case OTHERWORLD_IOC_ANNOUNCE:
		return ow_announce(&arg->event);
	case OTHERWORLD_IOC_OPEN_GATE:
		return ow_end_resurrection();
	default:
		return -ENOTTY;
	}
}

/* About itself anybody may ask; the rest resurrects, in a successor. */
static int ow_may_ioctl(unsigned int cmd)
{
	switch (cmd) {
	case OTHERWORLD_IOC_PROCEDURE_END:
	case OTHERWORLD_IOC_OUTCOME:
	case OTHERWORLD_IOC_EVENT:
		return 0;
	}
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	switch (cmd) {
	case OTHERWORLD_IOC_PACT:
	case OTHERWORLD_IOC_RELEASE:
	case OTHERWORLD_IOC_STAGE:
	case OTHERWORLD_IOC_COPY:
		return 0;
	}
	return ow_successor ? 0 : -ENODEV;
}

/* How large a structure is, and which ways it goes, is in the command. */
static int ow_exchange(struct file *file, unsigned int cmd,
		       void __user *user, union ow_argument *arg)
{
	int ret;

	if (_IOC_DIR(cmd) & _IOC_WRITE &&
	    copy_from_user(arg, user, _IOC_SIZE(cmd)))
		return -EFAULT;
	ret = ow_do_ioctl(file, cmd, arg);
	if (!ret && _IOC_DIR(cmd) & _IOC_READ &&
	    copy_to_user(user, arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	return ret;
}

static long ow_ioctl(struct file *file, unsigned int cmd, unsigned long value)
{
	union ow_argument *arg;
	int ret;

	ret = ow_may_ioctl(cmd);
	if (ret)
		return ret;
	if (_IOC_SIZE(cmd) > sizeof(*arg))
		return -ENOTTY;
	arg = kzalloc(max_t(size_t, _IOC_SIZE(cmd), sizeof(arg->value)),
		      GFP_KERNEL);
	if (!arg)
		return -ENOMEM;
	if (_IOC_DIR(cmd) == _IOC_NONE)
		arg->value = value;
	/* Who becomes another process may lose the very descriptor by it. */
	get_file(file);
	ret = ow_exchange(file, cmd, (void __user *)value, arg);
	fput(file);
	kfree(arg);
	return ret;
}

static ssize_t ow_read(struct file *file, char __user *buf, size_t size,
		       loff_t *pos)
{
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	return ow_verdicts_read(buf, size);
}

static int ow_open(struct inode *inode, struct file *file)
{
	ow_events_open(file);
	return nonseekable_open(inode, file);
}

const struct file_operations ow_fops = {
	.owner = THIS_MODULE,
	.open = ow_open,
	.read = ow_read,
	.poll = ow_events_poll,
	.mmap = ow_pact_mmap,
	.unlocked_ioctl = ow_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice ow_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "otherworld",
	.fops = &ow_fops,
	/* What is not about the caller itself asks for CAP_SYS_BOOT. */
	.mode = 0666,
};

builtin_misc_device(ow_device);
