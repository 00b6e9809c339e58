// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: what the dead kernel was told through /proc/sys, hostname and
 * domain name included.
 *
 * It is read where the dead kernel kept it, and written by owctl as userspace
 * writes it, so that whoever has to act on a change does.
 *
 * Only what is on this list: what a machine's administrator sets, and what is a
 * number or a text of its own. Not on it are those that arming sets, and
 * therefore carries; kernel.printk, which a panic turns up; the thresholds of
 * lockup detectors, which owctl trigger turns down; kernel.pid_max, which
 * pids.c gives back; and what is kept in another unit than it is shown in.
 */

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "rebuild.h"
#include "parse/ow_sysctl.h"

enum ow_sysctl_kind {
	OW_SYSCTL_INT,
	OW_SYSCTL_UINT,
	OW_SYSCTL_LONG,
	OW_SYSCTL_BYTE,
	OW_SYSCTL_TEXT,
};

/*
 * Numbers may be several. Some set another to 0: the one that does comes first,
 * and is the only one of the two that is not 0 if it was set.
 */
static const struct {
	const char *name;
	enum ow_sysctl_kind kind;
} ow_sysctls[] = {
	{ "kernel.hostname",			OW_SYSCTL_TEXT },
	{ "kernel.domainname",			OW_SYSCTL_TEXT },

	{ "fs.aio-max-nr",			OW_SYSCTL_LONG },
	{ "fs.dir-notify-enable",		OW_SYSCTL_INT },
	{ "fs.epoll.max_user_watches",		OW_SYSCTL_LONG },
	{ "fs.file-max",			OW_SYSCTL_LONG },
	{ "fs.inotify.max_queued_events",	OW_SYSCTL_INT },
	{ "fs.inotify.max_user_instances",	OW_SYSCTL_LONG },
	{ "fs.inotify.max_user_watches",	OW_SYSCTL_LONG },
	{ "fs.lease-break-time",		OW_SYSCTL_INT },
	{ "fs.leases-enable",			OW_SYSCTL_INT },
	{ "fs.mount-max",			OW_SYSCTL_UINT },
	{ "fs.nr_open",				OW_SYSCTL_UINT },
	{ "fs.pipe-max-size",			OW_SYSCTL_UINT },
	{ "fs.pipe-user-pages-hard",		OW_SYSCTL_LONG },
	{ "fs.pipe-user-pages-soft",		OW_SYSCTL_LONG },
	{ "fs.protected_fifos",			OW_SYSCTL_INT },
	{ "fs.protected_hardlinks",		OW_SYSCTL_INT },
	{ "fs.protected_regular",		OW_SYSCTL_INT },
	{ "fs.protected_symlinks",		OW_SYSCTL_INT },
	{ "fs.suid_dumpable",			OW_SYSCTL_INT },

	{ "kernel.core_pattern",		OW_SYSCTL_TEXT },
	{ "kernel.core_pipe_limit",		OW_SYSCTL_UINT },
	{ "kernel.core_uses_pid",		OW_SYSCTL_INT },
	{ "kernel.ctrl-alt-del",		OW_SYSCTL_INT },
	{ "kernel.dmesg_restrict",		OW_SYSCTL_INT },
	{ "kernel.kptr_restrict",		OW_SYSCTL_INT },
	{ "kernel.modprobe",			OW_SYSCTL_TEXT },
	{ "kernel.msgmax",			OW_SYSCTL_INT },
	{ "kernel.msgmnb",			OW_SYSCTL_INT },
	{ "kernel.msgmni",			OW_SYSCTL_INT },
	{ "kernel.overflowgid",			OW_SYSCTL_INT },
	{ "kernel.overflowuid",			OW_SYSCTL_INT },
	{ "kernel.panic",			OW_SYSCTL_INT },
	{ "kernel.panic_on_warn",		OW_SYSCTL_INT },
	{ "kernel.panic_print",			OW_SYSCTL_LONG },
	{ "kernel.perf_event_paranoid",		OW_SYSCTL_INT },
	{ "kernel.poweroff_cmd",		OW_SYSCTL_TEXT },
	{ "kernel.print-fatal-signals",		OW_SYSCTL_INT },
	{ "kernel.randomize_va_space",		OW_SYSCTL_INT },
	{ "kernel.sched_autogroup_enabled",	OW_SYSCTL_INT },
	{ "kernel.sched_rr_timeslice_ms",	OW_SYSCTL_INT },
	{ "kernel.sched_rt_period_us",		OW_SYSCTL_UINT },
	{ "kernel.sched_rt_runtime_us",		OW_SYSCTL_INT },
	{ "kernel.sem",				OW_SYSCTL_INT },
	{ "kernel.shm_rmid_forced",		OW_SYSCTL_INT },
	{ "kernel.shmall",			OW_SYSCTL_LONG },
	{ "kernel.shmmax",			OW_SYSCTL_LONG },
	{ "kernel.shmmni",			OW_SYSCTL_INT },
	{ "kernel.unprivileged_bpf_disabled",	OW_SYSCTL_INT },
	{ "kernel.unprivileged_userns_clone",	OW_SYSCTL_INT },
	{ "kernel.yama.ptrace_scope",		OW_SYSCTL_INT },

	{ "net.core.netdev_max_backlog",	OW_SYSCTL_INT },
	{ "net.core.optmem_max",		OW_SYSCTL_INT },
	{ "net.core.rmem_default",		OW_SYSCTL_INT },
	{ "net.core.rmem_max",			OW_SYSCTL_INT },
	{ "net.core.somaxconn",			OW_SYSCTL_INT },
	{ "net.core.wmem_default",		OW_SYSCTL_INT },
	{ "net.core.wmem_max",			OW_SYSCTL_INT },
	{ "net.ipv4.icmp_echo_ignore_broadcasts", OW_SYSCTL_BYTE },
	{ "net.ipv4.ip_default_ttl",		OW_SYSCTL_BYTE },
	{ "net.ipv4.ip_forward",		OW_SYSCTL_INT },
	{ "net.ipv4.ip_nonlocal_bind",		OW_SYSCTL_BYTE },
	{ "net.ipv4.tcp_ecn",			OW_SYSCTL_BYTE },
	{ "net.ipv4.tcp_max_syn_backlog",	OW_SYSCTL_INT },
	{ "net.ipv4.tcp_mtu_probing",		OW_SYSCTL_BYTE },
	{ "net.ipv4.tcp_rmem",			OW_SYSCTL_INT },
	{ "net.ipv4.tcp_sack",			OW_SYSCTL_BYTE },
	{ "net.ipv4.tcp_slow_start_after_idle",	OW_SYSCTL_BYTE },
	{ "net.ipv4.tcp_syncookies",		OW_SYSCTL_BYTE },
	{ "net.ipv4.tcp_timestamps",		OW_SYSCTL_BYTE },
	{ "net.ipv4.tcp_tw_reuse",		OW_SYSCTL_BYTE },
	{ "net.ipv4.tcp_window_scaling",	OW_SYSCTL_BYTE },
	{ "net.ipv4.tcp_wmem",			OW_SYSCTL_INT },

	{ "vm.compact_unevictable_allowed",	OW_SYSCTL_INT },
	{ "vm.compaction_proactiveness",	OW_SYSCTL_UINT },
	{ "vm.dirty_background_bytes",		OW_SYSCTL_LONG },
	{ "vm.dirty_background_ratio",		OW_SYSCTL_INT },
	{ "vm.dirty_bytes",			OW_SYSCTL_LONG },
	{ "vm.dirty_ratio",			OW_SYSCTL_INT },
	{ "vm.dirty_expire_centisecs",		OW_SYSCTL_UINT },
	{ "vm.dirty_writeback_centisecs",	OW_SYSCTL_UINT },
	{ "vm.dirtytime_expire_seconds",	OW_SYSCTL_UINT },
	{ "vm.legacy_va_layout",		OW_SYSCTL_INT },
	{ "vm.max_map_count",			OW_SYSCTL_INT },
	{ "vm.memory_failure_early_kill",	OW_SYSCTL_INT },
	{ "vm.memory_failure_recovery",		OW_SYSCTL_INT },
	{ "vm.mmap_min_addr",			OW_SYSCTL_LONG },
	{ "vm.oom_dump_tasks",			OW_SYSCTL_INT },
	{ "vm.oom_kill_allocating_task",	OW_SYSCTL_INT },
	{ "vm.overcommit_kbytes",		OW_SYSCTL_LONG },
	{ "vm.overcommit_memory",		OW_SYSCTL_INT },
	{ "vm.overcommit_ratio",		OW_SYSCTL_INT },
	{ "vm.page-cluster",			OW_SYSCTL_INT },
	{ "vm.panic_on_oom",			OW_SYSCTL_INT },
	{ "vm.swappiness",			OW_SYSCTL_INT },
	{ "vm.unprivileged_userfaultfd",	OW_SYSCTL_INT },
	{ "vm.vfs_cache_pressure",		OW_SYSCTL_INT },
	{ "vm.watermark_boost_factor",		OW_SYSCTL_INT },
	{ "vm.watermark_scale_factor",		OW_SYSCTL_INT },
	{ "vm.zone_reclaim_mode",		OW_SYSCTL_INT },
};

