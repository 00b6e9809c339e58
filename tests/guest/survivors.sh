#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# survivors.sh [-p NAME]... FAULT...: starts the survivors (those named, or all
# that are due), lets the kernel die of the first FAULT, judges all of them under
# the next kernel, lets that die of the second, and so on. It is itself a process
# that survives: nobody starts it again.
#
# FAULT is KIND[:CPU][+SECONDS], so many seconds later than it could be; or
# @FUNCTION[/COMM], when a task (called COMM) comes to that function of the kernel.
#
# prepare: arm, start the survivors, each in a session of its own.
# ready:   each has said so.
# die:     owctl trigger.
# check:   theirs. "result GENERATION NAME pass|skip: ...|fail: ..." for each, on
#          standard output (lost, if it is a pipe) and in /root/results.txt;
#          "done GENERATION passed N skipped N failed N" after them, and
#          "memory GENERATION NAME KIB..." of /proc/meminfo and zoneinfo. On
#          standard output alone, "log GENERATION LINE" of the kernel's.
#
# Ends with 0 if none failed, 70 if a kernel did not die or none came, 71 if
# arming failed.
#
#   SURVIVORS        the program (default: beside this script)
#   SURVIVOR_DIR     where they report (default: /var/tmp/survivors.d; all users
#                    must reach it)
#   SURVIVOR_RESULTS the file of results (default: /root/results.txt)
#   SURVIVOR_READY   seconds for all to get ready (default: 30)
#   SURVIVOR_WAIT    seconds for all results of a generation (default: 60)
#   SURVIVOR_FAKE    a file to take the generation from: to test this script
#
# At the instant of the crash it depends on no pipe and on no $(...): what runs
# then is a built-in command, or sleep.
set -u
here=$(cd "$(dirname "$0")" && pwd)
sys=/sys/kernel/otherworld
source=${SURVIVOR_FAKE:-$sys/generation}
dir=${SURVIVOR_DIR:-/var/tmp/survivors.d}
results=${SURVIVOR_RESULTS:-/root/results.txt}
names=
failed=0

while [ $# -gt 0 ] && [ "$1" = -p ]; do
	names="$names $2"
	shift 2
done
survivors=${SURVIVORS:-}
for file in "$here/survivors" "$here/survivors/survivors" /root/copy/survivors; do
	if [ -z "$survivors" ] && [ -f "$file" ] && [ -x "$file" ]; then
		survivors=$file
	fi
done
if [ -z "$survivors" ] || [ $# -eq 0 ]; then
	sed -n '4,8s/^# //p' "$0" >&2
	exit 2
fi
[ -n "$names" ] || names=$("$survivors" --names | tr '\n' ' ')
terminals=" $("$survivors" --terminal | tr '\n' ' ') "

# Standard output is a pipe from before the crash: it may be lost.
say() {
	echo "$*" >>"$results"
	echo "$*" 2>/dev/null || :
}

# The variable $generation; it stays what it was if the file cannot be read.
read_generation() {
	new=
	read -r new 2>/dev/null <"$source" || :
	[ -z "$new" ] || generation=$new
}

# await_files SECONDS SUFFIX: all survivors have written theirs.
await_files() {
	tenths=$(($1 * 10))
	for name in $names; do
		while [ ! -e "$dir/$name.$2" ]; do
			tenths=$((tenths - 1))
			[ "$tenths" -gt 0 ] || return 1
			sleep 0.1
		done
	done
}

launch() {
	case $terminals in
	*" $1 "*)
		if [ -c /dev/ttyS0 ] && [ -z "${SURVIVOR_FAKE:-}" ]; then
			setsid -c "$survivors" "$1" "$dir" <>/dev/ttyS0 >/dev/null 2>&1 &
			return
		fi
		;;
	esac
	setsid "$survivors" "$1" "$dir" </dev/null >/dev/null 2>&1 &
}

# In the background, since nobody knows how it ends, but for what only begins
# to wait for something.
pull() {
	case $1 in
	@*)
		[ -d /sys/kernel/debug/otherworld ] ||
			mount -t debugfs debugfs /sys/kernel/debug
		echo "${1#@}" >/sys/kernel/debug/otherworld/provoke_at
		return
		;;
	*:*) owctl trigger "${1%:*}" --cpu "${1#*:}" --yes --fast & ;;
	*) owctl trigger "$1" --yes --fast & ;;
	esac </dev/null >/dev/null 2>&1
}

# One line for each, whether it has a result or not.
judge() {
	passed=0 skipped=0 bad=0
	for name in $names; do
		text="fail: no result"
		[ -e "$dir/$name.ready" ] || text="fail: was not ready"
		file=$dir/$name.result.$generation
		if [ -e "$file" ]; then
			read -r text <"$file" || text="fail: unreadable result"
		fi
		case $text in
		pass) passed=$((passed + 1)) ;;
		skip:*) skipped=$((skipped + 1)) ;;
		*) bad=$((bad + 1)) ;;
		esac
		say "result $generation $name $text"
	done
	say "done $generation passed $passed skipped $skipped failed $bad"
	failed=$((failed + bad))
}

tell_memory() {
	memory="memory $generation"
	while read -r key kib _; do
		case $key in
		MemTotal: | MemFree: | MemAvailable: | Active: | Inactive: | Unevictable: | \
			SwapTotal: | SwapFree: | Slab: | KernelStack: | PageTables: | Percpu:)
			memory="$memory ${key%:} $kib"
			;;
		esac
	done </proc/meminfo
	# Free pages that each CPU keeps for itself are in none of these.
	pages=0
	while read -r key count _; do
		[ "$key" != count: ] || pages=$((pages + count))
	done </proc/zoneinfo
	say "$memory PerCpuFree $((pages * 4))"
}

# Results of an earlier run under the same generations would be taken for ours.
rm -rf "$dir"
mkdir -p "$dir"
chmod 1777 "$dir"
: >"$results"
generation=0
read_generation
armed=
read -r armed 2>/dev/null <"$sys/state" || :
if [ "$armed" != armed ]; then
	owctl arm || exit 71
fi
for name in $names; do
	launch "$name"
done
# Only now: the survivors shall not inherit it.
trap '' PIPE
await_files "${SURVIVOR_READY:-30}" ready || say "not all are ready"
tell_memory

for fault; do
	owctl status --wait-armed=60 </dev/null >/dev/null 2>&1
	before=$generation
	say "trigger $generation $fault"
	# Not before everything above is on the disk.
	sync
	case $fault in
	*+*)
		sleep "${fault#*+}"
		fault=${fault%+*}
		;;
	esac
	pull "$fault" || exit 70
	tenths=1800
	while [ "$generation" = "$before" ]; do
		tenths=$((tenths - 1))
		if [ "$tenths" -eq 0 ]; then
			say "still generation $generation after $fault"
			exit 70
		fi
		sleep 0.1
		read_generation
	done
	await_files "${SURVIVOR_WAIT:-60}" "result.$generation" || :
	judge
	tell_memory
	[ -n "${SURVIVOR_FAKE:-}" ] || dmesg | sed "s/^/log $generation /" 2>/dev/null
done
: >"$dir/stop"
sleep 1
sync
[ "$failed" -eq 0 ]
