// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: VMAs as they were.
 *
 * mmap() would merge what was separate, choose its own page offsets for
 * anonymous memory, and forget flags that came later. So each VMA is put
 * together here from what the dead one said.
 */

#include <linux/err.h>
#include <linux/file.h>
#include <linux/khugepaged.h>
#include <linux/ksm.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mman.h>
#include <linux/otherworld_mm.h>
#include <linux/rmap.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "internal.h"
#include "vma.h"

/*
 * All VMAs of a family share one anon_vma: their pages have an index in it,
 * whatever tree of forks the dead kernel had. A VMA of no address space holds
 * it until the last member has joined; it covers no page that exists.
 */
struct ow_family {
	struct vm_area_struct *holder;
};

#define OW_NO_INDEX	(ULONG_MAX >> PAGE_SHIFT)

struct ow_family *ow_family_new(struct mm_struct *mm)
{
	struct ow_family *family = kzalloc(sizeof(*family), GFP_KERNEL);
	int ret;

	if (!family)
		return NULL;
	family->holder = vm_area_alloc(mm);
	if (!family->holder)
		goto err_free;
	vma_set_range(family->holder, 0, PAGE_SIZE, OW_NO_INDEX);
	vma_set_anonymous(family->holder);

	mmap_write_lock(mm);
	ret = __anon_vma_prepare(family->holder);
	mmap_write_unlock(mm);
	if (ret)
		goto err_vma;
	return family;

err_vma:
	vm_area_free(family->holder);
err_free:
	kfree(family);
	return NULL;
}

void ow_family_free(struct ow_family *family)
{
	unlink_anon_vmas(family->holder);
	vm_area_free(family->holder);
	kfree(family);
}

static int ow_family_join(struct ow_family *family, struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma = family->holder->anon_vma;
	int ret;

	ret = anon_vma_clone(vma, family->holder);
	if (ret)
		return ret;
	anon_vma_lock_write(anon_vma);
	vma->anon_vma = anon_vma;
	anon_vma->num_active_vmas++;
	anon_vma_unlock_write(anon_vma);
	return 0;
}

static int ow_vma_set_file(struct vm_area_struct *vma, struct file *file)
{
	unsigned long flags = vma->vm_flags;
	int ret;

	if (!file->f_op->mmap)
		return -ENODEV;
	vma->vm_file = get_file(file);
	ret = call_mmap(file, vma);
	if (ret) {
		fput(file);
		vma->vm_file = NULL;
		return ret;
	}
	/* What the file wants, and what was asked for later by madvise(). */
	vm_flags_set(vma, flags);
	return 0;
}

static int ow_vma_set_name(struct vm_area_struct *vma, const char *name)
{
	struct anon_vma_name *anon_name = anon_vma_name_alloc(name);

	if (!anon_name)
		return -ENOMEM;
	vma->anon_name = anon_name;
	return 0;
}

static void ow_vma_account(struct mm_struct *mm, struct vm_area_struct *vma)
{
	unsigned long pages = vma_pages(vma);

	vm_stat_account(mm, vma->vm_flags, pages);
	/* It was granted once: no limit says no now. */
	if (vma->vm_flags & VM_ACCOUNT)
		vm_acct_memory(pages);
	if (vma->vm_flags & VM_LOCKED)
		mm->locked_vm += pages;
}

struct vm_area_struct *ow_vma_add(struct mm_struct *mm,
				  const struct ow_vma_plan *plan)
{
	struct vm_area_struct *vma;
	int ret;

	/* Each alone may look right; the tree of VMAs would lose one of them. */
	if (find_vma_intersection(mm, plan->start, plan->end))
		return ERR_PTR(-EEXIST);
	vma = vm_area_alloc(mm);
	if (!vma)
		return ERR_PTR(-ENOMEM);
	vma_set_range(vma, plan->start, plan->end, plan->pgoff);
	vm_flags_init(vma, plan->flags);
	vma->vm_page_prot = vm_get_page_prot(plan->flags);

	if (plan->file)
		ret = ow_vma_set_file(vma, plan->file);
	else
		ret = 0;
	if (ret)
		goto err_free;
	if (!plan->file)
		vma_set_anonymous(vma);
	if (plan->name && *plan->name) {
		ret = ow_vma_set_name(vma, plan->name);
		if (ret)
			goto err_file;
	}
	if (plan->family) {
		ret = ow_family_join(plan->family, vma);
		if (ret)
			goto err_file;
	}
	ret = vma_link(mm, vma);
	if (ret)
		goto err_family;

	ow_vma_account(mm, vma);
	vma_set_page_prot(vma);
	khugepaged_enter_vma(vma, vma->vm_flags);
	if (vma->vm_flags & VM_MERGEABLE && !test_bit(MMF_VM_MERGEABLE,
						      &mm->flags))
		__ksm_enter(mm);
	return vma;

err_family:
	unlink_anon_vmas(vma);
err_file:
	if (vma->vm_file)
		fput(vma->vm_file);
err_free:
	vm_area_free(vma);
	return ERR_PTR(ret);
}
