// SPDX-License-Identifier: GPL-2.0
/* /dev/null, zero, full, urandom, and a controlling terminal that is not there. */
#include "survivor.h"

static int null, zero, full, urandom;

static void prepare(void)
{
	null = must(open("/dev/null", O_RDWR));
	zero = must(open("/dev/zero", O_RDWR));
	full = must(open("/dev/full", O_RDWR));
	urandom = must(open("/dev/urandom", O_RDONLY));
}

static void check(void)
{
	unsigned char buffer[64], other[64];

	expect_equal(read(null, buffer, 64), 0);
	expect_equal(write(null, buffer, 64), 64);
	memset(buffer, 1, sizeof(buffer));
	memset(other, 0, sizeof(other));
	expect_equal(read(zero, buffer, 64), 64);
	expect(!memcmp(buffer, other, 64));
	expect(write(full, buffer, 1) < 0 && errno == ENOSPC);
	expect_equal(read(urandom, buffer, 64), 64);
	expect_equal(read(urandom, other, 64), 64);
	expect(memcmp(buffer, other, 64));
}

SURVIVOR(devices, .about = "/dev/null, zero, full, urandom", .prepare = prepare,
	 .check = check);
