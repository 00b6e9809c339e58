#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# copies_given_up.sh: a copy that cannot be made leaves nothing behind, and the
# original as it was. Needs otherworld_victims on the kernel's command line.
#
# prepare: a process for each numbered fault point, which fails there.
# copy:    owctl rehearse --copy of each, then of others.
# check:   on standard output "given up NUMBER STATUS TOLD alive|gone": owctl's
#          exit status, how often it names the point, and the original; "apart
#          STATUS TOLD" of one with a namespace of its own, "proc STATUS TOLD" of
#          one with a file of /proc; "good STATUS" of an ordinary one, "stopped
#          STATUS STATE" of the same when it is stopped; "left VICTIMS
#          OTHERS" of processes that should have ended.
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
unshare --mount sleep 1000 &
pid=$!
sleep 0.2
copy_of $pid
echo "apart $? $(grep -c 'namespaces of its own' $dir/report)"
kill $pid

sleep 1000 3</proc/self/status &
pid=$!
sleep 0.2
copy_of $pid
echo "proc $? $(grep -c 'lost: file' $dir/report)"
kill $pid

sleep 1000 &
pid=$!
sleep 0.2
copy_of $pid
echo "good $?"
kill -STOP $pid
copy_of $pid
echo "stopped $? $(cut -d' ' -f3 /proc/$pid/stat)"
kill -CONT $pid
kill $pid
wait
echo "left $(pgrep -c ^victim) $(pgrep -c '^sleep|^owctl')"
