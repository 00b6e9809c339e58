// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: a thread's registers, and where it goes on.
 *
 * Runs in the thread itself, on its way to user mode for the first time.
 */

#include <linux/cache.h>
#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/rseq.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/ptrace.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/cpuid.h>
#include <asm/fpu/api.h>
#include <asm/fpu/sched.h>
#include <asm/fpu/signal.h>
#include <asm/fpu/xstate.h>
#include <asm/fsgsbase.h>
#include <asm/gsseg.h>
#include <asm/pkru.h>
#include <asm/prctl.h>
#include <asm/proto.h>
#include <asm/ptrace.h>
#include <asm/segment.h>
#include <asm/syscall.h>

#include "../../arch/x86/kernel/fpu/context.h"
#include "../../arch/x86/kernel/fpu/internal.h"
#include "../../arch/x86/kernel/fpu/xstate.h"
#include "parse/ow_xstate.h"
#include "rebuild.h"

/* What user mode may set of its flags, as in a signal frame. */
#define OW_FLAGS_USER	(X86_EFLAGS_AC | X86_EFLAGS_OF | X86_EFLAGS_DF |  \
			 X86_EFLAGS_TF | X86_EFLAGS_SF | X86_EFLAGS_ZF |  \
			 X86_EFLAGS_AF | X86_EFLAGS_PF | X86_EFLAGS_CF |  \
			 X86_EFLAGS_RF | X86_EFLAGS_ID)

/* --- Integer registers --------------------------------------------------------- */

static int ow_read_regs(const struct ow_kernel *kernel,
			const struct ow_task *task, struct pt_regs *regs)
{
	const struct ow_cpu_record *cpu = ow_dead_cpu_of(task->at);
	struct ow_cursor c;

	static_assert(sizeof(*regs) == OW_REG_COUNT * sizeof(u64));

	if (cpu && cpu->flags & OW_CPU_USER) {
		memcpy(regs, &cpu->regs, sizeof(*regs));
		/* An interrupt of user mode is no system call. */
		regs->orig_ax = -1;
		return 0;
	}
	if (cpu && cpu->flags & OW_CPU_SYSCALL) {
		memcpy(regs, &cpu->regs, sizeof(*regs));
		return 0;
	}
	ow_cursor_init(&c, kernel);
	if (ow_user_regs_read(&c, task, (u64 *)regs))
		return 0;
	ow_verdict_fault(task->pid, OTHERWORLD_LOST, "registers", &c.fault);
	return -EIO;
}

static int ow_check_regs(const struct ow_task *task, struct pt_regs *regs)
{
	if ((regs->cs & 0xffff) != __USER_CS || regs->ip >= TASK_SIZE_MAX ||
	    regs->sp >= TASK_SIZE_MAX) {
		ow_verdict(task->pid, OTHERWORLD_LOST, task->stack.a,
			   "registers", "no user mode: cs %x ip %lx sp %lx",
			   regs->cs, regs->ip, regs->sp);
		return -EIO;
	}
	regs->cs = __USER_CS;
	regs->ss = __USER_DS;
	regs->flags = (regs->flags & OW_FLAGS_USER) | X86_EFLAGS_IF |
		      X86_EFLAGS_FIXED;
	return 0;
}

/* --- FPU ------------------------------------------------------------------------- */

/* What the dead CPU had as well: it is the same one. */
static struct ow_xcomponent ow_xcomponents[OW_XCOMPONENTS] __ro_after_init;

static int __init ow_xcomponents_init(void)
{
	unsigned int i, flags, none;

	static_assert(XFEATURE_MAX <= OW_XCOMPONENTS);

	for (i = FIRST_EXTENDED_XFEATURE; i < XFEATURE_MAX; i++) {
		struct ow_xcomponent *part = &ow_xcomponents[i];

		if (!(fpu_kernel_cfg.max_features & BIT_ULL(i)))
			continue;
		cpuid_count(XSTATE_CPUID, i, &part->size, &part->offset,
			    &flags, &none);
		part->user = !(flags & BIT(0));
		part->aligned64 = flags & BIT(1);
	}
	return 0;
}
core_initcall(ow_xcomponents_init);

