// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: death at a chosen instruction, for testing what was in flight.
 *
 * Writing "FUNCTION" or "FUNCTION/COMM" to /sys/kernel/debug/otherworld/provoke_at waits
 * until a task, one called COMM if that is given, comes to FUNCTION. Its CPU
 * stops right there, and another one panics: so the task is one that had no
 * part in it.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/panic.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "internal.h"

/* Longer than anybody takes for one instruction. */
#define OW_LEAVE_US	100

static char ow_at_function[KSYM_NAME_LEN];
static char ow_at_comm[TASK_COMM_LEN];

static void ow_die_elsewhere(void *unused)
{
	panic("provoked at %s", ow_at_function);
}

/*
 * Behind the breakpoint a copy of the instruction is run, of which no table of
 * frames knows: nobody shall be found there. This task has not run any of the
 * function; one that came before it is given the time to leave it.
 */
static void __noreturn ow_die_at(struct kprobe *probe, struct pt_regs *regs,
				 int other)
{
	static call_single_data_t call = CSD_INIT(ow_die_elsewhere, NULL);

	instruction_pointer_set(regs, (unsigned long)probe->addr);
	udelay(OW_LEAVE_US);
	smp_call_function_single_async(other, &call);
	for (;;)
		cpu_relax();
}

NOKPROBE_SYMBOL(ow_die_at);

static int ow_at_probe(struct kprobe *probe, struct pt_regs *regs)
{
	static atomic_t reached = ATOMIC_INIT(0);
	int other = cpumask_any_but(cpu_online_mask, smp_processor_id());

	if (!atomic_read(&reached)) {
		if (ow_at_comm[0] && strcmp(current->comm, ow_at_comm))
			return 0;
		if (other >= nr_cpu_ids)
			return 0;
		if (!atomic_xchg(&reached, 1))
			ow_die_at(probe, regs, other);
	}
	/* Two at once must not wait for each other. */
	if (!(regs->flags & X86_EFLAGS_IF))
		return 0;
	/* Interrupted in front of the breakpoint: see ow_die_at(). */
	instruction_pointer_set(regs, (unsigned long)probe->addr);
	return 1;
}

NOKPROBE_SYMBOL(ow_at_probe);

/*
 * With one of these the breakpoint is never replaced by a jump to a copy of the
 * code around it, whose frame no table knows either.
 */
static void ow_behind_probe(struct kprobe *probe, struct pt_regs *regs,
			    unsigned long flags)
{
}

static struct kprobe ow_at = {
	.symbol_name = ow_at_function,
	.pre_handler = ow_at_probe,
	.post_handler = ow_behind_probe,
};

static void ow_at_begin(struct work_struct *work)
{
	int ret = register_kprobe(&ow_at);

	if (ret)
		pr_err("no fault at %s: error %d\n", ow_at_function, ret);
}

static DECLARE_DELAYED_WORK(ow_at_work, ow_at_begin);

static ssize_t ow_at_write(struct file *file, const char __user *user,
			   size_t count, loff_t *pos)
{
	char words[sizeof(ow_at_function) + sizeof(ow_at_comm)] = "";
	char *rest = words, *function;

	/* There is one death only. */
	if (ow_at_function[0])
		return -EBUSY;
	if (count >= sizeof(words))
		return -EINVAL;
	if (copy_from_user(words, user, count))
		return -EFAULT;
	function = strsep(&rest, "/\n");
	if (!kallsyms_lookup_name(function))
		return -ENOENT;
	if (rest)
		strscpy(ow_at_comm, strim(rest));
	strscpy(ow_at_function, function);
	pr_emerg("provoking a fault at %s\n", ow_at_function);
	/* Who asked for it shall not be in this call any more. */
	schedule_delayed_work(&ow_at_work, HZ / 10);
	return count;
}

static const struct file_operations ow_at_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.write = ow_at_write,
};

static int __init ow_at_init(void)
{
	debugfs_create_file("provoke_at", 0200,
			    debugfs_lookup("otherworld", NULL), NULL,
			    &ow_at_fops);
	return 0;
}
late_initcall_sync(ow_at_init);
