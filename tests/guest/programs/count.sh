#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Counts into a file, PACE seconds from one number to the next.
i=0
while [ "$i" -lt 300 ]; do
	i=$((i + 1))
	echo "$i"
	sleep "$PACE"
done
