// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: pages whose entry the kernel was just changing when it died.
 *
 * When a page is copied on write its entry is empty for a moment: the old one
 * was taken out of all TLBs, the new one is not set. So it is when a page is
 * swapped out or moved. The page table alone would say that there never was a
 * page, and zeros would come in its place. Who does it holds the page table's
 * lock, so is running, and has on its stack what it takes to know better: the
 * fault, with the entry as it was, or the walk that had found the page.
 */

#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/range.h>

#include "parse/ow_stack.h"
#include "rebuild.h"

/* One of @mm, or what looks like it. */
static bool ow_is_vma(struct ow_cursor *c, struct ow_virt vma,
		      struct ow_virt mm, u64 address)
{
	return ow_may_be_object(c, vma) &&
	       ow_get_ptr(c, vma, OW_F_vm_area_struct_vm_mm).a == mm.a &&
	       ow_get(c, vma, OW_F_vm_area_struct_vm_start) <= address &&
	       ow_get(c, vma, OW_F_vm_area_struct_vm_end) > address &&
	       ow_cursor_ok(c);
}

static bool ow_read_fault(struct ow_cursor *c, struct ow_virt at,
			  struct ow_virt mm, struct ow_in_change *page)
{
	page->vma = ow_get_ptr(c, at, OW_F_vm_fault_vma);
	page->address = ow_get(c, at, OW_F_vm_fault_address) & PAGE_MASK;
	page->entry = ow_get(c, at, OW_F_vm_fault_orig_pte);
	return ow_cursor_ok(c) && pte_present(__pte(page->entry)) &&
	       ow_is_vma(c, page->vma, mm, page->address);
}

/* Of the entry only the page is known: it is read-only until it is written. */
static bool ow_read_walk(struct ow_cursor *c, struct ow_virt at,
			 struct ow_virt mm, struct ow_in_change *page)
{
	u64 pfn, index;

	page->vma = ow_get_ptr(c, at, OW_F_page_vma_mapped_walk_vma);
	page->address = ow_get(c, at, OW_F_page_vma_mapped_walk_address) &
			PAGE_MASK;
	if (!ow_cursor_ok(c) || !ow_is_vma(c, page->vma, mm, page->address))
		return false;
	index = ow_get(c, page->vma, OW_F_vm_area_struct_vm_pgoff) +
		((page->address - ow_get(c, page->vma,
					 OW_F_vm_area_struct_vm_start)) >>
		 PAGE_SHIFT);
	pfn = ow_get(c, at, OW_F_page_vma_mapped_walk_pfn) + index -
	      ow_get(c, at, OW_F_page_vma_mapped_walk_pgoff);
	page->entry = pte_val(pfn_pte(pfn, PAGE_READONLY)) | _PAGE_DIRTY;
	return ow_cursor_ok(c) && ow_frame_is_dead_ram(pfn, 1);
}

/* What is on the stack of the task that a CPU was running. */
static unsigned int ow_look_at_stack(const struct ow_kernel *kernel,
				     const struct ow_cpu_record *cpu,
				     struct ow_virt mm,
				     struct ow_in_change *pages,
				     unsigned int max)
{
	unsigned int count = 0;
	struct ow_stack stack;
	struct ow_task task;
	struct ow_cursor c;
	struct ow_virt at;

	ow_cursor_init(&c, kernel);
	if (!ow_task_read(&c, ow_virt_at(cpu->task), &task) ||
	    !ow_stack_init(&c, &task, cpu->stack, &stack))
		return 0;
	for (at = stack.start; at.a < stack.end.a && count < max;
	     at = ow_virt_add(at, sizeof(u64))) {
		/* Most of what is read as a pointer is none. */
		ow_cursor_init(&c, kernel);
		if (task.mm.a == mm.a &&
		    ow_read_fault(&c, at, mm, pages + count)) {
			count++;
			continue;
		}
		ow_cursor_init(&c, kernel);
		if (ow_read_walk(&c, at, mm, pages + count))
			count++;
	}
	return count;
}

unsigned int ow_pages_in_change(const struct ow_kernel *kernel,
				struct ow_virt mm, struct ow_in_change *pages,
				unsigned int max)
{
	unsigned int i, count = 0;

	if (ow_kernel_lives(kernel))
		return 0;
	for (i = 0; i < ow_dead_fault->nr_cpus; i++) {
		const struct ow_cpu_record *cpu = &ow_dead_fault->cpus[i];

		if (cpu->flags & OW_CPU_STOPPED && !(cpu->flags & OW_CPU_USER))
			count += ow_look_at_stack(kernel, cpu, mm,
						  pages + count, max - count);
	}
	return count;
}