/*
 * The dead area in the standard format, as a signal frame has it. Where the
 * CPU can, the kernel keeps it compacted; that may be the longer one, as it has
 * what only the kernel may set.
 */
static int ow_read_fpu(struct ow_cursor *c, const struct ow_task *task,
		       struct xregs_state *state, size_t size, u64 *dropped)
{
	u64 dead_size = ow_get(c, task->fpstate, OW_F_fpstate_size);
	struct xregs_state *dead;
	bool ok = false;

	if (!ow_cursor_ok(c) || dead_size < sizeof(*dead) ||
	    dead_size > max(fpu_kernel_cfg.max_size, fpu_user_cfg.max_size))
		return -EIO;
	dead = kvmalloc(dead_size, GFP_KERNEL);
	if (!dead)
		return -ENOMEM;
	if (ow_get_memory(c, ow_field_at(c, task->fpstate, OW_F_fpstate_regs),
			  dead, dead_size)) {
		if (dead->header.xcomp_bv) {
			ok = ow_xstate_expand(dead, dead_size, ow_xcomponents,
					      state, size, dropped);
		} else if (dead_size <= size) {
			memcpy(state, dead, dead_size);
			ok = true;
		}
	}
	kvfree(dead);
	return ok ? 0 : -EIO;
}

static bool ow_fpu_install(const void *state)
{
	struct fpu *fpu = &current->thread.fpu;
	int ret;

	fpregs_lock();
	/* What the registers hold is the stub's: forget it. */
	set_thread_flag(TIF_NEED_FPU_LOAD);
	__fpu_invalidate_fpregs_state(fpu);
	ret = copy_uabi_from_kernel_to_xstate(fpu->fpstate, state,
					      &current->thread.pkru);
	fpregs_unlock();
	return !ret;
}

/* Components that were in use, and that only the kernel can set. */
static void ow_report_dropped(const struct ow_task *task, u64 dropped)
{
	if (dropped & XFEATURE_MASK_CET_USER)
		ow_verdict(task->pid, OTHERWORLD_DEGRADED, task->fpstate.a,
			   "shadow stack", "it goes on without one");
	if (dropped & XFEATURE_MASK_PASID)
		ow_verdict(task->pid, OTHERWORLD_DEGRADED, task->fpstate.a,
			   "PASID", "it goes on without one");
	dropped &= ~(u64)(XFEATURE_MASK_CET_USER | XFEATURE_MASK_PASID);
	if (dropped)
		ow_verdict(task->pid, OTHERWORLD_DEGRADED, task->fpstate.a,
			   "FPU registers", "without the components %llx",
			   dropped);
}

static int ow_rebuild_fpu(const struct ow_kernel *kernel,
			  const struct ow_task *task)
{
	size_t size = current->thread.fpu.fpstate->user_size;
	struct xregs_state *state;
	struct ow_cursor c;
	u64 dropped = 0;
	int ret;

	ow_cursor_init(&c, kernel);
	state = kvzalloc(size, GFP_KERNEL);
	if (!state)
		return -ENOMEM;
	ret = ow_read_fpu(&c, task, state, size, &dropped);
	if (!ret && !ow_fpu_install(state))
		ret = -EIO;
	kvfree(state);
	if (!ret)
		ow_report_dropped(task, dropped);
	else if (!ow_cursor_ok(&c))
		ow_verdict_fault(task->pid, OTHERWORLD_LOST, "FPU registers",
				 &c.fault);
	else if (ret != -ENOMEM)
		ow_verdict(task->pid, OTHERWORLD_LOST, task->fpstate.a,
			   "FPU registers", "an area that this CPU refuses");
	return ret;
}

