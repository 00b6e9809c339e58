#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# kills.sh ROLE... -- DEATH...: keepers (guest/pacts/keeper.c) whose kernel dies
# while they do what must be seen whole or not at all.
#
# prepare: a policy, by which "anew" is restarted and "reloads" executed from disk;
#          swap for who is "swapped"; one keeper for each role; arm.
# ready:   each has begun.
# die:     of each DEATH in turn, which is "bug" or FUNCTION/ROLE[=LINES]: then
#          that role has said so many lines, soon after.
# check:   what tell() says after each death, "again" between two, and "ps JSON"
#          of owctl. In the end all are killed, and what their regions hold is
#          said by others.
work=/var/tmp/kills.d
log=$work/log
mkdir -p $work/anew $work/reloads

# shellcheck source=tests/guest/death.sh
. /root/copy/death.sh

cat >$work/policy.toml <<END
[default]
limit = "60s"

[[rule]]
program = "$work/anew/*"
action = "hot-restart"

[[rule]]
program = "$work/reloads/*"
action = "reload"
END
owctl arm --policy $work/policy.toml >/dev/null || exit 71
[ -d /run/otherworld/regions ] || exit 74

case " $* " in
*" swapped "*)
	fallocate -l 64M $work/swap && chmod 600 $work/swap &&
		mkswap $work/swap >/dev/null && swapon $work/swap || exit 75
	;;
esac

roles=
count=0
while [ "$1" != -- ]; do
	role=$1
	shift
	program=/root/copy/keeper
	if [ -d "$work/$role" ]; then
		program=$work/$role/keeper
		cp /root/copy/keeper "$program"
	fi
	launch "$role" "$program" "$role" $work
	roles="$roles $role"
	count=$((count + 1))
done
shift
await $log ' begins ' "$count"
case $roles in
*swapped*) await $log 'swapped swapped' 1 ;;
esac

generation=0
for death; do
	[ "$generation" -eq 0 ] || echo again
	owctl status --wait-armed=60 </dev/null >/dev/null 2>&1
	next=$((generation + 1))
	if [ "$death" = bug ]; then die $next; else die $next "${death%=*}"; fi
	# These begin each time.
	for role in anew reloads; do
		[ ! -d "$work/$role" ] || [ ! -e "$work/$role.pid" ] ||
			await $log "^$role begins" $((next + 1))
	done
	case $death in
	*=*)
		role=${death#*/}
		await $log "^${role%=*} " "${death#*=}"
		;;
	esac
	owctl status --wait-armed=60 </dev/null >/dev/null 2>&1
	tell $next
	echo "ps $(owctl ps --json | tr -d '\n')"
done

for role in $roles; do
	kill -9 "$(cat "$work/$role.pid")"
done
wait
: >$log
for role in $roles; do
	/root/copy/keeper "$role" $work check
done
sed 's/^/left /' $log
