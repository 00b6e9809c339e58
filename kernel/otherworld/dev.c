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

#include "pact.h"
#include "rebuild.h"

static long ow_ioctl_release(struct otherworld_release __user *user)
{
	struct otherworld_release request;
	int ret;

	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (copy_from_user(&request, user, sizeof(request)))
		return -EFAULT;
	ret = ow_release(&request);
	if (ret)
		return ret;
	return copy_to_user(user, &request, sizeof(request)) ? -EFAULT : 0;
}

static long ow_ioctl_region(struct otherworld_region __user *user)
{
	struct otherworld_region region;
	int ret;

	if (copy_from_user(&region, user, sizeof(region)))
		return -EFAULT;
	ret = ow_prepare_region(&region);
	if (ret)
		return ret;
	return copy_to_user(user, &region, sizeof(region)) ? -EFAULT : 0;
}

static long ow_ioctl_process(struct otherworld_process __user *user)
{
	struct otherworld_process process;
	int ret;

	if (copy_from_user(&process, user, sizeof(process)))
		return -EFAULT;
	ret = ow_dead_process(&process);
	if (ret)
		return ret;
	return copy_to_user(user, &process, sizeof(process)) ? -EFAULT : 0;
}

static long ow_ioctl_fill(struct otherworld_fill __user *user)
{
	struct otherworld_fill fill;
	int ret;

	if (copy_from_user(&fill, user, sizeof(fill)))
		return -EFAULT;
	ret = ow_fill_tmpfs(&fill);
	if (ret)
		return ret;
	return copy_to_user(user, &fill, sizeof(fill)) ? -EFAULT : 0;
}

static long ow_ioctl_sysctl(struct otherworld_sysctl __user *user)
{
	struct otherworld_sysctl *sysctl = kzalloc(sizeof(*sysctl), GFP_KERNEL);
	int ret;

	if (!sysctl)
		return -ENOMEM;
	ret = -EFAULT;
	if (get_user(sysctl->index, &user->index))
		goto out;
	ret = ow_dead_sysctl(sysctl);
	if (!ret && copy_to_user(user, sysctl, sizeof(*sysctl)))
		ret = -EFAULT;
out:
	kfree(sysctl);
	return ret;
}

static long ow_ioctl_mount(struct otherworld_mount __user *user)
{
	struct otherworld_mount *mount = kzalloc(sizeof(*mount), GFP_KERNEL);
	int ret;

	if (!mount)
		return -ENOMEM;
	ret = -EFAULT;
	if (get_user(mount->index, &user->index))
		goto out;
	ret = ow_dead_mount(mount);
	if (!ret && copy_to_user(user, mount, sizeof(*mount)))
		ret = -EFAULT;
out:
	kfree(mount);
	return ret;
}

static long ow_ioctl_swap(struct otherworld_swap __user *user)
{
	struct otherworld_swap *swap = kzalloc(sizeof(*swap), GFP_KERNEL);
	int ret;

	if (!swap)
		return -ENOMEM;
	ret = -EFAULT;
	if (get_user(swap->index, &user->index))
		goto out;
	ret = ow_dead_swap(swap);
	if (!ret && copy_to_user(user, swap, sizeof(*swap)))
		ret = -EFAULT;
out:
	kfree(swap);
	return ret;
}

/* @what becomes of the caller, whose very descriptor may be closed by it. */
static long ow_ioctl_stub(struct file *file, const u64 __user *user,
			  int (*what)(u64 task))
{
	u64 task;
	int ret;

	if (get_user(task, user))
		return -EFAULT;
	get_file(file);
	ret = what(task);
	fput(file);
	return ret;
}

/* The same, of a process that lives. */
static long ow_ioctl_copy(struct file *file)
{
	int ret;

	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	get_file(file);
	ret = ow_copy();
	fput(file);
	return ret;
}

static long ow_ioctl_settled(struct otherworld_settled __user *user)
{
	struct otherworld_settled settled;
	int ret;

	if (copy_from_user(&settled, user, sizeof(settled)))
		return -EFAULT;
	ret = ow_settled(&settled);
	if (ret)
		return ret;
	return copy_to_user(user, &settled, sizeof(settled)) ? -EFAULT : 0;
}

/* --- What applications ask for ------------------------------------------------- */

static long ow_ioctl_pact(struct otherworld_pact_of __user *user)
{
	struct otherworld_pact_of of;
	int ret;

	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (copy_from_user(&of, user, sizeof(of)))
		return -EFAULT;
	ret = ow_pact_of(&of);
	if (ret)
		return ret;
	return copy_to_user(user, &of, sizeof(of)) ? -EFAULT : 0;
}

static long ow_ioctl_decide(const struct otherworld_decision __user *user)
{
	struct otherworld_decision decision;

	if (copy_from_user(&decision, user, sizeof(decision)))
		return -EFAULT;
	return ow_decide(&decision);
}

