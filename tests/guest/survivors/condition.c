// SPDX-License-Identifier: GPL-2.0
/* Threads that wait for a condition; signalled one by one and all together. */
#include "survivor.h"

#define WAITERS 6

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static unsigned long tickets, served, waiting;

static void *wait_for_it(void *argument)
{
	pthread_mutex_lock(&mutex);
	for (;;) {
		waiting++;
		while (!tickets)
			pthread_cond_wait(&condition, &mutex);
		waiting--;
		tickets--;
		served++;
	}
	return argument;
}

static bool served_are(unsigned long expected)
{
	bool result;

	pthread_mutex_lock(&mutex);
	result = served == expected && waiting == WAITERS;
	pthread_mutex_unlock(&mutex);
	return result;
}

static void prepare(void)
{
	for (int i = 0; i < WAITERS; i++)
		thread(wait_for_it, NULL);
	await(served_are(0), 10);
}

static void give(unsigned long number)
{
	pthread_mutex_lock(&mutex);
	tickets += number;
	if (number == 1)
		pthread_cond_signal(&condition);
	else
		pthread_cond_broadcast(&condition);
	pthread_mutex_unlock(&mutex);
}

static void check(void)
{
	unsigned long before = served;

	give(1);
	expect(await(served_are(before + 1), SLACK));
	give(WAITERS);
	expect(await(served_are(before + 1 + WAITERS), SLACK));
}

SURVIVOR(condition, .about = "threads waiting for a condition variable",
	 .prepare = prepare, .check = check);
