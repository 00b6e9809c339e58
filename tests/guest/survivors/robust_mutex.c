// SPDX-License-Identifier: GPL-2.0
/* The owner of a robust mutex dies afterwards: a waiter learns of it. */
#include "survivor.h"

static struct shared {
	pthread_mutex_t mutex;
	unsigned long held, go;
} *shared;
static pthread_t owner;
static pid_t child;

/* Ends with the mutex held. */
static void *own(void *argument)
{
	unsigned long round_ = shared->go;

	if (pthread_mutex_lock(&shared->mutex))
		fail("lock");
	__atomic_store_n(&shared->held, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&shared->go, __ATOMIC_SEQ_CST) == round_)
		nap(0.02);
	return argument;
}

/* By turns a thread and a process. */
static void start_owner(void)
{
	shared->held = 0;
	if (shared->go % 2) {
		child = must(fork());
		if (!child) {
			own(NULL);
			_exit(0);
		}
	} else {
		owner = thread(own, NULL);
	}
	await(__atomic_load_n(&shared->held, __ATOMIC_SEQ_CST), 10);
}

static void prepare(void)
{
	pthread_mutexattr_t attributes;

	shared = shared_page();
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&shared->mutex, &attributes);
	start_owner();
}

static void check(void)
{
	struct timespec limit;
	unsigned long was = shared->go;

	expect_equal(pthread_mutex_trylock(&shared->mutex), EBUSY);
	__atomic_fetch_add(&shared->go, 1, __ATOMIC_SEQ_CST);
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += SLACK;
	expect_equal(pthread_mutex_timedlock(&shared->mutex, &limit), EOWNERDEAD);
	pthread_mutex_consistent(&shared->mutex);
	pthread_mutex_unlock(&shared->mutex);
	if (was % 2)
		waitpid(child, NULL, 0);
	else
		pthread_join(owner, NULL);
	start_owner();
}

static void finish(void)
{
	if (shared->go % 2)
		kill(child, SIGKILL);
}

SURVIVOR(robust_mutex, .about = "robust mutex whose owner dies afterwards",
	 .prepare = prepare, .check = check, .finish = finish);
