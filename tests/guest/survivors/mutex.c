// SPDX-License-Identifier: GPL-2.0
/* Threads that wait for a mutex (a private futex) get it, one after another. */
#include "survivor.h"

#define WAITERS 6

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pid_t tids[WAITERS];
static unsigned long entered, inside, rounds;

static void *wait_for_it(void *argument)
{
	long i = (long)argument;

	tids[i] = gettid();
	for (unsigned long mine = 0;; mine++) {
		while (__atomic_load_n(&rounds, __ATOMIC_SEQ_CST) < mine)
			nap(0.01);
		pthread_mutex_lock(&mutex);
		if (__atomic_fetch_add(&inside, 1, __ATOMIC_SEQ_CST))
			fail("two have the mutex");
		entered++;
		__atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void all_wait(void)
{
	for (int i = 0; i < WAITERS; i++)
		await_asleep(tids[i]);
}

static void prepare(void)
{
	pthread_mutex_lock(&mutex);
	for (long i = 0; i < WAITERS; i++)
		thread(wait_for_it, (void *)i);
	await(tids[WAITERS - 1], 10);
	all_wait();
}

static void check(void)
{
	unsigned long before = entered;

	expect_equal(pthread_mutex_trylock(&mutex), EBUSY);
	nap(0.05);
	expect_equal(entered, before);
	pthread_mutex_unlock(&mutex);
	expect(await(__atomic_load_n(&entered, __ATOMIC_SEQ_CST) == before + WAITERS,
		     SLACK));
	pthread_mutex_lock(&mutex);
	/* Only now do they come for it again. */
	__atomic_fetch_add(&rounds, 1, __ATOMIC_SEQ_CST);
	nap(0.05);
	all_wait();
}

SURVIVOR(mutex, .about = "threads waiting for a pthread mutex",
	 .prepare = prepare, .check = check);
