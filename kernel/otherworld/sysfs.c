// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: /sys/kernel/otherworld/, for owctl and for people.
 */

#include <linux/init.h>
#include <linux/kexec.h>
#include <linux/kobject.h>
#include <linux/math64.h>
#include <linux/sysfs.h>
#include <asm/tsc.h>

#include "internal.h"

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	const char *state = "idle";

	if (ow_reason[0])
		state = "kdump";
	else if (ow_armed())
		state = "armed";
	else if (ow_successor && !ow_released())
		state = "successor";
	return sysfs_emit(buf, "%s\n", state);
}

static ssize_t generation_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", ow_generation);
}

static ssize_t cause_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%s\n", ow_cause_of_death());
}

static ssize_t reason_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%s\n", ow_reason);
}

static ssize_t region_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	if (!crashk_res.end)
		return sysfs_emit(buf, "\n");
	return sysfs_emit(buf, "%llx-%llx\n", crashk_res.start,
			  crashk_res.end);
}

static int ow_emit_time(char *buf, int at, const char *name, u64 tsc)
{
	u64 since = tsc - ow_dead_fault->tsc_fault;

	/* Stamps that purgatory made are not sealed. */
	if (!tsc || tsc < ow_dead_fault->tsc_fault || tsc > rdtsc_ordered())
		return 0;
	return sysfs_emit_at(buf, at, "%s %llu\n", name,
			     mul_u64_u64_div_u64(since, 1000,
						 ow_dead->tsc_khz));
}

static ssize_t timings_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	static const struct {
		const char *name;
		enum ow_stage stage;
	} stages[] = {
		{ "kernel", OW_STAGE_KERNEL },
		{ "smp", OW_STAGE_SMP },
		{ "init", OW_STAGE_INIT },
		{ "userspace", OW_STAGE_USER + OTHERWORLD_STAGE_USERSPACE },
		{ "root", OW_STAGE_USER + OTHERWORLD_STAGE_ROOT },
		{ "story", OW_STAGE_USER + OTHERWORLD_STAGE_STORY },
		{ "release_start", OW_STAGE_RELEASE_START },
		{ "release_end", OW_STAGE_RELEASE_END },
		{ "processes", OW_STAGE_USER + OTHERWORLD_STAGE_PROCESSES },
		{ "armed", OW_STAGE_USER + OTHERWORLD_STAGE_ARMED },
		{ "handed", OW_STAGE_USER + OTHERWORLD_STAGE_HANDED },
	};
	int i, at = 0;

	if (!ow_successor)
		return 0;

	at += ow_emit_time(buf, at, "fault", ow_dead_fault->tsc_fault);
	at += ow_emit_time(buf, at, "stopped", ow_dead_fault->tsc_stopped);
	at += ow_emit_time(buf, at, "jump", ow_dead_fault->tsc_jump);
	at += ow_emit_time(buf, at, "purgatory_in",
			   ow_dead->stamps[OW_STAMP_PURGATORY_IN]);
	at += ow_emit_time(buf, at, "purgatory_out",
			   ow_dead->stamps[OW_STAMP_PURGATORY_OUT]);
	for (i = 0; i < ARRAY_SIZE(stages); i++)
		at += ow_emit_time(buf, at, stages[i].name,
				   ow_stamp_at(stages[i].stage));
	return at;
}

/* A line of cpus is never longer. */
#define OW_CPU_LINE	320

static ssize_t cpus_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	unsigned int cpu;
	int at = 0;

	if (!ow_successor)
		return 0;

	for (cpu = 0; cpu < ow_dead_fault->nr_cpus; cpu++) {
		const struct ow_cpu_record *r = &ow_dead_fault->cpus[cpu];

		if (!(r->flags & OW_CPU_ONLINE))
			continue;
		if (at > PAGE_SIZE - OW_CPU_LINE)
			return at + sysfs_emit_at(buf, at, "...\n");
		at += sysfs_emit_at(buf, at,
				    "cpu=%u apicid=%u pid=%d tgid=%d comm=%*pE mode=%s%s fpu=%s ip=%#llx sp=%#llx fs=%#llx gs=%#llx%s fpstate=%#llx+%u\n",
				    cpu, r->apicid, r->pid, r->tgid,
				    (int)strnlen(r->comm, OW_COMM_LEN), r->comm,
				    r->flags & OW_CPU_USER ? "user" : "kernel",
				    r->flags & OW_CPU_CRASHING ? ",crashing" :
				    "",
				    r->flags & OW_CPU_FPU ? "saved" : "memory",
				    r->regs.ip, r->regs.sp, r->fs_base,
				    r->gs_base,
				    r->flags & (OW_CPU_GS_UNSURE |
						OW_CPU_IN_SWITCH) ? "?" : "",
				    r->fpstate, r->fpstate_size);
	}
	return at;
}

static struct kobj_attribute ow_attrs[] = {
	__ATTR_RO(state),
	__ATTR_RO(generation),
	__ATTR_RO(cause),
	__ATTR_RO(reason),
	__ATTR_RO(region),
	__ATTR_RO(timings),
	__ATTR_RO_MODE(cpus, 0400),
};

static int __init ow_sysfs_init(void)
{
	struct kobject *kobj = kobject_create_and_add("otherworld",
						      kernel_kobj);
	int i, ret;

	if (!kobj)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(ow_attrs); i++) {
		ret = sysfs_create_file(kobj, &ow_attrs[i].attr);
		if (ret)
			return ret;
	}
	return 0;
}
device_initcall(ow_sysfs_init);
