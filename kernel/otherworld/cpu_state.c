// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: what only a CPU knows of the task it runs.
 *
 * Each CPU calls this for itself, from the panic or from the NMI that stops
 * it. Nothing here takes a lock, and current is not trusted: a wild store may
 * have hit any task_struct.
 */

#include <linux/kallsyms.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <asm/apic.h>
#include <asm/cpu_entry_area.h>
#include <asm/fpu/api.h>
#include <asm/fpu/sched.h>
#include <asm/msr.h>
#include <asm/page_types.h>
#include <asm/pkru.h>
#include <asm/ptrace.h>
#include <asm/switch_to.h>
#include <asm/tsc.h>

#include "internal.h"

static void ow_save_regs(struct ow_regs *to, const struct pt_regs *from)
{
	/* ow_regs repeats the layout of pt_regs, so that it outlives it. */
	static_assert(sizeof(struct ow_regs) == sizeof(struct pt_regs));
	static_assert(offsetof(struct ow_regs, orig_ax) ==
		      offsetof(struct pt_regs, orig_ax));
	static_assert(offsetof(struct ow_regs, ss) ==
		      offsetof(struct pt_regs, ss));

	memcpy(to, from, sizeof(*to));
}

/* What is at @at, if @sp is on the stack of @size bytes that ends at @top. */
static unsigned long ow_leave_stack(unsigned long sp, unsigned long top,
				    unsigned long size, unsigned long at)
{
	unsigned long below;

	if (sp > top || top - sp > size)
		return sp;
	return get_kernel_nofault(below, (unsigned long *)at) ? 0 : below;
}

/*
 * An NMI and an interrupt have stacks of their own, which say where the one
 * that they interrupted ends: the NMI's in what the CPU pushed, the other's in
 * its first word. The former may have interrupted the latter.
 */
static unsigned long ow_task_stack(unsigned long sp)
{
	unsigned long nmi = __this_cpu_ist_top_va(NMI);
	unsigned long irq = (unsigned long)this_cpu_read(pcpu_hot.hardirq_stack_ptr);

	sp = ow_leave_stack(sp, nmi, EXCEPTION_STKSZ,
			    nmi - sizeof(struct pt_regs) +
			    offsetof(struct pt_regs, sp));
	return ow_leave_stack(sp, irq, IRQ_STACK_SIZE, irq);
}

/*
 * Whether the registers belong to current is asked of the owner, not of
 * TIF_NEED_FPU_LOAD. kernel_fpu_begin() sets that flag a moment before it
 * saves, and __switch_to() a moment after current has changed; an NMI may hit
 * both. Where owner and flag disagree otherwise, registers and memory hold the
 * same, and saving again does no harm.
 */
static void ow_save_fpu(struct ow_cpu_record *record)
{
	struct fpu *fpu = &current->thread.fpu;
	struct fpstate *fpstate;
	unsigned int last_cpu, size;

	if (get_kernel_nofault(fpstate, &fpu->fpstate) ||
	    get_kernel_nofault(last_cpu, &fpu->last_cpu) ||
	    get_kernel_nofault(size, &fpstate->size))
		return;

	record->fpstate = (unsigned long)fpstate;
	record->fpstate_size = size;
	if (fpu != this_cpu_read(fpu_fpregs_owner_ctx) ||
	    last_cpu != smp_processor_id())
		return;

	save_fpregs_to_fpstate(fpu);
	record->flags |= OW_CPU_FPU;
}

/*
 * In the kernel, the user's GS base sits where swapgs left it. Right after
 * entry and right before exit it does not, and the kernel's own sits there.
 */
static void ow_save_bases(struct ow_cpu_record *record, struct pt_regs *regs)
{
	unsigned long switch_to = (unsigned long)__switch_to;
	unsigned long length = 0, offset;

	rdmsrl(MSR_FS_BASE, record->fs_base);
	rdmsrl(MSR_KERNEL_GS_BASE, record->gs_base);
	savesegment(fs, record->fs);
	savesegment(gs, record->gs);
	savesegment(ds, record->ds);
	savesegment(es, record->es);

	if (record->gs_base == cpu_kernelmode_gs_base(smp_processor_id()))
		record->flags |= OW_CPU_GS_UNSURE;
	if (!user_mode(regs) &&
	    kallsyms_lookup_size_offset(regs->ip, &length, &offset) &&
	    regs->ip - offset == switch_to)
		record->flags |= OW_CPU_IN_SWITCH;
}

void ow_save_cpu_state(struct ow_cpu_record *record, struct pt_regs *regs)
{
	struct task_struct *task = current;
	unsigned int flags;

	/* An NMI may end an interrupt that had begun to do the same. */
	record->flags &= OW_CPU_PRESENT | OW_CPU_ONLINE | OW_CPU_CRASHING |
			 OW_CPU_INTERRUPT;
	record->tsc = rdtsc_ordered();
	record->apicid = read_apic_id();
	record->task = (unsigned long)task;
	if (get_kernel_nofault(record->pid, &task->pid) ||
	    get_kernel_nofault(record->tgid, &task->tgid) ||
	    copy_from_kernel_nofault(record->comm, task->comm,
				     sizeof(record->comm)))
		record->pid = -1;
	record->comm[sizeof(record->comm) - 1] = '\0';

	ow_save_regs(&record->regs, regs);
	record->stack = ow_task_stack(regs->sp);
	if (user_mode(regs))
		record->flags |= OW_CPU_USER;
	else
		record->flags |= ow_user_regs_in_entry(&record->regs, regs);
	ow_save_bases(record, regs);
	if (cpu_feature_enabled(X86_FEATURE_OSPKE)) {
		record->pkru = read_pkru();
		record->flags |= OW_CPU_PKRU;
	}
	if (record->pid > 0 && !get_kernel_nofault(flags, &task->flags) &&
	    !(flags & (PF_KTHREAD | PF_USER_WORKER)))
		ow_save_fpu(record);

	/* Last, and after all the rest is visible: this CPU is accounted for. */
	smp_store_release(&record->flags, record->flags | OW_CPU_STOPPED);
}
