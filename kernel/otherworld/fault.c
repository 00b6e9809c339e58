// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: the last deeds of a dying kernel.
 */

/**
 * DOC: From the panic to the jump
 *
 * A panic or an oops reaches machine_ops.crash_shutdown(), which is wrapped
 * here. The panicking CPU stamps the clocks, saves its own state and stops the
 * other CPUs, by an interrupt where that will do (stop.c) and by NMI; each of
 * those saves its state before it acknowledges.
 * Then everything is sealed, and the jump is done by the boot CPU: a kernel
 * that was entered on any other could never bring the boot CPU up again.
 *
 * When a CPU does not answer within the second that the shutdown grants, its
 * task's registers are unknown and it may still be writing to memory. Then the
 * outcome is "kdump", with the reason, and the crash kernel will be an
 * ordinary one. When it is the boot CPU that does not answer, the panicking
 * CPU has to jump itself. When purgatory is damaged nothing can be run safely,
 * and the machine is reset.
 *
 * No lock is taken, nothing is allocated. With a plain kdump image armed, or
 * none, none of this runs.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/crash_core.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/panic.h>
#include <linux/pid_namespace.h>
#include <linux/reboot.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/intel_pt.h>
#include <asm/io_apic.h>
#include <asm/reboot.h>
#include <asm/sev.h>
#include <asm/tsc.h>

#include "internal.h"
#include "parse/ow_crc.h"

struct ow_fault_block *ow_last_words __ro_after_init;
size_t ow_last_words_size __ro_after_init;

static void (*ow_native_crash_shutdown)(struct pt_regs *regs) __ro_after_init;
static void (*ow_native_stop_others)(void) __ro_after_init;

/* Who jumps. Whoever moves it on from JUMP_GRANTED has the right to. */
enum { JUMP_HELD, JUMP_GRANTED, JUMP_TAKEN, JUMP_REVOKED };
static atomic_t ow_jump = ATOMIC_INIT(JUMP_HELD);

/* Long, since a virtual CPU may not run for a while. It costs only the dead. */
#define OW_GRANT_WAIT_US	2000000

static bool ow_on_boot_cpu(void)
{
	return read_apic_id() == boot_cpu_physical_apicid;
}

/* The NMI that stops a CPU ends here. */
static void ow_stop_this_cpu(void)
{
	int granted = JUMP_GRANTED;

	if (!ow_on_boot_cpu())
		ow_halt();

	while (!atomic_try_cmpxchg(&ow_jump, &granted, JUMP_TAKEN)) {
		if (granted == JUMP_REVOKED)
			ow_halt();
		granted = JUMP_GRANTED;
		cpu_relax();
	}

	/* Done before, but for the panicking CPU's APIC and not for this. */
	lapic_shutdown();
	restore_boot_irq_mode();
	machine_kexec(kexec_crash_image);
	ow_halt();
}

static void ow_nmi_stop(int cpu, struct pt_regs *regs)
{
	ow_save_stopped_cpu(cpu, regs);
	cpu_emergency_stop_pt();
	kdump_sev_callback();
	disable_local_APIC();
}

static void ow_stamp_clocks(void)
{
	ow_last_words->tsc_clock = rdtsc_ordered();
	ow_last_words->mono_ns = ktime_get_mono_fast_ns();
	ow_last_words->boot_ns = ktime_get_boot_fast_ns();
	ow_last_words->real_ns = ktime_get_real_fast_ns();
	ow_last_words->raw_ns = ktime_get_raw_fast_ns();
	/* Both differ by whole seconds, so the moment between does not count. */
	ow_last_words->tai_offset = div_s64(ktime_get_tai_fast_ns() -
				       ow_last_words->real_ns, NSEC_PER_SEC);
	ow_last_words->jiffies = ow_due_jiffies(ow_last_words->mono_ns);
	ow_last_words->pid_max = pid_max;
	ow_last_words->last_pid = idr_get_cursor(&init_pid_ns.idr);
}

/*
 * Twice on the way if panic() was told to run its notifiers first, since the
 * other CPUs are stopped before those.
 */
static void ow_begin(u64 now)
{
	static bool begun;
	unsigned int cpu;

	if (begun)
		return;
	begun = true;

	ow_last_words->magic = OW_FAULT_MAGIC;
	ow_last_words->version = OW_FAULT_VERSION;
	ow_last_words->size = ow_last_words_size;
	ow_last_words->outcome = OW_OUTCOME_NONE;
	ow_last_words->cookie = ow_armed_cookie();
	ow_last_words->nr_cpus = nr_cpu_ids;
	ow_last_words->crashing_cpu = safe_smp_processor_id();
	ow_last_words->tsc_fault = now;
	ow_stamp_clocks();

	for_each_present_cpu(cpu) {
		ow_last_words->cpus[cpu].apicid = cpu_physical_id(cpu);
		ow_last_words->cpus[cpu].flags = OW_CPU_PRESENT;
		if (cpu_online(cpu))
			ow_last_words->cpus[cpu].flags |= OW_CPU_ONLINE;
	}
}