static size_t ow_number_size(enum ow_sysctl_kind kind)
{
	switch (kind) {
	case OW_SYSCTL_LONG:
		return sizeof(long);
	case OW_SYSCTL_BYTE:
		return sizeof(u8);
	default:
		return sizeof(int);
	}
}

static bool ow_format_numbers(const void *from, u32 len,
			      enum ow_sysctl_kind kind, char *to, size_t size)
{
	size_t step = ow_number_size(kind), at, used = 0;

	if (len % step)
		return false;
	for (at = 0; at < len; at += step) {
		const void *number = from + at;

		if (at)
			used += scnprintf(to + used, size - used, "\t");
		switch (kind) {
		case OW_SYSCTL_LONG:
			used += scnprintf(to + used, size - used, "%lu",
					  *(const unsigned long *)number);
			break;
		case OW_SYSCTL_BYTE:
			used += scnprintf(to + used, size - used, "%u",
					  *(const u8 *)number);
			break;
		case OW_SYSCTL_UINT:
			used += scnprintf(to + used, size - used, "%u",
					  *(const unsigned int *)number);
			break;
		default:
			used += scnprintf(to + used, size - used, "%d",
					  *(const int *)number);
			break;
		}
	}
	return true;
}

static bool ow_is_text(const char *text)
{
	for (; *text; text++)
		if (!isprint(*text))
			return false;
	return true;
}

