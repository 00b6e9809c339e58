// SPDX-License-Identifier: GPL-2.0
/* A reader-writer lock, held by a reader, with a writer and readers waiting. */
#include "survivor.h"

static pthread_rwlock_t lock;
static unsigned long reads, writes, rounds;
static pid_t writer_tid;

static void *write_it(void *argument)
{
	writer_tid = gettid();
	for (unsigned long mine = 0;; mine++) {
		while (__atomic_load_n(&rounds, __ATOMIC_SEQ_CST) < mine)
			nap(0.01);
		pthread_rwlock_wrlock(&lock);
		__atomic_fetch_add(&writes, 1, __ATOMIC_SEQ_CST);
		pthread_rwlock_unlock(&lock);
	}
	return argument;
}

static void *read_it(void *argument)
{
	for (;;) {
		pthread_rwlock_rdlock(&lock);
		__atomic_fetch_add(&reads, 1, __ATOMIC_SEQ_CST);
		pthread_rwlock_unlock(&lock);
		nap(0.05);
	}
	return argument;
}

static void prepare(void)
{
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes,
				      PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&lock, &attributes);
	pthread_rwlock_rdlock(&lock);
	thread(write_it, NULL);
	await_asleep(writer_tid);
	/* They wait behind the writer. */
	thread(read_it, NULL);
	thread(read_it, NULL);
	nap(0.2);
}

static void check(void)
{
	unsigned long read_before = reads, written = writes;

	nap(0.1);
	expect_equal(reads, read_before);
	expect_equal(writes, written);
	pthread_rwlock_unlock(&lock);
	expect(await(__atomic_load_n(&writes, __ATOMIC_SEQ_CST) == written + 1 &&
		     __atomic_load_n(&reads, __ATOMIC_SEQ_CST) > read_before + 2,
		     SLACK));
	pthread_rwlock_rdlock(&lock);
	__atomic_fetch_add(&rounds, 1, __ATOMIC_SEQ_CST);
	nap(0.2);
	await_asleep(writer_tid);
}

SURVIVOR(rwlock, .about = "reader-writer lock with waiters", .prepare = prepare,
	 .check = check);
