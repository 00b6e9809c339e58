#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# corrupt.sh [COMMAND...]: arms, says where the host finds what to damage, and
# dies of COMMAND, or of the host's NMI. Started again by whatever kernel comes
# next, it says which that is and what story was kept.
#
# prepare: arm.
# ready:   "region START-END", "bytes NAME HEX" of each image's middle, "ready".
# die:     by COMMAND; without one, wait for the host's NMI.
# check:   "next GENERATION", "story JSON", "log LINE": the host judges.
set -u

# What the file holds in its middle: long enough to be found by.
middle() {
	size=$(stat -Lc %s "$1")
	od -An -v -tx1 -j $((size / 2)) -N 48 "$1" | tr -d ' \n'
}

if [ -e /root/died ]; then
	echo "next $OW_GENERATION"
	for meta in /var/lib/otherworld/*/meta.json; do
		[ -e "$meta" ] || continue
		echo "story $(tr -d '\n' <"$meta")"
		echo "log $(grep -m 1 'Kernel panic' "${meta%/*}/log.txt")"
	done
	exit 0
fi
# The console shall show which kernels came up.
owctl arm --fresh --append loglevel=7 || exit 71
: >/root/died
# The next kernel may find only what is on the disk.
sync
echo "region $(cat /sys/kernel/otherworld/region)"
echo "bytes kernel $(middle /boot/otherworld/vmlinuz)"
echo "bytes initramfs $(middle /usr/sbin/owctl)"
echo ready
if [ $# -gt 0 ]; then
	"$@"
	exit 70
fi
exec sleep infinity
