// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: time goes on.
 *
 * The dead kernel stamped all its clocks at one TSC reading, and kexec does
 * not reset the TSC. So each clock starts here at its old value plus the
 * outage so far. The frequencies of TSC and local APIC timer are taken over
 * too, and so is the delay loop: it is the same hardware, and calibrating costs
 * some 300 ms.
 */

#include <linux/clocksource.h>
#include <linux/cpufeature.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/sched/clock.h>
#include <linux/timekeeper_internal.h>
#include <linux/timekeeping.h>
#include <asm/apic.h>
#include <asm/timer.h>
#include <asm/tsc.h>
#include <asm/x86_init.h>

#include "../time/tick-internal.h"
#include "internal.h"

/* What is needed of the two blocks before memory can be allocated. */
static struct {
	u32 khz;
	u32 hz;
	u64 tsc;
	u64 jiffies;
	u64 mono;
	u64 boot;
	u64 real;
	u64 raw;
	s32 tai_offset;
} ow_then __initdata;

static u64 __init ow_outage_ns(void)
{
	return mul_u64_u64_div_u64(rdtsc_ordered() - ow_then.tsc,
				   NSEC_PER_MSEC, ow_then.khz);
}

static unsigned long __init ow_known_khz(void)
{
	return ow_then.khz;
}

void __init ow_clock_start(const struct ow_handover *dead,
			   const struct ow_fault_block *fault)
{
	ow_then.khz = dead->tsc_khz;
	ow_then.hz = dead->hz;
	ow_then.jiffies = fault->jiffies;
	ow_then.tsc = fault->tsc_clock;
	ow_then.mono = fault->mono_ns;
	ow_then.boot = fault->boot_ns;
	ow_then.raw = fault->raw_ns;
	ow_then.tai_offset = fault->tai_offset;
	/*
	 * Timekeeping drops a monotonic clock that is ahead of the wall clock.
	 * On a machine that does not know its date the date has to give way.
	 */
	ow_then.real = max(fault->real_ns, fault->mono_ns);

	x86_platform.calibrate_cpu = ow_known_khz;
	x86_platform.calibrate_tsc = ow_known_khz;
	setup_force_cpu_cap(X86_FEATURE_TSC_KNOWN_FREQ);
	if (dead->hz == HZ) {
		lapic_timer_period = dead->lapic_timer_period;
		preset_lpj = dead->loops_per_jiffy;
	}
	/*
	 * A busy host may give us less time than the timer's interrupt is waited
	 * for, and who finds it missing panics. It was there a moment ago.
	 */
	if (IS_ENABLED(CONFIG_X86_IO_APIC) &&
	    boot_cpu_has(X86_FEATURE_HYPERVISOR))
		no_timer_check = 1;
}

static u64 __init ow_jiffies_by_tsc(void)
{
	return ow_then.jiffies +
	       mul_u64_u64_div_u64(ow_outage_ns(), ow_then.hz, NSEC_PER_SEC);
}

/*
 * times() returns jiffies. Not before sched_clock() counts by the TSC, or the
 * log would seem to start in the future.
 */
void __init ow_clock_set_jiffies(void)
{
	jiffies_64 = ow_jiffies_by_tsc();
}

/*
 * Jiffies stand still while no CPU takes interrupts, and catch up from
 * tick_next_period when one does again. A kernel that died of just that never
 * got there.
 */
u64 ow_due_jiffies(u64 mono_ns)
{
	s64 late = mono_ns - READ_ONCE(tick_next_period);

	return jiffies_64 + (late < 0 ? 0 : div_u64(late, TICK_NSEC) + 1);
}

static u64 ow_read_tsc(struct clocksource *cs)
{
	return rdtsc_ordered();
}

static struct clocksource ow_clocksource = {
	.name = "otherworld-early",
	.rating = 1,
	.read = ow_read_tsc,
	.mask = CLOCKSOURCE_MASK(64),
	.flags = CLOCK_SOURCE_IS_CONTINUOUS,
};

/*
 * The usual clock of early boot counts ticks, and loses those that fall where
 * interrupts are off: half a second of a takeover. The TSC's frequency is
 * known, so it can be the clock until the better ones are registered.
 */
struct clocksource * __init
otherworld_early_clock(struct clocksource *usual)
{
	if (!ow_successor)
		return usual;
	__clocksource_update_freq_khz(&ow_clocksource, ow_then.khz);
	return &ow_clocksource;
}

/* Replaces the weak default in kernel/time/timekeeping.c. */
void __init read_persistent_wall_and_boot_offset(struct timespec64 *wall_time,
						 struct timespec64 *boot_offset)
{
	u64 outage;

	if (!ow_successor) {
		read_persistent_clock64(wall_time);
		*boot_offset = ns_to_timespec64(local_clock());
		return;
	}

	outage = ow_outage_ns();
	*wall_time = ns_to_timespec64(ow_then.real + outage);
	*boot_offset = ns_to_timespec64(ow_then.mono + outage);
}

/* The clocks that timekeeping_init() has no argument for. */
void __init otherworld_restore_clocks(struct timekeeper *tk)
{
	u32 nsec;

	if (!ow_successor)
		return;

	tk->raw_sec = div_u64_rem(ow_then.raw + ow_outage_ns(), NSEC_PER_SEC,
				  &nsec);
	tk->tkr_raw.xtime_nsec = (u64)nsec << tk->tkr_raw.shift;
	/* Time spent suspended. */
	tk->offs_boot = ns_to_ktime(ow_then.boot - ow_then.mono);
	tk->monotonic_to_boot = ktime_to_timespec64(tk->offs_boot);
	tk->tai_offset = ow_then.tai_offset;
}

/* Before the tick device there are no ticks to catch up with. */
static void __init ow_restore_jiffies(void)
{
	s64 lost = ow_jiffies_by_tsc() - ow_due_jiffies(ktime_get());

	if (lost <= 0)
		return;
	raw_spin_lock_irq(&jiffies_lock);
	write_seqcount_begin(&jiffies_seq);
	do_timer(lost);
	write_seqcount_end(&jiffies_seq);
	raw_spin_unlock_irq(&jiffies_lock);
}

/*
 * CONFIG_RTC_HCTOSYS sets the date from a clock that counts whole seconds.
 * What the TSC says is better.
 */
static int __init ow_finish_clocks(void)
{
	struct timespec64 now;

	if (!ow_successor)
		return 0;
	ow_restore_jiffies();
	now = ns_to_timespec64(ow_then.real + ow_outage_ns());
	return do_settimeofday64(&now);
}
late_initcall_sync(ow_finish_clocks);
