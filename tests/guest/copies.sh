#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# copies.sh NAME...: copies of survivors go on where the originals stood, as they
# would after a crash, and without one.
#
# prepare: start one after the other, with a generation of its own that it reads.
# ready:   it has said so.
# copy:    owctl rehearse --copy --run. The original goes on unharmed, and is
#          killed only so that it does not judge in the copy's place.
# check:   the generation changes, and the copy judges itself. On standard output
#          "copy NAME RESULT", the result as survivors.sh has it, and
#          "report NAME LINE" of what owctl said.
dir=/var/tmp/copies
sysctl -q kernel.printk=1

# await SECONDS COMMAND...: until it succeeds.
await() {
	tenths=$(($1 * 10))
	shift
	until "$@"; do
		tenths=$((tenths - 1))
		[ "$tenths" -gt 0 ] || return 1
		sleep 0.1
	done
}

has_reported() {
	[ -s "$1" ] || ! kill -0 "$2" 2>/dev/null
}

generation_is() {
	echo "$2" >"$1/generation.new"
	mv "$1/generation.new" "$1/generation"
}

for name; do
	here=$dir/$name
	mkdir -p "$here"
	chmod 1777 "$here"
	generation_is "$here" 0
	SURVIVOR_FAKE=$here/generation setsid /root/copy/survivors "$name" "$here" \
		</dev/null >/dev/null 2>&1 &
	pid=$!
	await 30 test -e "$here/$name.ready"
	owctl rehearse --copy --run "$pid" >"$here/report" 2>"$here/error" </dev/null &
	maker=$!
	await 30 has_reported "$here/report" $maker
	text="fail: the original did not go on"
	if kill -0 "$pid"; then
		kill -9 "$pid"
		wait "$pid" 2>/dev/null
		generation_is "$here" 1
		text="fail: no result"
		await 15 test -e "$here/$name.result.1" && read -r text <"$here/$name.result.1"
	fi
	: >"$here/stop"
	sed "s/^/report $name /" "$here/report" "$here/error"
	echo "copy $name $text"
done
