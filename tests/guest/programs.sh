#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Ordinary programs, none of which knows of Otherworld, go on where they stood.
#
# prepare: each of them once, undisturbed; arm; each again, at a slower pace.
# ready:   all have begun.
# die:     by a null pointer, then of a lockup; all are in their midst.
# check:   all end well and have said just what they said undisturbed:
#          "program NAME LINES LINES LINES STATUS same|differs", LINES at each
#          death and in the end; all on standard output.
here=/root/copy/programs
work=/var/tmp/programs
names='count digits compile primes'
mkdir -p $work

# run NAME KIND: its exit status is in NAME.KIND.status.
run() {
	case $1 in
	count) sh $here/count.sh ;;
	digits) python3 $here/digits.py ;;
	compile) sh $here/compile.sh "$work/$2" ;;
	primes) /root/copy/primes ;;
	esac </dev/null >"$work/$1.$2" 2>&1
	echo $? >"$work/$1.$2.status"
}

lines() {
	lines=$(wc -l <"$work/$1.disturbed")
}

# Every program has said three lines more than it had, or has ended, which the
# host sees by the numbers.
await_progress() {
	for name in $names; do
		eval "before=\${${name}_lines##* }"
		lines "$name"
		while [ "$lines" -lt $((before + 3)) ] &&
			[ ! -e "$work/$name.disturbed.status" ]; do
			sleep 0.2
			lines "$name"
		done
	done
	for name in $names; do
		lines "$name"
		eval "${name}_lines=\"\${${name}_lines} $lines\""
	done
}

for name in $names; do
	PACE=0
	export PACE
	run "$name" undisturbed
	eval "${name}_lines=0"
done
owctl arm || exit 71
for name in $names; do
	case $name in
	count) PACE=0.1 ;;
	digits) PACE=0.15 ;;
	compile) PACE=0.3 ;;
	primes) PACE=0.4 ;;
	esac
	export PACE
	run "$name" disturbed &
done

generation=0
for fault in null hardlockup; do
	owctl status --wait-armed=60 </dev/null >/dev/null 2>&1
	await_progress
	before=$generation
	owctl trigger $fault --yes --fast </dev/null >/dev/null 2>&1 &
	tenths=600
	while [ "$generation" = "$before" ]; do
		tenths=$((tenths - 1))
		[ "$tenths" -gt 0 ] || exit 70
		sleep 0.1
		read -r generation </sys/kernel/otherworld/generation
	done
done

for name in $names; do
	tenths=600
	while [ ! -e "$work/$name.disturbed.status" ] && [ "$tenths" -gt 0 ]; do
		tenths=$((tenths - 1))
		sleep 0.1
	done
	lines "$name"
	status=none
	[ ! -e "$work/$name.disturbed.status" ] ||
		read -r status <"$work/$name.disturbed.status"
	# Threads say theirs in any order.
	sort -n "$work/$name.undisturbed" >"$work/expected"
	sort -n "$work/$name.disturbed" >"$work/there"
	same=same
	cmp -s "$work/expected" "$work/there" || same=differs
	[ -s "$work/expected" ] || same=nothing
	eval "echo \"program $name \${${name}_lines#0 } $lines $status $same\""
	[ $same = same ] || diff "$work/expected" "$work/there"
done
for report in /var/lib/otherworld/*/report.json; do
	echo "report $(tr -d '\n' <"$report")"
done
echo "generation $generation"
