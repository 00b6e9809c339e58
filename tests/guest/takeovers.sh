#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# takeovers.sh KIND:CPU...: dies of the first fault in generation 0, of the
# second in generation 1, and so on; ends well in the generation after the last.
#
# prepare: arm in generation 0, wait for the re-arming in the later ones.
# ready:   print what is true of this generation, for the host to judge:
#          "fact GENERATION NAME VALUE", "clocks GENERATION ...".
# die:     owctl trigger.
# check:   the host's, with the facts of all generations before it.
#
# It is started again in each generation (qemu/vm run --rerun).
set -u
generation=$OW_GENERATION
here=$(dirname "$0")

fact() {
	echo "fact $generation $*"
}

# facts NAME: a fact of this name for each line of standard input.
facts() {
	while IFS= read -r line; do
		fact "$1" "$line"
	done
}

fact pid $$
python3 "$here/clocks.py" "$generation"

if [ "$generation" -eq 0 ]; then
	owctl arm --fresh || exit 71
fi
owctl status --wait-armed=60 >/dev/null
fact state "$(cat /sys/kernel/otherworld/state)"

fact cpus "$(cat /sys/devices/system/cpu/online)"
fact memtotal_kb "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)"
grep -E ': (System RAM|Crash kernel)$' /proc/iomem | facts iomem
fact btime "$(awk '/^btime/ { print $2 }' /proc/stat)"
fact nodes "$(cat /sys/devices/system/node/online 2>/dev/null)"
fact text "$(awk '$3 == "_text" { print $1; exit }' /proc/kallsyms)"
fact la57 "$(grep -m 1 -c -w la57 /proc/cpuinfo)"
fact pti "$(dmesg | grep -c 'page tables isolation: enabled')"
fact efi "$(test -d /sys/firmware/efi && echo yes)"
for file in queue/nr_requests queue/max_sectors_kb queue/scheduler; do
	fact "blk $file" "$(cat "/sys/block/vda/$file")"
done
fact "blk queues" "$(find /sys/block/vda/mq -mindepth 1 -maxdepth 1 | wc -l)"
fact thp "$(cat /sys/kernel/mm/transparent_hugepage/enabled)"
fact limits "$(grep -E 'processes|pending' /proc/self/limits | tr -s ' ' | tr '\n' ';')"
dmesg | sed -n 's/^\[[^]]*\] \(.* hash table entries: [0-9]*\).*/\1/p' | facts hash
sysctl -a 2>/dev/null | facts sysctl
# Not from the console: a crash kernel is quiet there.
dmesg | facts log
ps --ppid 2 -o pid= -o comm= | facts kthread
# The PID allocator's cursor, as near to death as it can be told.
fact last_pid "$(sh -c 'echo $$')"
fact end

i=0
for fault; do
	if [ "$i" -eq "$generation" ]; then
		owctl trigger "${fault%:*}" --cpu "${fault#*:}" --yes --fast
		echo "still alive after $fault"
		exit 70
	fi
	i=$((i + 1))
done
exit 0
