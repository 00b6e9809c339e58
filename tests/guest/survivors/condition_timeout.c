// SPDX-License-Identifier: GPL-2.0
/* pthread_cond_timedwait() in flight ends at its time, not before. */
#include "survivor.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition;

static void round_(void)
{
	struct timespec until;
	double begin = now(), took;
	int error;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 2;
	pthread_mutex_lock(&mutex);
	do
		error = pthread_cond_timedwait(&condition, &mutex, &until);
	while (!error);
	pthread_mutex_unlock(&mutex);
	took = now() - begin;
	expect_equal(error, ETIMEDOUT);
	if (took < 2 || took > 2 + outage() + SLACK)
		fail("2 s took %.3f s", took);
}

static struct caller caller = { .round = round_ };

static void prepare(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&condition, &attributes);
	caller_start(&caller);
}

static void check(void)
{
	caller_goes_on(&caller, 1, 2 + SLACK);
}

SURVIVOR(condition_timeout, .about = "pthread_cond_timedwait() in flight",
	 .prepare = prepare, .check = check);