static long ow_ioctl_procedure(struct otherworld_procedure __user *user)
{
	struct otherworld_procedure procedure;
	int ret;

	if (copy_from_user(&procedure, user, sizeof(procedure)))
		return -EFAULT;
	ret = ow_procedure_state(&procedure);
	if (ret)
		return ret;
	return copy_to_user(user, &procedure, sizeof(procedure)) ? -EFAULT : 0;
}

static long ow_ioctl_announce(const struct otherworld_event __user *user)
{
	struct otherworld_event event;

	if (copy_from_user(&event, user, sizeof(event)))
		return -EFAULT;
	return ow_announce(&event);
}

static long ow_ioctl_end(const struct otherworld_end __user *user)
{
	struct otherworld_end end;

	if (copy_from_user(&end, user, sizeof(end)))
		return -EFAULT;
	return ow_procedure_end(&end);
}

static long ow_ioctl_outcome(struct otherworld_outcome __user *user)
{
	struct otherworld_outcome outcome;
	int ret;

	if (copy_from_user(&outcome, user, sizeof(outcome)))
		return -EFAULT;
	ret = ow_outcome(&outcome);
	if (ret)
		return ret;
	return copy_to_user(user, &outcome, sizeof(outcome)) ? -EFAULT : 0;
}

static long ow_ioctl_event(struct file *file,
			   struct otherworld_event __user *user)
{
	struct otherworld_event event;
	int ret;

	if (copy_from_user(&event, user, sizeof(event)))
		return -EFAULT;
	ret = ow_event_next(file, &event);
	if (ret)
		return ret;
	return copy_to_user(user, &event, sizeof(event)) ? -EFAULT : 0;
}

/* --- All of them ------------------------------------------------------------------ */

/* What only a successor's init may do. */
static long ow_ioctl_resurrect(struct file *file, unsigned int cmd,
			       void __user *arg)
{
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (!ow_successor)
		return -ENODEV;

	switch (cmd) {
	case OTHERWORLD_IOC_REGION:
		return ow_ioctl_region(arg);
	case OTHERWORLD_IOC_PROCESS:
		return ow_ioctl_process(arg);
	case OTHERWORLD_IOC_MOUNT:
		return ow_ioctl_mount(arg);
	case OTHERWORLD_IOC_SWAP:
		return ow_ioctl_swap(arg);
	case OTHERWORLD_IOC_SAVE:
		ow_disks_save();
		return 0;
	case OTHERWORLD_IOC_BECOME:
		return ow_ioctl_stub(file, arg, ow_become);
	case OTHERWORLD_IOC_LOSE:
		return ow_ioctl_stub(file, arg, ow_lose);
	case OTHERWORLD_IOC_FILL:
		return ow_ioctl_fill(arg);
	case OTHERWORLD_IOC_SYSCTL:
		return ow_ioctl_sysctl(arg);
	case OTHERWORLD_IOC_SETTLED:
		return ow_ioctl_settled(arg);
	case OTHERWORLD_IOC_LINK:
		return ow_link_kin();
	case OTHERWORLD_IOC_DECIDE:
		return ow_ioctl_decide(arg);
	case OTHERWORLD_IOC_PROCEDURE:
		return ow_ioctl_procedure(arg);
	case OTHERWORLD_IOC_ANNOUNCE:
		return ow_ioctl_announce(arg);
	case OTHERWORLD_IOC_OPEN_GATE:
		ow_open_gate();
		ow_objects_drop();
		ow_swaps_drop();
		return 0;
	default:
		return -ENOTTY;
	}
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

static long ow_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case OTHERWORLD_IOC_PROCEDURE_END:
		return ow_ioctl_end((void __user *)arg);
	case OTHERWORLD_IOC_OUTCOME:
		return ow_ioctl_outcome((void __user *)arg);
	case OTHERWORLD_IOC_EVENT:
		return ow_ioctl_event(file, (void __user *)arg);
	case OTHERWORLD_IOC_PACT:
		return ow_ioctl_pact((void __user *)arg);
	case OTHERWORLD_IOC_RELEASE:
		return ow_ioctl_release((void __user *)arg);
	case OTHERWORLD_IOC_STAGE:
		if (!capable(CAP_SYS_BOOT))
			return -EPERM;
		if (arg >= OTHERWORLD_STAGE_COUNT)
			return -EINVAL;
		ow_stamp(OW_STAGE_USER + arg);
		return 0;
	case OTHERWORLD_IOC_COPY:
		return ow_ioctl_copy(file);
	default:
		return ow_ioctl_resurrect(file, cmd, (void __user *)arg);
	}
}

static const struct file_operations ow_fops = {
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
