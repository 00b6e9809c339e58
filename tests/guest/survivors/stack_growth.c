// SPDX-License-Identifier: GPL-2.0
/* The main stack still grows by itself, up to its limit and not beyond. */
#include "survivor.h"
#include <sys/resource.h>

static volatile size_t depth = 1 * MIB;

static uint64_t __attribute__((noinline)) use_stack(size_t size)
{
	uint64_t words[1024];

	fill(words, sizeof(words), size);
	if (size > sizeof(words) && use_stack(size - sizeof(words)) == 0)
		return 0;
	check_filled("stack", words, sizeof(words), size);
	return words[0];
}

static void check(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_STACK, &limit);
	if (limit.rlim_cur > 4 * MIB && depth < 3 * MIB)
		depth += 256 * KIB;
	use_stack(depth);
	/* Below the guard gap there is nothing. */
	expect(!readable((char *)((unsigned long)&limit - 9 * MIB)) ||
	       limit.rlim_cur > 9 * MIB);
}

SURVIVOR(stack_growth, .about = "the main stack grows further", .check = check);
