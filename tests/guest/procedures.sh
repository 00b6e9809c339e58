#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Crash procedures, good and bad, and one in which the kernel dies again.
#
# prepare: one program for each behaviour; arm.
# ready:   all have said so.
# die:     by a BUG; then again, in the midst of one of the procedures.
# check:   "log BEHAVIOUR WORD NUMBER" of what they said, "report GENERATION
#          {...}", "alive BEHAVIOUR PID" of those that are; "again" before what
#          belongs to the second death. All on standard output.
work=/root/procedures.d
log=$work/log
behaviours='continues faults overflows loops hangs aborts forks exits restarts dies_twice'
mkdir -p $work

# shellcheck source=tests/guest/death.sh
. /root/copy/death.sh

# What they allow themselves is bounded by this.
printf '[default]\nlimit = "60s"\n' >$work/policy.toml
owctl arm --policy $work/policy.toml >/dev/null || exit 71
for behaviour in $behaviours; do
	launch "$behaviour" /root/copy/procedures "$behaviour" $log
done
await $log ' begins ' 10
owctl status --wait-armed=60 </dev/null >/dev/null 2>&1
die 1
# The five that fail begin anew, the long one is still at it.
await $log ' begins ' 15
await $log 'restarts anew' 1
await $log 'forks helper' 1
owctl status --wait-armed=60 </dev/null >/dev/null 2>&1
tell 1
for behaviour in $behaviours; do
	[ "$behaviour" = dies_twice ] || kill -9 "$(cat "$work/$behaviour.pid")" 2>/dev/null
done
: >$log
die 2
touch /root/procedures.go
await $log 'dies_twice continues' 1
await /var/lib/otherworld/2/report.json '"continued"' 1
echo again
tell 2
