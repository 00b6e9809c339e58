#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# copies_given_up.sh: a copy that cannot be made leaves nothing behind, and the
# original as it was. Needs otherworld_victims on the kernel's command line.
#
# prepare: a process for each numbered fault point, which fails there.
# copy:    owctl rehearse --copy of each, then of one that does not fail.
# check:   on standard output "given up NUMBER STATUS TOLD alive|gone": owctl's
#          exit status, how often it names the point, and the original; "good
#          STATUS" of the last; "left COUNT" of processes that should have ended.
dir=/var/tmp/given_up
mkdir -p $dir

# copy_of PROCESS-ID: its status is the result.
copy_of() {
	owctl rehearse --copy "$1" >$dir/report 2>&1 </dev/null
}

for number in 1 2 3 4 5 6 7 8 9 10 11; do
	cp /bin/sleep $dir/victim$number
	$dir/victim$number 1000 &
	pid=$!
	sleep 0.2
	copy_of $pid
	status=$?
	told=$(grep -c "fail at point $number\$" $dir/report)
	state=gone
	kill -0 $pid && [ "$(cut -d' ' -f3 /proc/$pid/stat)" = S ] && state=alive
	echo "given up $number $status $told $state"
	kill $pid
done
sleep 1000 &
copy_of $!
echo "good $?"
kill $!
wait
echo "left $(pgrep -c '^victim|^sleep|^owctl')"
