#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Shows what is kept of a kernel that died with `owctl arm --fresh --dump`: the story's
# files and a dump that tools can read.
#
# prepare: arm.
# ready:   a line in the log that must be found again.
# die:     sysrq.
# check:   each file in generation 1.
set -u
story=/var/lib/otherworld/1

fail() {
	echo "FAILED: $*"
	exit 1
}

if [ "$OW_GENERATION" -eq 0 ]; then
	owctl arm --fresh --dump || fail "arm: $?"
	echo "story.sh: remember this" >/dev/kmsg
	owctl trigger sysrq --yes
	fail "still alive"
fi
owctl status --wait-armed >/dev/null || fail "not armed again: $?"
panic='Kernel panic - not syncing: sysrq triggered crash'
grep -q "$panic" $story/log.txt || fail "log.txt has no panic"
grep -q 'story.sh: remember this' $story/log.txt || fail "log.txt is not whole"
grep -q 'Linux version' $story/log.txt || fail "log.txt has no beginning"
[ "$(cat $story/cause.txt)" = "$panic" ] || fail "$(cat $story/cause.txt)"
grep -q 'sysrq_handle_crash' $story/backtrace.txt || fail "backtrace.txt"
! grep -q 'Linux version' $story/backtrace.txt || fail "backtrace.txt is a log"
for stage in fault stopped jump kernel userspace root release_end; do
	grep -q "^$stage [0-9]*$" $story/timings.txt || fail "timings.txt: $stage"
done
echo "meta $(tr -d '\n' <$story/meta.json)"

vmcore=$story/vmcore
[ -s $vmcore ] || fail "no vmcore"
makedumpfile --dump-dmesg $vmcore /root/dmesg >/root/makedumpfile.log 2>&1 ||
	fail "makedumpfile: $(cat /root/makedumpfile.log)"
grep -q "$panic" /root/dmesg || fail "makedumpfile finds no panic in it"
