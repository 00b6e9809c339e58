/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Otherworld: what the kernel and userspace say to each other through
 * /dev/otherworld and /sys/kernel/otherworld/.
 */
#ifndef _UAPI_LINUX_OTHERWORLD_H
#define _UAPI_LINUX_OTHERWORLD_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct otherworld_release - give the dead kernel's memory to this one
 * @region_size: in: size of the next crash region, 0 to keep the present one
 * @region_start: out: where the next crash region lies
 * @released_pages: out: how many page frames came back
 * @withheld_pages: out: dead RAM that stays out of use, this kernel's own
 *	early reservations inside it included
 *
 * The next crash region is taken out of the dead memory before the rest is
 * released, so that it is contiguous whatever happens afterwards.
 * The call waits until every frame is back, and succeeds once per boot.
 * /proc/vmcore is gone after it.
 */
struct otherworld_release {
	__u64 region_size;
	__u64 region_start;
	__u64 released_pages;
	__u64 withheld_pages;
};

/* Moments of the takeover that only userspace can know. */
enum otherworld_stage {
	OTHERWORLD_STAGE_USERSPACE = 0,	/* first instruction of init */
	OTHERWORLD_STAGE_ROOT = 1,	/* root file system mounted */
	OTHERWORLD_STAGE_STORY = 2,	/* the dead kernel's story is kept */
	OTHERWORLD_STAGE_ARMED = 3,	/* next crash kernel armed */
	OTHERWORLD_STAGE_HANDED = 4,	/* init of the machine is about to run */
	OTHERWORLD_STAGE_COUNT
};

#define OTHERWORLD_IOC_MAGIC	0xB9

#define OTHERWORLD_IOC_RELEASE	_IOWR(OTHERWORLD_IOC_MAGIC, 1, \
				      struct otherworld_release)
/* The argument is an enum otherworld_stage; the kernel stamps the time. */
#define OTHERWORLD_IOC_STAGE	_IO(OTHERWORLD_IOC_MAGIC, 2)

#endif /* _UAPI_LINUX_OTHERWORLD_H */
