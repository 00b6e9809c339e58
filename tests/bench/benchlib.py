# SPDX-License-Identifier: GPL-2.0
"""What the benchmarks share."""

import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Of /sys/kernel/otherworld/timings, in the order in which they usually come.
STAGES = ["stopped", "jump", "purgatory_in", "purgatory_out", "kernel", "smp", "init",
          "userspace", "release_start", "release_end", "root", "story", "processes", "handed",
          "armed"]


def stages(text):
    """The stamps of a takeover, in seconds since the fault."""
    words = [line.split() for line in text.splitlines()]
    return {w[0]: int(w[1]) / 1e6 for w in words if len(w) == 2 and w[0] in STAGES}


def spread(values):
    """Median and range: a handful of runs on a shared machine has no deviation."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def build_kernel(*options):
    """By kernel/build, and for all guests from now on; its build directory."""
    done = subprocess.run([ROOT / "kernel/build", *options], stdout=subprocess.PIPE, text=True,
                          check=True)
    directory = pathlib.Path(done.stdout.split()[-1])
    os.environ["OTHERWORLD_KERNEL"] = str(directory / "arch/x86/boot/bzImage")
    return directory


def find_owctl():
    """The guests need one: that of the environment, or what tests/run has built."""
    built = pathlib.Path(os.environ.get("OTHERWORLD_BUILD", ROOT / "build"), "tools/owctl/owctl")
    owctl = os.environ.setdefault("OTHERWORLD_OWCTL", str(built))
    if not os.path.isfile(owctl):
        sys.exit(f"There is no {owctl}: tests/run builds it, or name another one by "
                 "OTHERWORLD_OWCTL")
