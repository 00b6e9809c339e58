# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What programs of the guest share that see their kernel die and go on. They
# have a directory $work, and all that is launched says what it does in $work/log.

# launch NAME COMMAND...: in the background; NAME is among its words.
launch() {
	name=$1
	shift
	"$@" </dev/null >/dev/null 2>&1 &
	echo $! >"$work/$name.pid"
}

# tell GENERATION: "log NAME WORD NUMBER" of what they said, "alive NAME PID" of
# those that are, "report GENERATION {...}", and "kernel LINE" of its log.
tell() {
	sed 's/^/log /' "$work/log"
	for file in "$work"/*.pid; do
		name=$(basename "$file" .pid)
		pid=$(cat "$file")
		! grep -q "$name" "/proc/$pid/cmdline" 2>/dev/null ||
			echo "alive $name $pid"
	done
	echo "report $1 $(tr -d '\n' <"/var/lib/otherworld/$1/report.json")"
	dmesg | sed 's/^/kernel /'
}

# die GENERATION [FUNCTION/COMM]: of a BUG, or when the task COMM comes to that
# function of the kernel, for which $work/go.COMM is made. Waits for the next
# generation, which is this one.
die() {
	generation=
	if [ $# -eq 1 ]; then
		owctl trigger bug --yes --fast </dev/null >/dev/null 2>&1 &
	else
		[ -d /sys/kernel/debug/otherworld ] ||
			mount -t debugfs debugfs /sys/kernel/debug
		echo "$2" >/sys/kernel/debug/otherworld/provoke_at
		# It may have come there at once.
		while ! grep -q "${2%/*}" /sys/kernel/debug/kprobes/list; do
			read -r generation </sys/kernel/otherworld/generation
			[ "$generation" != "$1" ] || break
			sleep 0.1
		done
		: >"$work/go.${2#*/}"
	fi
	tenths=600
	# No $(...): it would be a pipe at the instant of the crash.
	while [ "$generation" != "$1" ]; do
		tenths=$((tenths - 1))
		[ "$tenths" -gt 0 ] || exit 70
		sleep 0.1
		read -r generation </sys/kernel/otherworld/generation
	done
}

# settled GENERATION: it is known what became of all, and the next kernel is armed.
settled() {
	tenths=600
	while [ ! -e "/var/lib/otherworld/$1/owctl.log" ]; do
		tenths=$((tenths - 1))
		[ "$tenths" -gt 0 ] || exit 72
		sleep 0.1
	done
}

# await FILE PATTERN COUNT: so many lines of it, or half a minute
await() {
	tenths=300
	while [ "$(grep -c "$2" "$1" 2>/dev/null)" != "$3" ] && [ "$tenths" -gt 0 ]; do
		tenths=$((tenths - 1))
		sleep 0.1
	done
}
