#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# apps.sh FAULT...: libow's examples, while kernels die under load.
#
# prepare: the policy, by which some of them begin anew at each crash, by hot
#          restart or by reload, and the pair together; arm.
# ready, die, check: as in survivors.sh, to which each of them is a survivor
#          (apps/app). In the end "report {...}" for each report.json.
here=$(dirname "$0")
policy=/var/tmp/apps.toml
cp -r "$here/programs" "$here/anew"
cp -r "$here/programs" "$here/reload"
{
	cat "$here/pair.toml"
	cat <<END

[[rule]]
program = "$here/anew/*"
action = "hot-restart"

[[rule]]
program = "$here/reload/*"
action = "reload"
END
} >$policy
owctl arm --policy $policy || exit 71
# Whatever begins anew would begin at nothing.
[ -d /run/otherworld/regions ] || {
	echo "there is no /run/otherworld/regions: no persistent regions"
	exit 71
}

# The others are the load: memory, system calls, processes, files.
SURVIVORS=$here/apps/app SURVIVOR_WAIT=240 sh "$here/survivors.sh" \
	-p kv -p kv_anew -p compute -p compute_anew -p compute_reload -p pair \
	-p churn -p calling -p forking -p file_tree "$@"
status=$?
for report in /var/lib/otherworld/*/report.json; do
	echo "report $(tr -d '\n' <"$report")"
done
exit "$status"
