// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: seccomp filters.
 *
 * They are installed by prctl(), as the program did, the oldest first. It
 * takes them from user memory: from some pages that are there for that only.
 * A process that should be confined and cannot be does not come back.
 */

#include <linux/filter.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/seccomp.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "rebuild.h"

/* MAX_INSNS_PER_PATH, each filter counting for five at least. */
#define OW_FILTERS_MAX	6554

#define OW_FILTER_AREA	PAGE_ALIGN(sizeof(struct sock_fprog) + \
				   BPF_MAXINSNS * sizeof(struct sock_filter))

/* The chain from the newest to the oldest; how many, or an error. */
static int ow_list_filters(struct ow_cursor *c, struct ow_virt filter,
			   struct ow_virt *list)
{
	int count = 0;

	while (filter.a) {
		if (count == OW_FILTERS_MAX)
			return -E2BIG;
		list[count++] = filter;
		filter = ow_get_ptr(c, filter, OW_F_seccomp_filter_prev);
		if (!ow_cursor_ok(c))
			return -EIO;
	}
	return count;
}

static int ow_install_filter(struct ow_cursor *c, struct ow_virt filter,
			     struct sock_filter *insns, void __user *area)
{
	struct sock_fprog fprog = { .filter = area + sizeof(fprog) };
	struct ow_virt prog, orig;
	size_t size;

	prog = ow_get_ptr(c, filter, OW_F_seccomp_filter_prog);
	orig = ow_get_ptr(c, prog, OW_F_bpf_prog_orig_prog);
	fprog.len = ow_get(c, orig, OW_F_sock_fprog_kern_len);
	if (!ow_cursor_ok(c) || !fprog.len || fprog.len > BPF_MAXINSNS)
		return -EIO;
	size = fprog.len * sizeof(*insns);
	if (!ow_get_memory(c, ow_get_ptr(c, orig,
					 OW_F_sock_fprog_kern_filter),
			   insns, size))
		return -EIO;
	if (copy_to_user(area, &fprog, sizeof(fprog)) ||
	    copy_to_user(fprog.filter, insns, size))
		return -EFAULT;
	return prctl_set_seccomp(SECCOMP_MODE_FILTER, area);
}

static int ow_install_filters(struct ow_cursor *c, const struct ow_task *task)
{
	struct sock_filter *insns;
	struct ow_virt *list;
	unsigned long area;
	int count, ret;

	list = kvmalloc_array(OW_FILTERS_MAX, sizeof(*list), GFP_KERNEL);
	insns = kvmalloc_array(BPF_MAXINSNS, sizeof(*insns), GFP_KERNEL);
	ret = -ENOMEM;
	if (!list || !insns)
		goto out;
	count = ow_list_filters(c, task->seccomp_filter, list);
	ret = count;
	if (count < 0)
		goto out;
	area = vm_mmap(NULL, 0, OW_FILTER_AREA, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	ret = -ENOMEM;
	if (IS_ERR_VALUE(area))
		goto out;
	for (ret = 0; count > 0 && !ret; count--)
		ret = ow_install_filter(c, list[count - 1], insns,
					(void __user *)area);
	vm_munmap(area, OW_FILTER_AREA);
out:
	kvfree(insns);
	kvfree(list);
	return ret;
}

int ow_rebuild_seccomp(const struct ow_kernel *kernel,
		       const struct ow_task *task)
{
	struct ow_cursor c;
	int ret;

	ow_cursor_init(&c, kernel);
	switch (task->seccomp_mode) {
	case SECCOMP_MODE_DISABLED:
		return 0;
	case SECCOMP_MODE_STRICT:
		ret = prctl_set_seccomp(SECCOMP_MODE_STRICT, NULL);
		break;
	case SECCOMP_MODE_FILTER:
		ret = ow_install_filters(&c, task);
		break;
	default:
		ret = -EIO;
	}
	if (ret)
		ow_verdict(task->pid, OTHERWORLD_LOST, task->seccomp_filter.a,
			   "seccomp", "it cannot be confined again: error %d",
			   ret);
	return ret;
}