static void ow_rebuild_pkru(const struct ow_task *task)
{
	const struct ow_cpu_record *cpu = ow_dead_cpu_of(task->at);
	u32 pkru = task->pkru;

	if (!cpu_feature_enabled(X86_FEATURE_OSPKE))
		return;
	if (cpu && cpu->flags & OW_CPU_PKRU)
		pkru = cpu->pkru;
	current->thread.pkru = pkru;
	write_pkru(pkru);
}

/* --- Segments ---------------------------------------------------------------------- */

struct ow_selectors {
	u64 fs_base, gs_base;
	u16 fs, gs, ds, es;
};

/*
 * Loading one that there is no descriptor for makes it 0. The base may differ
 * from what the descriptor says, and counts.
 */
static void ow_load_selectors(const struct ow_task *task,
			      const struct ow_selectors *dead)
{
	u16 fs, gs, ds, es;

	preempt_disable();
	if (dead->fs) {
		loadsegment(fs, dead->fs);
		x86_fsbase_write_cpu(dead->fs_base);
	}
	if (dead->gs) {
		load_gs_index(dead->gs);
		x86_gsbase_write_cpu_inactive(dead->gs_base);
	}
	loadsegment(ds, dead->ds);
	loadsegment(es, dead->es);
	savesegment(fs, fs);
	savesegment(gs, gs);
	savesegment(ds, ds);
	savesegment(es, es);
	preempt_enable();
	if (fs != dead->fs || gs != dead->gs || ds != dead->ds ||
	    es != dead->es)
		ow_verdict(task->pid, OTHERWORLD_DEGRADED, task->at.a,
			   "segment registers", "fs %x gs %x ds %x es %x",
			   dead->fs, dead->gs, dead->ds, dead->es);
}

static void ow_rebuild_segments(const struct ow_task *task)
{
	const struct ow_cpu_record *cpu = ow_dead_cpu_of(task->at);
	struct ow_selectors dead = {
		.fs_base = task->fsbase,
		.gs_base = task->gsbase,
		.fs = task->fsindex,
		.gs = task->gsindex,
		.ds = task->ds,
		.es = task->es,
	};

	/* A task that was running had its own in the CPU. */
	if (cpu && !(cpu->flags & OW_CPU_IN_SWITCH)) {
		dead.fs_base = cpu->fs_base;
		if (!(cpu->flags & OW_CPU_GS_UNSURE))
			dead.gs_base = cpu->gs_base;
		dead.fs = cpu->fs;
		dead.gs = cpu->gs;
		dead.ds = cpu->ds;
		dead.es = cpu->es;
	}
	if (do_arch_prctl_64(current, ARCH_SET_FS, dead.fs_base) ||
	    do_arch_prctl_64(current, ARCH_SET_GS, dead.gs_base)) {
		ow_verdict(task->pid, OTHERWORLD_LOST, task->at.a,
			   "segment bases", "fs %llx gs %llx", dead.fs_base,
			   dead.gs_base);
		return;
	}
	ow_load_selectors(task, &dead);
}

static void ow_rebuild_rseq(const struct ow_task *task)
{
	current->rseq = (struct rseq __user *)task->rseq;
	current->rseq_len = task->rseq_len;
	current->rseq_sig = task->rseq_sig;
	if (!current->rseq)
		return;
	/* It lost its CPU, in the middle of a critical section perhaps. */
	__set_bit(RSEQ_EVENT_PREEMPT_BIT, &current->rseq_event_mask);
	rseq_set_notify_resume(current);
}

int ow_rebuild_registers(const struct ow_kernel *kernel,
			 const struct ow_task *task, struct ow_resume *resume)
{
	struct pt_regs regs;
	int ret;

	ret = ow_read_regs(kernel, task, &regs);
	if (ret)
		return ret;
	ret = ow_check_regs(task, &regs);
	if (ret)
		return ret;
	ret = ow_rebuild_fpu(kernel, task);
	if (ret)
		return ret;
	ow_settle_syscall(kernel, task, &regs, resume);
	if (resume->lost)
		return -EIO;
	*current_pt_regs() = regs;
	ow_rebuild_pkru(task);
	ow_rebuild_segments(task);
	ow_rebuild_rseq(task);
	return 0;
}
