#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# victims.sh COUNT: a victim for each of COUNT fault points of a resurrection,
# and as many bystanders.
#
# prepare: arm; copies of sleep(1) called victim1, victim2 ..., bystander1 ...
# ready:   all of them run.
# die:     by a BUG.
# check:   here, in the next generation, on the console: each victim is gone,
#          its verdict names its point, and this shell, its parent, finds it
#          killed; each bystander lives, has its PID, and is nobody's half.
count=$1
dir=/var/tmp/victims
mkdir -p $dir
owctl arm --append otherworld_victims || exit 71
for kind in victim bystander; do
	i=0
	while [ "$i" -lt "$count" ]; do
		i=$((i + 1))
		cp /bin/sleep "$dir/$kind$i"
		setsid "$dir/$kind$i" 1000 </dev/null >/dev/null 2>&1 &
		echo "$!" >"$dir/$kind$i.pid"
	done
done
sync
owctl trigger bug --yes --fast </dev/null >/dev/null 2>&1 &
generation=0
while [ "$generation" = 0 ]; do
	sleep 0.1
	read -r generation </sys/kernel/otherworld/generation
done
owctl status --wait-armed=60 </dev/null >/dev/null 2>&1
dmesg -n 1
report=/var/lib/otherworld/$generation/report.json
{
	echo
	for kind in victim bystander; do
		i=0
		while [ "$i" -lt "$count" ]; do
			i=$((i + 1))
			read -r pid <"$dir/$kind$i.pid"
			status=none
			if [ $kind = victim ]; then
				wait "$pid"
				status=$?
			fi
			comm=none
			read -r comm 2>/dev/null <"/proc/$pid/comm"
			told=0
			grep -q "it was to fail at point $i\"" "$report" && told=1
			echo "fate $kind $i $comm $told $status"
		done
	done
	echo "fates told"
} >/dev/console
exit 0
