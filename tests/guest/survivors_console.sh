#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# survivors_console.sh ARGUMENT...: survivors.sh, and its results on the console
# in the end: its standard output is a pipe, which the first takeover ends.
here=$(dirname "$0")
sh "$here/survivors.sh" "$@"
status=$?
# Nothing of the kernel's between our lines.
dmesg -n 1
{
	echo
	cat /root/results.txt
	echo "survivors ended with $status"
	for report in /var/lib/otherworld/*/report.json; do
		[ -f "$report" ] || continue
		echo "report $report"
		cat "$report"
		echo "end of $report"
	done
} >/dev/console 2>&1
exit "$status"
