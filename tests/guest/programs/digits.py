# SPDX-License-Identifier: GPL-2.0
"""Digits of pi without end (Gibbons), with whole numbers that grow; PACE seconds
from one line to the next."""

import os
import time


def digits():
    q, r, t, k, n, l = 1, 0, 1, 1, 3, 3
    while True:
        if 4 * q + r - t < n * t:
            yield n
            q, r, n = 10 * q, 10 * (r - n * t), 10 * (3 * q + r) // t - 10 * n
        else:
            q, r, t, n, k, l = (
                q * k, (2 * q + r) * l, t * l,
                (q * (7 * k + 2) + r * l) // (t * l), k + 1, l + 2)


source = digits()
for line in range(300):
    print(line, *(next(source) for _ in range(3)), flush=True)
    time.sleep(float(os.environ["PACE"]))
