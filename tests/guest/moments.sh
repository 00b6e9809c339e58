#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# moments.sh KIND[:CPU][+SECONDS]...: the kernel dies again and again, at moments
# that nobody chose, while the CPUs, the memory and the swap are at work.
#
# prepare: swap; the survivors that never rest, so that each instant is another.
# ready, die, check: as in survivors.sh. In the end "report {...}" for each
#          report.json, all on standard output.
here=$(dirname "$0")
# More than a survivor would make for itself.
swap=/var/tmp/moments.swap
{
	fallocate -l 256M $swap && chmod 600 $swap && mkswap $swap && swapon $swap
} >/dev/null || exit 71

# Computing; system calls; memory; swap; files; processes; threads; time. Not
# huge_pages: to have pages in swap the others make the kernel reclaim memory, of
# anybody, and it splits huge ones for that.
sh "$here/survivors.sh" \
	-p compute -p gprs -p gprs_in_call -p x87 -p calling -p rseq \
	-p churn -p cow_sharing -p shared_memory -p heap \
	-p paging -p swapped_memory -p swapped_sharing -p swapped_file \
	-p file_tree -p appending -p shared_file -p memfd \
	-p forking -p vforking -p execing -p threads_16 -p signal_ping \
	-p condition -p pi_mutex -p semaphores -p shared_futex \
	-p posix_timers -p cpu_times "$@"
status=$?
for report in /var/lib/otherworld/*/report.json; do
	echo "report $(tr -d '\n' <"$report")"
done
exit "$status"
