// SPDX-License-Identifier: GPL-2.0
/* A priority-inheriting mutex, held and waited for: the kernel knows its owner. */
#include "survivor.h"
#include <linux/futex.h>

#define WAITERS 3

static pthread_mutex_t mutex;
static unsigned long entered, rounds;
static pid_t tids[WAITERS];

static void *wait_for_it(void *argument)
{
	long i = (long)argument;

	tids[i] = gettid();
	for (unsigned long mine = 0;; mine++) {
		while (__atomic_load_n(&rounds, __ATOMIC_SEQ_CST) < mine)
			nap(0.01);
		if (pthread_mutex_lock(&mutex))
			fail("lock");
		if ((mutex.__data.__lock & FUTEX_TID_MASK) != gettid())
			fail("the word says %#x", mutex.__data.__lock);
		entered++;
		if (pthread_mutex_unlock(&mutex))
			fail("unlock");
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
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&mutex, &attributes);
	must_0(pthread_mutex_lock(&mutex));
	for (long i = 0; i < WAITERS; i++)
		thread(wait_for_it, (void *)i);
	await(tids[WAITERS - 1], 10);
	all_wait();
}

static void check(void)
{
	unsigned long before = entered;

	expect_equal(mutex.__data.__lock, (int)(gettid() | FUTEX_WAITERS));
	expect_equal(pthread_mutex_unlock(&mutex), 0);
	expect(await(__atomic_load_n(&entered, __ATOMIC_SEQ_CST) == before + WAITERS,
		     SLACK));
	expect_equal(pthread_mutex_lock(&mutex), 0);
	__atomic_fetch_add(&rounds, 1, __ATOMIC_SEQ_CST);
	nap(0.05);
	all_wait();
}

SURVIVOR(pi_mutex, .about = "PI mutex held and waited for", .prepare = prepare,
	 .check = check);
