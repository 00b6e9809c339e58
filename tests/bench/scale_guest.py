# SPDX-License-Identifier: GPL-2.0
"""The program of a given size that is brought back (tests/guest/scale.c), and what
a guest does with it: it tells on its console "scale FILE LINE", at last "scale end"."""

import subprocess

from benchlib import ROOT

# The guest's part. It survives as a process does, without its standard output.
GUEST = """
cd /root
export SCALE_READY=/root/ready SCALE_RESULT=/root/result
trap '' PIPE

# Until it is as large as it was told to be.
start() {
    rm -f ready result
    setsid /root/copy/scale $1 </dev/null >/dev/null 2>&1 &
    pid=$!
    until [ -e ready ]; do
        kill -0 $pid || exit 72
        sleep 0.2
    done
    sync
}

# After the outage: it verifies itself and says what it saw.
judge() {
    kill -USR1 $pid || exit 73
    until [ -e result ]; do
        sleep 0.2
    done
}

# What cannot be had any more, in KiB. What CPUs keep for themselves can.
used() {
    used=0
    while read -r key number _; do
        case $key in
        MemTotal:) used=$((used + number)) ;;
        MemAvailable:) used=$((used - number)) ;;
        count:) used=$((used - 4 * number)) ;;
        esac
    done <<END
$(cat /proc/meminfo /proc/zoneinfo)
END
    echo $used
}

touch criu criu_failed
if [ -x /root/copy/criu/criu ]; then
    criu() {
        LD_LIBRARY_PATH=/root/copy/criu /root/copy/criu/criu "$@" \\
            --images-dir img --log-file criu.log </dev/null >/dev/null 2>&1
    }
    mkdir -p img
    mount -t tmpfs -o size=90% none img
    start "$1"
    if criu dump --tree $pid && { wait $pid; criu restore --restore-detached; }; then
        judge
        cp result criu
    else
        # What is left of it would be measured as well.
        grep Error img/criu.log | head -n 1 >criu_failed
        pkill -KILL -x scale
    fi
    umount img
fi
owctl arm >/dev/null || exit 71
start "$1"
owctl status --wait-armed=60 </dev/null >/dev/null 2>&1
used >memory
read -r before </sys/kernel/otherworld/generation
owctl trigger null --yes --fast </dev/null >/dev/null 2>&1 &
until read -r now </sys/kernel/otherworld/generation && [ "$now" != "$before" ]; do
    sleep 0.2
done
owctl status --wait-armed=60 </dev/null >/dev/null 2>&1
used >>memory
judge
dmesg -n 1
for file in result memory criu criu_failed /sys/kernel/otherworld/timings; do
    sed "s|^|scale ${file##*/} |" $file
done >/dev/console
echo "scale end" >/dev/console
"""


def build(folder):
    """The guest's program and script, in a folder."""
    subprocess.run(["gcc", "-static", "-O2", "-Wall", "-Wextra", "-pthread", "-o",
                    folder / "scale", ROOT / "tests/guest/scale.c"], check=True)
    folder.joinpath("scale.sh").write_text(GUEST)
