#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# inspect.sh: a machine that dies for good, to be looked into from outside.
#
# prepare: a keeper (guest/pacts/keeper.c) with a pact, a shell that has read
#          the first line of a file. Nothing is armed in the end.
# ready:   "process PID COMM" of each that is there; "keeper PID", "reader PID",
#          and "map START-END ACCESS ..." of the reader's memory.
# die:     of an NMI from outside, once all of that has arrived there.
work=/var/tmp/inspect.d
mkdir -p $work
cd $work || exit 71

# shellcheck source=tests/guest/death.sh
. /root/copy/death.sh

# Makes the directory of regions, too.
owctl arm >/dev/null || exit 72
launch updates /root/copy/keeper updates $work
await $work/log ' begins ' 1
owctl disarm >/dev/null || exit 73

printf 'one line\nanother\n' >lines
mkfifo stop
launch reader sh -c 'exec 5<lines; read -r line <&5; : >has_read; read -r _ <stop'
while [ ! -e has_read ]; do
	sleep 0.1
done

echo "keeper $(cat updates.pid)"
echo "reader $(cat reader.pid)"
# vsyscall is a mapping of nobody.
grep -v vsyscall "/proc/$(cat reader.pid)/maps" | sed 's/^/map /'
for process in /proc/[0-9]*; do
	# Threads of the kernel have no program.
	readlink "$process/exe" >/dev/null || continue
	read -r comm <"$process/comm"
	echo "process ${process#/proc/} $comm"
done
echo listed
read -r _ <stop
