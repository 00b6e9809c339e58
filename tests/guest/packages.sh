#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The Debian packages: installed, used through a crash, removed.
#
# prepare: install them; compile a program with what is in them; arm as the
#          unit in them does at boot, with the kernel that is in them.
# ready:   the program counts in a persistent region; a user has filled its
#          share of the memory for regions.
# die:     by a BUG.
# check:   "told WHAT ..." on standard output: see the end of this file.
work=/root/packages.d
log=$work/log
store=/run/otherworld/regions
mkdir -p $work /etc/otherworld

# shellcheck source=tests/guest/death.sh
. /root/copy/death.sh

fail() {
	cat "$work/out"
	exit 71
}

# The test machine's own: what is used from here on is the package's.
rm -f /usr/sbin/owctl
dpkg -i /root/copy/*.deb >$work/out 2>&1 || fail
image=linux-image-$(uname -r)
dpkg -L owctl libow1 libow-dev "$image" >$work/files
dpkg -S /usr/sbin/owctl "/boot/vmlinuz-$(uname -r)" >$work/owner 2>&1
tcc -o $work/counter /root/copy/counter.c -low >$work/out 2>&1 || fail
printf '[regions]\nsize = "8M"\nper_user = "1M"\n' >/etc/otherworld/policy.toml
unit=/lib/systemd/system/owctl.service
# shellcheck disable=SC2034 # the unit's command has it
OWCTL_ARM=$(sed -n 's/^Environment=OWCTL_ARM=//p' $unit | sed "s/%v/$(uname -r)/")
eval "$(sed -n 's/^ExecStart=//p' $unit)" >$work/out 2>&1 || fail

# as_user COMMAND...: as somebody who is held to limits
as_user() {
	setpriv --reuid=nobody --regid=nogroup --clear-groups "$@" </dev/null
}
nobody=$store/$(id -u nobody)
# A user's share, and not a page more.
as_user dd if=/dev/zero of="$nobody"/first bs=64k count=32 >$work/first 2>&1
as_user rmdir $store/0 >$work/squat 2>&1 && echo removed >>$work/squat
# Whose they are, and since when; but for the one that is written to meanwhile.
list() {
	ls -lAn --time-style=+%s $store $store/* >"$1.all"
	sed 's/ [0-9]* counter$/ counter/' "$1.all" >"$1"
}
grep " $store " /proc/mounts >$work/mount.before
$work/counter $log </dev/null >/dev/null 2>$work/out &
pid=$!
await $log ' 40$' 1
[ -s $log ] || fail
list $work/list.before
owctl status --wait-armed=60 </dev/null >/dev/null 2>&1

die 1
count=$(sed -n 's/^counts //p' $log | tail -n 1)
await $log "counts $((count + 40))\$" 1
await $log 'procedure 1' 1
owctl status --wait-armed=60 </dev/null >$work/status 2>&1
grep " $store " /proc/mounts >$work/mount.after
list $work/list.after
as_user dd if=/dev/zero of="$nobody"/second bs=64k count=1 >$work/second 2>&1
! grep -q counter /proc/$pid/cmdline 2>/dev/null || echo "told alive"
kill -9 $pid
wait $pid
# A region outlives its program: the count goes on.
$work/counter $log </dev/null >/dev/null 2>&1 &
pid=$!
await $log begins 2
kill -9 $pid
dpkg -r owctl libow-dev libow1 "$image" >$work/out 2>&1 || fail
read -r state </sys/kernel/otherworld/state

sed 's/^/told log /' $log
for what in owner status first second squat mount.before mount.after list.before list.after; do
	sed "s/^/told $what /" $work/$what
done
echo "told state $state"
while read -r file; do
	[ -d "$file" ] || [ ! -e "$file" ] || echo "told left $file"
done <$work/files
