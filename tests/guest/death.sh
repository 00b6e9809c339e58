# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What programs of the guest share that see their kernel die and go on.

# die GENERATION: the next one, and wait for it.
die() {
	owctl trigger bug --yes --fast </dev/null >/dev/null 2>&1 &
	tenths=600
	generation=
	# No $(...): it would be a pipe at the instant of the crash.
	while [ "$generation" != "$1" ]; do
		tenths=$((tenths - 1))
		[ "$tenths" -gt 0 ] || exit 70
		sleep 0.1
		read -r generation </sys/kernel/otherworld/generation
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
