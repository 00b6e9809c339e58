#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# damage.sh COUNT ROUNDS: COUNT processes under a kernel that dies with damaged
# structures, ROUNDS times.
#
# prepare: arm; copies of sleep(1).
# ready:   all of them run.
# die:     by the fault "damage": words of what processes are made of are wrong.
# check:   the host's: each generation came up, said what became of each
#          process, and its kernel did not complain.
count=$1
rounds=$2
owctl arm || exit 71
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
dmesg -n 4
round=0
while [ "$round" -lt "$rounds" ]; do
	round=$((round + 1))
	i=0
	while [ "$i" -lt "$count" ]; do
		i=$((i + 1))
		setsid sleep 1000 </dev/null >/dev/null 2>&1 &
	done
	sleep 0.2
	read -r before </sys/kernel/otherworld/generation
	sync
	sh -c 'echo damage >/sys/kernel/debug/otherworld/provoke' </dev/null >/dev/null 2>&1 &
	generation=$before
	# A sleep(1) that is lost is told to this shell.
	while [ "$generation" = "$before" ]; do
		sleep 0.1
		read -r generation </sys/kernel/otherworld/generation
	done
	owctl status --wait-armed=60 </dev/null >/dev/null 2>&1
	{
		echo
		echo "round $round generation $generation"
		[ -s "/var/lib/otherworld/$generation/report.json" ] &&
			echo "round $round reported"
	} >/dev/console
done
echo "rounds over" >/dev/console
exit 0
