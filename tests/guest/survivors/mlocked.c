// SPDX-License-Identifier: GPL-2.0
/* Locked memory stays locked and resident. */
#include "survivor.h"

#define SIZE (256 * KIB)

static char *now_, *later_;
static long locked;

static void prepare(void)
{
	now_ = anonymous(SIZE);
	fill(now_, SIZE, 1);
	must(mlock(now_, SIZE));
	later_ = anonymous(SIZE);
	must(mlock2(later_, SIZE, MLOCK_ONFAULT));
	fill(later_, SIZE / 2, 2);
	locked = smaps_kib(now_, SIZE, "Locked:");
}

static void check(void)
{
	check_filled("mlock", now_, SIZE, 1);
	check_filled("MLOCK_ONFAULT", later_, SIZE / 2, 2);
	expect_equal(smaps_kib(now_, SIZE, "Locked:"), locked);
	expect_equal(smaps_kib(now_, SIZE, "Rss:"), SIZE / KIB);
	expect_equal(smaps_kib(now_, SIZE, "Swap:"), 0);
	/* The rest of it is not there before it is touched. */
	expect(smaps_kib(later_, SIZE, "Rss:") < (long)(SIZE / KIB));
	must(munlock(now_, 4096));
	must(mlock(now_, 4096));
}

SURVIVOR(mlocked, .about = "mlock() and MLOCK_ONFAULT", .prepare = prepare,
	 .check = check);
