#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Shows that disarming leaves no trace: every kernel.* sysctl is as it was, the
# crash kernel is unloaded and no file of the arming stays. The sysctls begin
# with values that are neither the default nor what arming sets them to.
set -u
state=/sys/kernel/otherworld/state

sysctls() {
	sysctl -a 2>/dev/null | grep -E '^kernel\.[a-z_]*(panic|oops|lockup|nmi)'
}

fail() {
	echo "FAILED: $*"
	exit 1
}

sysctl -q -w kernel.panic_on_oops=0 kernel.hung_task_panic=0 \
	kernel.softlockup_panic=1 kernel.unknown_nmi_panic=0
[ "$(cat $state)" = idle ] || fail "not idle at first"
before=$(sysctls)
owctl arm || fail "arm: $?"
[ "$(cat $state)" = armed ] || fail "not armed"
[ "$(sysctls)" != "$before" ] || fail "arming set no sysctl"
# What was before the first arming counts, not what was before the last.
owctl arm || fail "arm again: $?"
owctl status >/dev/null || fail "status of an armed kernel: $?"
owctl status --json
owctl disarm || fail "disarm: $?"
[ "$(cat $state)" = idle ] || fail "not idle after disarm"
owctl status >/dev/null
[ $? -eq 3 ] || fail "status of a disarmed kernel"
after=$(sysctls)
[ "$after" = "$before" ] || fail "sysctls: $before; now: $after"
[ "$(cat /sys/kernel/kexec_crash_loaded)" = 0 ] || fail "still loaded"
[ -z "$(ls -A /var/lib/otherworld)" ] || fail "$(ls -A /var/lib/otherworld)"
