// SPDX-License-Identifier: GPL-2.0
/* Registrations for membarrier() are kept: the expedited commands still work. */
#include "survivor.h"
#include <linux/membarrier.h>

static const struct {
	int registration, command;
} kinds[] = {
	{ MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED,
	  MEMBARRIER_CMD_PRIVATE_EXPEDITED },
	{ MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, MEMBARRIER_CMD_GLOBAL_EXPEDITED },
	{ MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
	  MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE },
	{ MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ,
	  MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ },
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))
/* MEMBARRIER_CMD_GET_REGISTRATIONS, Linux 6.3 */
#define GET_REGISTRATIONS (1 << 9)

static bool registered[KINDS];
static long registrations;

static long membarrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0);
}

static void prepare(void)
{
	bool any = false;

	for (size_t i = 0; i < KINDS; i++)
		any |= registered[i] = !membarrier(kinds[i].registration);
	if (!any)
		skip("membarrier: %s", strerror(errno));
	registrations = membarrier(GET_REGISTRATIONS);
}

static void check(void)
{
	for (size_t i = 0; i < KINDS; i++)
		if (registered[i] && membarrier(kinds[i].command))
			fail("command %#x: %s", kinds[i].command, strerror(errno));
	expect_equal(membarrier(GET_REGISTRATIONS), registrations);
}

SURVIVOR(membarrier, .about = "membarrier() registrations", .prepare = prepare,
	 .check = check);
