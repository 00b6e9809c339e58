// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: a kernel that dies with damaged structures, for testing.
 *
 * What a process is made of gets one wrong word here and there, and then this
 * kernel panics. PID 1, the caller and its ancestors are spared, so that a test
 * can see what became of the others.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/fs_struct.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>

#include "internal.h"

static void ow_damage(void *object, size_t size)
{
	u64 *words = object;
	u32 n;

	if (!object)
		return;
	n = get_random_u32_below(size / sizeof(u64));
	switch (get_random_u32_below(4)) {
	case 0:		/* one bit */
		words[n] ^= BIT_ULL(get_random_u32_below(64));
		break;
	case 1:
		words[n] = 0;
		break;
	case 2:		/* a pointer to something else */
		words[n] = words[get_random_u32_below(size / sizeof(u64))];
		break;
	default:
		words[n] = get_random_u64();
	}
}

static void ow_damage_memory(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	u32 n;

	if (!mm)
		return;
	switch (get_random_u32_below(3)) {
	case 0:
		ow_damage(mm, sizeof(*mm));
		break;
	case 1:		/* its top page table, the user's half */
		ow_damage(mm->pgd, PAGE_SIZE / 2);
		break;
	default:
		n = get_random_u32_below(8);
		VMA_ITERATOR(vmi, mm, 0);
		for_each_vma(vmi, vma)
			if (!n--)
				ow_damage(vma, sizeof(*vma));
	}
}

static void ow_damage_process(struct task_struct *task)
{
	switch (get_random_u32_below(8)) {
	case 0:
		ow_damage(task, sizeof(*task));
		break;
	case 1:
		ow_damage(task->signal, sizeof(*task->signal));
		break;
	case 2:
		ow_damage(rcu_access_pointer(task->sighand),
			  sizeof(struct sighand_struct));
		break;
	case 3:
		ow_damage(task->files, sizeof(*task->files));
		break;
	case 4:
		ow_damage(task->fs, sizeof(*task->fs));
		break;
	case 5:
		ow_damage((void *)rcu_access_pointer(task->real_cred),
			  sizeof(struct cred));
		break;
	case 6:
		ow_damage(task_pt_regs(task), sizeof(struct pt_regs));
		break;
	default:
		ow_damage_memory(task->mm);
	}
}

/* PID 1 is one of everybody. */
static bool ow_is_ancestor(const struct task_struct *task)
{
	const struct task_struct *child = current;

	while (child != task && child->pid)
		child = rcu_access_pointer(child->real_parent);
	return child == task;
}

void ow_provoke_damage(void)
{
	struct task_struct *task;

	/* From here on nothing may look at what is damaged; other CPUs do. */
	pr_emerg("damaging what processes are made of\n");
	local_irq_disable();
	for_each_process(task) {
		if (task->flags & PF_KTHREAD || ow_is_ancestor(task) ||
		    get_random_u32_below(2))
			continue;
		ow_damage_process(task);
	}
	panic("provoked with damaged structures");
}
