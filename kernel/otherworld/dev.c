// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: /dev/otherworld.
 */

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/miscdevice.h>
#include <linux/uaccess.h>

#include "internal.h"

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

static long ow_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case OTHERWORLD_IOC_RELEASE:
		return ow_ioctl_release((void __user *)arg);
	case OTHERWORLD_IOC_STAGE:
		if (!capable(CAP_SYS_BOOT))
			return -EPERM;
		if (arg >= OTHERWORLD_STAGE_COUNT)
			return -EINVAL;
		ow_stamp(OW_STAGE_USER + arg);
		return 0;
	default:
		return -ENOTTY;
	}
}

static const struct file_operations ow_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.unlocked_ioctl = ow_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice ow_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "otherworld",
	.fops = &ow_fops,
	.mode = 0600,
};

builtin_misc_device(ow_device);
