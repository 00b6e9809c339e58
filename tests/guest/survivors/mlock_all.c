// SPDX-License-Identifier: GPL-2.0
/* mlockall(MCL_FUTURE) counts for what is mapped afterwards. */
#include "survivor.h"

static void prepare(void)
{
	must(mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT));
}

static void check(void)
{
	long long before = file_number("/proc/self/status", "VmLck:");
	char *memory = anonymous(1 * MIB);

	expect_equal(file_number("/proc/self/status", "VmLck:"), before + 1024);
	munmap(memory, 1 * MIB);
	expect_equal(file_number("/proc/self/status", "VmLck:"), before);
}

SURVIVOR(mlock_all, .about = "mlockall() counts for later mappings",
	 .prepare = prepare, .check = check);
