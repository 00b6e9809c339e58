# SPDX-License-Identifier: GPL-2.0
"""Prints all clocks a few times, each time in one line and at once, so that the
best of the lines' arrival times on the host says when they were read.

clocks.py GENERATION: "clocks GENERATION MONOTONIC BOOTTIME RAW REALTIME TAI TIMES",
in seconds."""

import os
import sys
import time

SAMPLES = 8

for _ in range(SAMPLES):
    now = [time.clock_gettime(clock) for clock in (
        time.CLOCK_MONOTONIC, time.CLOCK_BOOTTIME, time.CLOCK_MONOTONIC_RAW,
        time.CLOCK_REALTIME, time.CLOCK_TAI)]
    now.append(os.times().elapsed)
    print("clocks", sys.argv[1], *(f"{clock:.6f}" for clock in now), flush=True)
    time.sleep(0.02)
