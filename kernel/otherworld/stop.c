// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: the other CPUs, asked to stop before they are forced to.
 *
 * An NMI stops a CPU anywhere: with a signal taken from its queue and not yet
 * given to anybody, say, or half of a page table copied. Most of that is over
 * within microseconds, so each CPU is first asked by ordinary interrupts. For a
 * while only one that they find in user mode or idle complies. A task that they
 * find in a system call is to stop when that is done, which for many would be a
 * moment that no interrupt meets: it is given work to do on its way back to user
 * mode. After that a CPU stops where an interrupt finds it; who has interrupts
 * disabled for longer waits for what the panicking CPU holds, or for ever, and
 * is left to the NMI.
 *
 * Nothing here waits for anybody; the NMI comes after it.
 */

#include <linux/crash_core.h>
#include <linux/delay.h>
#include <linux/kexec.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/task_work.h>
#include <asm/apic.h>
#include <asm/ptrace.h>

#include "internal.h"

#define OW_ASK_EVERY_US		50
#define OW_ASK_POLITELY		40
#define OW_ANYWHERE_WAIT_US	10000
/* Tasks that one CPU may run meanwhile. */
#define OW_ASKED_MAX		8

struct ow_asked {
	struct callback_head works[OW_ASKED_MAX];
	struct task_struct *last;
	unsigned int count;
};

static DEFINE_PER_CPU(call_single_data_t, ow_ask_csd);
static DEFINE_PER_CPU(struct ow_asked, ow_asked);
static bool ow_anywhere;

bool ow_has_stopped(unsigned int cpu)
{
	/* Pairs with the release in ow_save_cpu_state(). */
	return smp_load_acquire(&ow_last_words->cpus[cpu].flags) & OW_CPU_STOPPED;
}

void ow_save_stopped_cpu(unsigned int cpu, struct pt_regs *regs)
{
	if (ow_has_stopped(cpu))
		return;
	crash_save_cpu(regs, cpu);
	/* Who comes after the decision must not change what is sealed. */
	if (READ_ONCE(ow_last_words->outcome) == OW_OUTCOME_NONE)
		ow_save_cpu_state(&ow_last_words->cpus[cpu], regs);
}

/* The NMI ends it. */
static void __noreturn ow_wait_for_nmi(struct pt_regs *regs)
{
	ow_save_stopped_cpu(smp_processor_id(), regs);
	ow_halt();
}

/* What was interrupted is found on the stack. */
static noinline void __noreturn ow_stop_in_kernel(void)
{
	struct pt_regs here;

	crash_setup_regs(&here, NULL);
	ow_wait_for_nmi(&here);
}

/* What was given to the task before us comes behind us: it is part of the call. */
static void ow_stop_on_the_way_out(struct callback_head *work)
{
	struct callback_head *at, *next;

	for (at = work->next; at; at = next) {
		next = at->next;
		at->func(at);
	}
	local_irq_disable();
	ow_stop_in_kernel();
}

static void ow_stop_after_call(void)
{
	struct ow_asked *asked = this_cpu_ptr(&ow_asked);
	struct callback_head *work;

	if (current->flags & (PF_KTHREAD | PF_EXITING) ||
	    asked->last == current || asked->count == OW_ASKED_MAX)
		return;
	work = &asked->works[asked->count++];
	asked->last = current;
	init_task_work(work, ow_stop_on_the_way_out);
	task_work_add(current, work, TWA_RESUME);
}

/*
 * In user mode and idle the task's state is whole. An interrupt from user mode
 * stays on the task's stack; any other goes to a stack of its own. The idle loop
 * looks for such calls by itself, too.
 */
static void ow_stop_if_easy(void *unused)
{
	if (in_hardirq() && on_thread_stack())
		ow_wait_for_nmi(task_pt_regs(current));
	if (READ_ONCE(ow_anywhere) ||
	    (is_idle_task(current) && !softirq_count()))
		ow_stop_in_kernel();
	ow_stop_after_call();
}

/* A register that stays busy would hold up who writes to it. */
static bool ow_can_ask(void)
{
	return x2apic_enabled() || !(apic_read(APIC_ICR) & APIC_ICR_BUSY);
}

/* Whether any of them has still to be asked. */
static bool ow_ask(void)
{
	unsigned int cpu;
	bool any = false;

	for_each_online_cpu(cpu) {
		if (cpu == ow_last_words->crashing_cpu || ow_has_stopped(cpu))
			continue;
		any = true;
		/* It fails while the last question waits for its answer. */
		if (ow_can_ask())
			smp_call_function_single_async(cpu,
						       &per_cpu(ow_ask_csd, cpu));
	}
	return any;
}

void ow_ask_others_to_stop(void)
{
	unsigned int cpu, us, i;

	for_each_possible_cpu(cpu)
		INIT_CSD(&per_cpu(ow_ask_csd, cpu), ow_stop_if_easy, NULL);

	for (i = 0; i < OW_ASK_POLITELY && ow_ask(); i++)
		udelay(OW_ASK_EVERY_US);
	WRITE_ONCE(ow_anywhere, true);
	for (us = 0; us < OW_ANYWHERE_WAIT_US && ow_ask(); us += OW_ASK_EVERY_US)
		udelay(OW_ASK_EVERY_US);
}
