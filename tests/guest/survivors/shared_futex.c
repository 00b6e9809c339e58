// SPDX-License-Identifier: GPL-2.0
/* A mutex and a condition in memory shared by processes. */
#include "survivor.h"

static struct shared {
	pthread_mutex_t mutex;
	pthread_cond_t condition;
	unsigned long wanted, done[2], members, checked;
} *shared;
static int mine;

static void *serve(void *argument)
{
	pthread_mutex_lock(&shared->mutex);
	for (;;) {
		while (shared->done[mine] == shared->wanted)
			pthread_cond_wait(&shared->condition, &shared->mutex);
		shared->done[mine]++;
	}
	return argument;
}

static void prepare_member(void)
{
	mine = shared->members++;
	thread(serve, NULL);
	nap(0.1);
}

static bool all_done(void)
{
	bool result;

	pthread_mutex_lock(&shared->mutex);
	result = shared->done[0] == shared->wanted && shared->done[1] == shared->wanted;
	pthread_mutex_unlock(&shared->mutex);
	return result;
}

static void prepare(void)
{
	pthread_mutexattr_t mutex;
	pthread_condattr_t condition;

	shared = shared_page();
	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->mutex, &mutex);
	pthread_condattr_init(&condition);
	pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&shared->condition, &condition);
	member("a", prepare_member, NULL);
	member("b", prepare_member, NULL);
}

static void check(void)
{
	for (int i = 0; i < 3; i++) {
		pthread_mutex_lock(&shared->mutex);
		shared->wanted++;
		pthread_cond_broadcast(&shared->condition);
		pthread_mutex_unlock(&shared->mutex);
		if (!await(all_done(), SLACK))
			return fail("done %lu and %lu of %lu", shared->done[0],
				    shared->done[1], shared->wanted);
	}
}

SURVIVOR(shared_futex, .about = "waiters between processes in shared memory",
	 .prepare = prepare, .check = check);
