#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# selection.sh: two kernels die; `owctl arm --only --except` says who goes on.
#
# prepare: arm; families of copies of sleep(1), each a child of process 1:
#          chosen1 with a child, below; above, whose child is chosen2 and whose
#          other child is beside; chosen3, named by --except; stranger.
# ready:   all of them run.
# die:     by a BUG, twice: the policy is carried.
# check:   here, who is there: on the console "here GENERATION NAME COMM TOLD",
#          TOLD is 1 if the report says that the policy left it out; and
#          "status GENERATION" with what owctl status says.
dir=/var/tmp/selection
mkdir -p $dir
all='chosen1 below above chosen2 beside chosen3 stranger'
for name in sleep $all; do
	cp /bin/sleep "$dir/$name"
done

# family PARENT CHILD...: the parent has a name that its shell got from a link.
family() {
	parent=$1
	shift
	ln -sf /bin/sh "$dir/$parent.d"
	cat >"$dir/$parent" <<END
#!$dir/$parent.d
echo \$\$ >$dir/$parent.pid
for child in $*; do
	$dir/\$child 1000 &
	echo \$! >$dir/\$child.pid
done
while :; do sleep 1; done
END
	(setsid "$dir/$parent" </dev/null >/dev/null 2>&1 &)
}

owctl arm --only selection.sh 'chosen?' --except chosen3 || exit 71
family chosen1 below
family above chosen2 beside
family chosen3
family stranger
sleep 1
sync

generation=0
for next in 1 2; do
	owctl trigger bug --yes --fast </dev/null >/dev/null 2>&1 &
	while [ "$generation" != "$next" ]; do
		sleep 0.1
		read -r generation </sys/kernel/otherworld/generation
	done
	owctl status --wait-armed=60 </dev/null >/dev/null 2>&1
	owctl report --json >$dir/report </dev/null 2>/dev/null
	owctl status >$dir/status </dev/null 2>/dev/null
	dmesg -n 1
	{
		echo
		for name in $all; do
			read -r pid <"$dir/$name.pid"
			comm=none
			read -r comm 2>/dev/null <"/proc/$pid/comm"
			told=$(awk -v name="\"$name\"," '
				/"name":/ { mine = $2 == name }
				mine && /left out by the policy/ { told++ }
				END { print (told > 0) }' $dir/report)
			echo "here $next $name $comm $told"
		done
		sed -n "s/^processes */status $next /p" $dir/status
	} >/dev/console
done
exit 0
