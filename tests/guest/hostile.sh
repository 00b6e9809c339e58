#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# hostile.sh COUNT: processes with pacts that are wrong in every way, and two
# honest ones beside them.
#
# prepare: so many of them, all with another seed; arm.
# ready:   all have said so.
# die:     by a BUG.
# check:   what tell() says, when all is decided.
work=/var/tmp/hostile.d
log=$work/log
mkdir -p $work

# shellcheck source=tests/guest/death.sh
. /root/copy/death.sh

# Other users execute them once more, and say so.
cp /root/copy/hostile /root/copy/procedures $work
: >$log
chmod 755 $work
chmod 666 $log

printf '[default]\nlimit = "2s"\n[[rule]]\nprogram = "procedures"\nlimit = "60s"\n' \
	>$work/policy.toml
owctl arm --policy $work/policy.toml >/dev/null || exit 71
number=0
while [ "$number" -lt "$1" ]; do
	launch "h$number" $work/hostile "h$number" $log
	number=$((number + 1))
done
for honest in continues restarts; do
	launch $honest $work/procedures $honest $log
done
await $log ' begins ' $(($1 + 2))
owctl status --wait-armed=60 </dev/null >/dev/null 2>&1
die 1
settled 1
tell 1
# Begun anew by its name alone: tell() does not know it again.
for file in "$work"/h*.pid; do
	pid=$(cat "$file")
	! grep -qz '^hostile$' "/proc/$pid/cmdline" 2>/dev/null ||
		echo "alive $(basename "$file" .pid) $pid"
done
# They are there in earnest: an order reaches them.
for honest in continues restarts; do
	kill -0 "$(cat "$work/$honest.pid")" || exit 73
done
