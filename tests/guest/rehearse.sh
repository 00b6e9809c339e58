#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# rehearse.sh: what `owctl rehearse` foresees is what a takeover makes of it.
#
# prepare: before arming, and armed: a rehearsal of all. Copies of sleep(1), by
#          name: plain; one with a file; one with a deleted file; piped, with a
#          pipe; apart and alien, in a mount and a user namespace of their own;
#          left, which the policy leaves out; limited, in a control group; and
#          keeper, a shell that waits for its child. Others that begin and end
#          all the time, so that it is read while it changes.
# die:     by a BUG.
# check:   on the console "fate NAME REHEARSED REPORTED" for each process that
#          has its PID and name in both; "status WHEN EXIT" of the rehearsals;
#          "unknown COUNT", of what could not be read while it changed.
dir=/var/tmp/rehearse
mkdir -p $dir
all='plain file deleted piped apart alien left limited keeper'
for name in $all; do
	cp /bin/sleep "$dir/$name"
done

# start NAME COMMAND...: its PID is kept.
start() {
	name=$1
	shift
	setsid "$@" </dev/null >/dev/null 2>&1 &
	echo $! >"$dir/$name.pid"
}

ln -sf /bin/sh $dir/keeper
start plain $dir/plain 1000
start file sh -c "exec 3>>$dir/of; exec $dir/file 1000"
start deleted sh -c "exec 3>>$dir/gone; rm $dir/gone; exec $dir/deleted 1000"
mkfifo $dir/fifo
start piped sh -c "exec 3<>$dir/fifo; exec $dir/piped 1000"
start apart unshare --mount $dir/apart 1000
start alien unshare --user $dir/alien 1000
start left $dir/left 1000
mkdir -p $dir/groups
mount -t cgroup2 none $dir/groups && mkdir $dir/groups/small || exit 72
start limited sh -c "echo \$\$ >$dir/groups/small/cgroup.procs; exec $dir/limited 1000"
start keeper $dir/keeper -c "sleep 1000; :"
(while [ ! -e $dir/quiet ]; do :; /bin/true; done) </dev/null >/dev/null 2>&1 &
busy=$!
sleep 1

# rehearse WHEN WORD...
rehearse() {
	when=$1
	shift
	owctl rehearse --json "$@" >"$dir/$when" 2>"$dir/$when.err"
	echo "status $when $?" >>$dir/results
}
rehearse unarmed
owctl arm --except left || exit 71
rehearse exact plain
rehearse none nobody
rehearse pid "$(cat $dir/piped.pid)"
for i in 1 2 3 4 5 6 7 8 9 10; do
	rehearse "busy$i"
done
touch $dir/quiet
wait $busy
rehearse armed

# fates FILE: "PID NAME GRADE" for each process.
fates() {
	awk -F'"' '
		/^      "grade":/ { grade = $4 }
		/^      "name":/ { name = $4 }
		/^      "pid":/ { print substr($3, 3) + 0, name, grade }
	' "$1"
}

sync
owctl trigger bug --yes --fast </dev/null >/dev/null 2>&1 &
generation=0
while [ "$generation" != 1 ]; do
	sleep 0.1
	read -r generation </sys/kernel/otherworld/generation
done
owctl status --wait-armed=60 </dev/null >/dev/null 2>&1
owctl report --json >$dir/report </dev/null 2>/dev/null
fates $dir/armed >$dir/foreseen
fates $dir/report >$dir/seen
dmesg -n 1
{
	echo
	cat $dir/results
	while read -r pid name grade; do
		awk -v pid="$pid" -v name="$name" -v grade="$grade" '
			$1 == pid && $2 == name { print "fate", name, grade, $3 }
		' $dir/seen
	done <$dir/foreseen
	echo "unknown $(cat $dir/busy* | grep -c '"unknown"')"
} >/dev/console
exit 0