static void ow_stop_others(void)
{
	if (!otherworld_owns(kexec_crash_image)) {
		ow_native_stop_others();
		return;
	}

	ow_begin(rdtsc_ordered());
	smp_ops.stop_this_cpu = ow_stop_this_cpu;
	/* Offline CPUs watch memory that will change under them. */
	if (num_present_cpus() > num_online_cpus())
		smp_kick_mwait_play_dead();
	ow_ask_others_to_stop();
	nmi_shootdown_cpus(ow_nmi_stop);
	disable_local_APIC();
	ow_last_words->tsc_stopped = rdtsc_ordered();
}

/* The CPU that did not answer, or -1. */
static int ow_missing_cpu(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (!ow_has_stopped(cpu))
			return cpu;
	return -1;
}

static void ow_decide(void)
{
	int missing = ow_missing_cpu();

	if (missing < 0) {
		ow_last_words->outcome = OW_OUTCOME_TAKEOVER;
		return;
	}
	ow_last_words->outcome = OW_OUTCOME_KDUMP;
	snprintf(ow_last_words->reason, sizeof(ow_last_words->reason),
		 "CPU %d did not answer the stop", missing);
}

static void ow_seal_fault(void)
{
	ow_last_words->tsc_jump = rdtsc_ordered();
	ow_last_words->crc = ow_crc32(0, &ow_last_words->outcome, ow_last_words_size -
				 offsetof(struct ow_fault_block, outcome));
}

/* Does not return if the boot CPU jumps. */
static void ow_let_boot_cpu_jump(void)
{
	int granted = JUMP_GRANTED;
	unsigned int us;

	atomic_set_release(&ow_jump, JUMP_GRANTED);
	for (us = 0; us < OW_GRANT_WAIT_US; us++) {
		if (atomic_read(&ow_jump) == JUMP_TAKEN)
			ow_halt();
		udelay(1);
	}
	if (!atomic_try_cmpxchg(&ow_jump, &granted, JUMP_REVOKED))
		ow_halt();

	ow_last_words->outcome = OW_OUTCOME_KDUMP;
	strscpy(ow_last_words->reason, "the boot CPU stopped but did not jump",
		sizeof(ow_last_words->reason));
	ow_seal_fault();
}

static void ow_crash_shutdown(struct pt_regs *regs)
{
	u64 now = rdtsc_ordered();
	struct ow_cpu_record *mine;

	if (!otherworld_owns(kexec_crash_image)) {
		ow_native_crash_shutdown(regs);
		return;
	}

	/* A fault from here on finds the kexec lock taken: reset, do not hang. */
	if (!panic_timeout)
		panic_timeout = -1;

	if (!ow_purgatory_intact(kexec_crash_image)) {
		pr_emerg("purgatory is damaged: resetting the machine\n");
		emergency_restart();
	}

	local_irq_disable();
	ow_begin(now);
	mine = &ow_last_words->cpus[ow_last_words->crashing_cpu];
	mine->flags |= OW_CPU_CRASHING;
	if (in_hardirq() || in_serving_softirq())
		mine->flags |= OW_CPU_INTERRUPT;
	ow_save_cpu_state(mine, regs);

	ow_native_crash_shutdown(regs);

	ow_decide();
	ow_seal_fault();
	if (!ow_on_boot_cpu() &&
	    ow_last_words->cpus[0].flags & OW_CPU_STOPPED)
		ow_let_boot_cpu_jump();
}

static int __init ow_fault_init(void)
{
	ow_last_words_size = struct_size(ow_last_words, cpus, nr_cpu_ids);
	ow_last_words = alloc_pages_exact(ow_last_words_size, GFP_KERNEL | __GFP_ZERO);
	if (!ow_last_words) {
		pr_err("no memory for the fault block: nothing can be armed\n");
		return -ENOMEM;
	}

	ow_native_crash_shutdown = machine_ops.crash_shutdown;
	machine_ops.crash_shutdown = ow_crash_shutdown;
	ow_native_stop_others = smp_ops.crash_stop_other_cpus;
	smp_ops.crash_stop_other_cpus = ow_stop_others;
	return 0;
}
core_initcall(ow_fault_init);