/* False if it is not there, or damaged, as @c says then. */
static bool ow_read_sysctl(struct ow_cursor *c, const char *name,
			   enum ow_sysctl_kind kind, char *to, size_t size)
{
	unsigned long raw[OW_SYSCTL_SIZE / sizeof(unsigned long)];
	struct ow_sysctl dead;
	bool good;

	if (!ow_sysctl_find(c, name, &dead))
		return false;
	if (kind == OW_SYSCTL_TEXT) {
		good = ow_get_string(c, dead.data, to,
				     min_t(size_t, size, dead.size)) &&
		       ow_is_text(to);
	} else {
		good = ow_get_memory(c, dead.data, raw, dead.size) &&
		       ow_format_numbers(raw, dead.size, kind, to, size);
	}
	if (!good)
		ow_cursor_fail(c, OW_BAD_DATA, dead.data, "a sysctl's value");
	return good;
}

int ow_dead_sysctl(struct otherworld_sysctl *sysctl)
{
	const struct ow_kernel *kernel = ow_dead_kernel();
	struct ow_cursor c;

	if (!kernel)
		return -ENODEV;
	for (; sysctl->index < ARRAY_SIZE(ow_sysctls); sysctl->index++) {
		const char *name = ow_sysctls[sysctl->index].name;

		ow_cursor_init(&c, kernel);
		if (ow_read_sysctl(&c, name, ow_sysctls[sysctl->index].kind,
				   sysctl->value, sizeof(sysctl->value))) {
			strscpy(sysctl->name, name);
			return 0;
		}
		if (!ow_cursor_ok(&c))
			ow_verdict_fault(0, OTHERWORLD_DEGRADED, name,
					 &c.fault);
	}
	return -ENOENT;
}
