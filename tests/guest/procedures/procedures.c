// SPDX-License-Identifier: GPL-2.0
/*
 * procedures BEHAVIOUR LOG: a program whose crash procedure behaves in one way,
 * good or bad. Each line of LOG is "BEHAVIOUR WORD NUMBER", of its own doing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <otherworld/ow.h>

#include "say.h"

#define SHORT_LIMIT_MS 1500
#define LONG_LIMIT_MS 60000

static const char *behaviour, *log_name;

/* Further than any stack reaches; and no tail call. */
static int fall(int depth)
{
	volatile char here[4096];

	here[0] = (char)depth;
	return depth ? fall(depth - 1) + here[0] : 0;
}

static int helper(void *data)
{
	(void)data;
	say("helper", (uint64_t)getppid());
	return 0;
}

/* The kernel dies once more while this waits. */
static void wait_for_second_death(void)
{
	while (access("/root/procedures.go", F_OK))
		usleep(10000);
}

static int procedure(const struct ow_crash *crash, void *data)
{
	static char *anew[4] = { "anew" };

	anew[1] = (char *)behaviour;
	anew[2] = (char *)log_name;
	(void)data;
	say("procedure", crash->generation);
	if (!strcmp(behaviour, "faults"))
		*(volatile int *)8 = 1;
	else if (!strcmp(behaviour, "overflows"))
		return fall(1000000);
	else if (!strcmp(behaviour, "loops"))
		for (;;)
			;
	else if (!strcmp(behaviour, "hangs"))
		for (;;)
			pause();
	else if (!strcmp(behaviour, "aborts"))
		abort();
	else if (!strcmp(behaviour, "forks"))
		return ow_fork_helper(helper, NULL) < 0;
	else if (!strcmp(behaviour, "exits"))
		return OW_EXIT(3);
	else if (!strcmp(behaviour, "restarts"))
		return ow_restart_with(NULL, anew) ? OW_EXIT(4) : OW_RESTART;
	else if (!strcmp(behaviour, "dies_twice"))
		wait_for_second_death();
	say("continues", crash->generation);
	return OW_CONTINUE;
}

int main(int count, char **arguments)
{
	int limit = LONG_LIMIT_MS, ret;

	if (count != 3)
		return 2;
	behaviour = arguments[1];
	log_name = arguments[2];
	say_as(behaviour, log_name);
	/* What ends by itself has its time, however slow the machine is. */
	if (!strcmp(behaviour, "loops") || !strcmp(behaviour, "hangs"))
		limit = SHORT_LIMIT_MS;
	ret = ow_register_crash_procedure(procedure, NULL, 0, limit);
	if (ret) {
		fprintf(stderr, "%s: %s\n", behaviour, strerror(-ret));
		return 1;
	}
	say(strcmp(arguments[0], "anew") ? "begins" : "anew", (uint64_t)getpid());
	for (;;)
		sleep(1);
}
