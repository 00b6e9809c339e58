// SPDX-License-Identifier: GPL-2.0
/* Semaphores, one private and one between processes, with waiters. */
#include "survivor.h"
#include <semaphore.h>

static sem_t private;
static struct shared {
	sem_t request, answer;
} *shared;
static unsigned long taken;

static void *take(void *argument)
{
	for (;;) {
		if (sem_wait(&private))
			fail("sem_wait: %s", strerror(errno));
		else
			__atomic_fetch_add(&taken, 1, __ATOMIC_SEQ_CST);
	}
	return argument;
}

static void *answer(void *argument)
{
	for (;;) {
		if (sem_wait(&shared->request))
			fail("sem_wait: %s", strerror(errno));
		else
			sem_post(&shared->answer);
	}
	return argument;
}

static void prepare_member(void)
{
	thread(answer, NULL);
}

static void prepare(void)
{
	shared = shared_page();
	sem_init(&private, 0, 0);
	sem_init(&shared->request, 1, 0);
	sem_init(&shared->answer, 1, 0);
	member("a", prepare_member, NULL);
	for (int i = 0; i < 3; i++)
		thread(take, NULL);
	nap(0.1);
}

static void check(void)
{
	unsigned long before = taken;
	struct timespec limit;
	int value = -1;

	for (int i = 0; i < 7; i++)
		sem_post(&private);
	expect(await(__atomic_load_n(&taken, __ATOMIC_SEQ_CST) == before + 7, SLACK));
	sem_getvalue(&private, &value);
	expect_equal(value, 0);
	for (int i = 0; i < 3; i++) {
		sem_post(&shared->request);
		clock_gettime(CLOCK_REALTIME, &limit);
		limit.tv_sec += SLACK;
		expect_equal(sem_timedwait(&shared->answer, &limit), 0);
	}
	nap(0.05);
}

SURVIVOR(semaphores, .about = "private and shared semaphores with waiters",
	 .prepare = prepare, .check = check);
