// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: a process's local descriptor table.
 *
 * Made by the system call that makes one, so that nothing gets into it that a
 * process could not ask for. The call takes its argument from user memory: a
 * page of an address space that has nothing else in it yet.
 */

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/ptrace.h>
#include <linux/uaccess.h>
#include <asm/ldt.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include "rebuild.h"
#include "parse/ow_ldt.h"

/* What modify_ldt() is told to write an entry, as it was from 2.6 on. */
#define OW_LDT_WRITE	0x11

static int ow_modify_ldt(unsigned long page, u32 index,
			 const struct ow_descriptor *dead)
{
	struct user_desc desc = {
		.entry_number = index,
		.base_addr = dead->base_addr,
		.limit = dead->limit,
		.seg_32bit = dead->seg_32bit,
		.contents = dead->contents,
		.read_exec_only = dead->read_exec_only,
		.limit_in_pages = dead->limit_in_pages,
		.seg_not_present = dead->seg_not_present,
		.useable = dead->available,
	};
	struct pt_regs regs = {
		.di = OW_LDT_WRITE,
		.si = page,
		.dx = sizeof(desc),
	};

	if (copy_to_user((void __user *)page, &desc, sizeof(desc)))
		return -EFAULT;
	/* An int in an unsigned register. */
	return (int)x64_sys_call(&regs, __NR_modify_ldt);
}

static void ow_fill_ldt(struct ow_rebuild *rebuild, struct ow_cursor *c,
			const struct ow_ldt *ldt, unsigned long page)
{
	struct ow_descriptor descriptor;
	unsigned int refused = 0;
	u32 index = ldt->count;

	/* From the last one on: then the table is not made longer each time. */
	while (index-- && ow_cursor_ok(c)) {
		u64 entry = ow_ldt_entry(c, ldt, index);

		if (entry && (!ow_descriptor_decode(entry, &descriptor) ||
			      ow_modify_ldt(page, index, &descriptor)))
			refused++;
	}
	if (refused)
		ow_verdict(rebuild->task.pid, OTHERWORLD_DEGRADED,
			   ldt->entries.a, "LDT",
			   "%u entries that it may not have", refused);
}

void ow_rebuild_ldt(struct ow_rebuild *rebuild)
{
	struct ow_virt dead = rebuild->mm.ldt;
	unsigned long page;
	struct ow_cursor c;
	struct ow_ldt ldt;

	if (!dead.a)
		return;
	page = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(page)) {
		ow_verdict(rebuild->task.pid, OTHERWORLD_DEGRADED, dead.a,
			   "LDT", "no memory: error %ld", (long)page);
		return;
	}
	ow_cursor_init(&c, rebuild->kernel);
	if (ow_ldt_read(&c, dead, &ldt))
		ow_fill_ldt(rebuild, &c, &ldt, page);
	if (!ow_cursor_ok(&c))
		ow_verdict_fault(rebuild->task.pid, OTHERWORLD_DEGRADED,
				 "LDT", &c.fault);
	vm_munmap(page, PAGE_SIZE);
}
