// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: faults on request that LKDTM does not offer.
 *
 * Writing a word to /sys/kernel/debug/otherworld/provoke kills this kernel.
 */

#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/irq_work.h>
#include <linux/nmi.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <asm/apic.h>

#include "internal.h"

static void ow_spin_forever(void *unused)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

/* A pointer that never was one. */
static void ow_provoke_wild(void)
{
	WRITE_ONCE(*(int *)0xffffdead00001234UL, 1);
}

static void ow_bug_in_irq(struct irq_work *work)
{
	BUG();
}

static void ow_provoke_irq(void)
{
	static DEFINE_IRQ_WORK(work, ow_bug_in_irq);

	irq_work_queue(&work);
	ssleep(10);
}

static int ow_bug_in_nmi(unsigned int type, struct pt_regs *regs)
{
	BUG();
	return NMI_HANDLED;
}

static int ow_spin_in_nmi(unsigned int type, struct pt_regs *regs)
{
	ow_spin_forever(NULL);
	return NMI_HANDLED;
}

static void ow_provoke_nmi(void)
{
	register_nmi_handler(NMI_LOCAL, ow_bug_in_nmi, 0, "otherworld_provoke");
	__apic_send_IPI_self(NMI_VECTOR);
	ssleep(10);
}

/* All CPUs stuck, deaf to everything but an NMI from outside. */
static void ow_provoke_stuck(void)
{
	smp_call_function(ow_spin_forever, NULL, false);
	ow_spin_forever(NULL);
}

static void ow_no_callback(struct rcu_head *head)
{
}

/*
 * Stuck under RCU only: the soft lockup detector is kept quiet. The callback
 * makes sure that a grace period waits for this CPU.
 */
static void ow_provoke_rcu(void)
{
	static struct rcu_head head;

	call_rcu(&head, ow_no_callback);
	rcu_read_lock();
	for (;;) {
		touch_softlockup_watchdog();
		cpu_relax();
	}
}

/*
 * CPU 0 inside an NMI handler that never ends: no further NMI reaches it, so
 * it cannot be stopped. Then this CPU panics.
 */
static void ow_provoke_deaf(void)
{
	if (!raw_smp_processor_id()) {
		pr_err("provoke: deaf must be asked for on another CPU than 0\n");
		return;
	}
	register_nmi_handler(NMI_LOCAL, ow_spin_in_nmi, 0,
			     "otherworld_provoke");
	__apic_send_IPI(0, NMI_VECTOR);
	mdelay(100);
	panic("provoked while the boot CPU is deaf");
}

static const struct {
	const char *word;
	void (*provoke)(void);
} ow_faults[] = {
	{ "wild", ow_provoke_wild },
	{ "irq", ow_provoke_irq },
	{ "nmi", ow_provoke_nmi },
	{ "rcu", ow_provoke_rcu },
	{ "stuck", ow_provoke_stuck },
	{ "deaf", ow_provoke_deaf },
	{ "damage", ow_provoke_damage },
};

static ssize_t ow_provoke_write(struct file *file, const char __user *user,
				size_t count, loff_t *pos)
{
	char word[16] = "";
	int i;

	if (count >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, user, count))
		return -EFAULT;

	for (i = 0; i < ARRAY_SIZE(ow_faults); i++) {
		if (!sysfs_streq(word, ow_faults[i].word))
			continue;
		pr_emerg("provoking a fault of kind \"%s\"\n",
			 ow_faults[i].word);
		ow_faults[i].provoke();
		return count;
	}
	return -EINVAL;
}

static const struct file_operations ow_provoke_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.write = ow_provoke_write,
};

static int __init ow_provoke_init(void)
{
	struct dentry *dir = debugfs_create_dir("otherworld", NULL);

	debugfs_create_file("provoke", 0200, dir, NULL, &ow_provoke_fops);
	return 0;
}
late_initcall(ow_provoke_init);
