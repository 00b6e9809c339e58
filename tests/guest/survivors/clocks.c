// SPDX-License-Identifier: GPL-2.0
/* No clock goes back, and no two clocks drift apart. */
#include "survivor.h"

static const clockid_t clocks[] = {
	CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME, CLOCK_REALTIME,
	CLOCK_TAI, CLOCK_MONOTONIC_COARSE, CLOCK_REALTIME_COARSE
};
#define CLOCKS 7
static double before[CLOCKS];

static void read_clocks(double *times)
{
	struct timespec ts;

	for (int i = 0; i < CLOCKS; i++) {
		clock_gettime(clocks[i], &ts);
		times[i] = ts.tv_sec + ts.tv_nsec / 1e9;
	}
}

static void prepare(void)
{
	read_clocks(before);
}

static void check(void)
{
	double after[CLOCKS], passed;

	read_clocks(after);
	passed = after[0] - before[0];
	for (int i = 0; i < CLOCKS; i++) {
		double mine = after[i] - before[i];

		if (mine < 0)
			fail("clock %d went back by %.6f s", clocks[i], -mine);
		/* Realtime is given a little more: the network may set it. */
		else if (mine < passed - 1 || mine > passed + 1)
			fail("clock %d: %.3f s passed, %.3f s for CLOCK_MONOTONIC",
			     clocks[i], mine, passed);
	}
	read_clocks(before);
}

SURVIVOR(clocks, .about = "all clocks go on, and together", .prepare = prepare,
	 .check = check);
