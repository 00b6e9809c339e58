#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# groups.sh: programs in restart groups, a policy with rules and one that is a
# program; and what needs a pact to be there at all.
#
# prepare: the policy, its plug-in, one member of each kind; arm.
# ready:   all have said so.
# die:     by a BUG.
# check:   what tell() says; "before JSON" and "after JSON" of owctl ps, "asked
#          JSON" for each question that the plug-in got, "page HTML" of owctl
#          report.
work=/var/tmp/groups.d
log=$work/log
mkdir -p $work

# shellcheck source=tests/guest/death.sh
. /root/copy/death.sh

cat >$work/plugin <<END
#!/bin/sh
tee $work/asked | sed \\
	-e 's/.*"name":"chosen".*"pid":\\([0-9]*\\),.*/{"pid":\\1,"action":"reload","reason":"chosen"}/' \\
	-e 's/.*"pid":\\([0-9]*\\),"ppid".*/{"pid":\\1}/'
END
chmod 755 $work/plugin
cat >$work/policy.toml <<END
plugin = "$work/plugin"
plugin_limit = "10s"

[[rule]]
group = "shop/db"
action = "hot-restart"

[[rule]]
program = "doomed"
action = "terminate"

[[group]]
name = "shop/web"
depends_on = ["shop/db"]
END
owctl policy check $work/policy.toml >/dev/null || exit 75
owctl arm --policy $work/policy.toml >/dev/null || exit 71

# By their names they differ for rules.
for name in member chosen doomed; do
	cp /root/copy/member $work/$name
done
launch database $work/member database $log shop/db
launch website $work/member website $log shop/web
launch front $work/member front $log shop/front
launch alone $work/member alone $log
launch chosen $work/chosen chosen $log
launch doomed $work/doomed doomed $log
launch continues /root/copy/procedures continues $log
await $log ' begins ' 7
/root/copy/quiet quiet $log
/root/copy/quiet loud $log loud
echo "loud $?"
echo "before $(owctl ps --json | tr -d '\n')"
owctl status --wait-armed=60 </dev/null >/dev/null 2>&1
die 1
settled 1
# The last to be told of.
await $log 'front heard:shop/web ' 1
await $log ' begins ' 10
tell 1
echo "after $(owctl ps --json | tr -d '\n')"
sed 's/^/asked /' $work/asked
owctl report --html $work/page.html >/dev/null
# One was terminated: not all came back.
[ $? -eq 8 ] || exit 76
echo "page $(tr -d '\n' <$work/page.html)"
