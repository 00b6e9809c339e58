// SPDX-License-Identifier: GPL-2.0
/* The first thread has ended, the process lives on by another. */
#include "survivor.h"

static void (*live_)(void);

static bool leader_is_gone(void)
{
	char stat[1024], *state = NULL;

	if (read_file("/proc/self/stat", stat, sizeof(stat)) > 0)
		state = strrchr(stat, ')');
	return state && state[2] == 'Z';
}

static void *run(void *argument)
{
	await(leader_is_gone(), 10);
	live_();
	exit(0);
	return argument;
}

static void around(void (*live)(void))
{
	live_ = live;
	thread(run, NULL);
	pthread_exit(NULL);
}

static void check(void)
{
	expect(gettid() != getpid());
	expect(leader_is_gone());
}

SURVIVOR(leader_gone, .about = "the first thread is a zombie", .around = around,
	 .check = check);
