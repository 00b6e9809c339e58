// SPDX-License-Identifier: GPL-2.0
/* Initialised, zeroed and constant static data. */
#include "survivor.h"

static unsigned long data[512] = { 1, 2, 3, [511] = 0xfeedfacecafebeef };
static unsigned long zeroed[64 * 1024];
static const char constant[] = "not to be changed";
static const char *volatile pointer = constant;
/* Never touched before the end: still zero pages of the file or of nobody. */
static unsigned long untouched[16 * 1024];

static void prepare(void)
{
	fill(data, sizeof(data) / 2, 7);
	fill(zeroed, sizeof(zeroed) / 2, 8);
}

static void check(void)
{
	size_t half = sizeof(zeroed) / sizeof(*zeroed) / 2;

	check_filled("data", data, sizeof(data) / 2, 7);
	check_filled("bss", zeroed, sizeof(zeroed) / 2, 8);
	expect_equal(data[511], 0xfeedfacecafebeef);
	for (size_t i = 0; i < half; i++)
		if (zeroed[half + i] || untouched[i % 16384])
			return fail("word %zu of the bss is not zero", i);
	expect(pointer == constant && !strcmp(pointer, "not to be changed"));
	expect(!writable((void *)constant));
}

SURVIVOR(static_data, .about = "data, bss and read-only data",
	 .prepare = prepare, .check = check);
