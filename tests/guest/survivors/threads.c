// SPDX-License-Identifier: GPL-2.0
/* Two, sixteen and two hundred threads with counters of their own. */
#include "survivor.h"

#define MOST 200

static __thread uint64_t mark;
static unsigned long turns[MOST];
static pid_t tids[MOST];
static int count;

static void *run(void *argument)
{
	long i = (long)argument;
	uint64_t local = i * 3;

	mark = i + 1000;
	tids[i] = gettid();
	for (;;) {
		if (mark != (uint64_t)i + 1000 || local != (uint64_t)i * 3)
			fail("thread %ld: %#lx %#lx", i, mark, local);
		if (gettid() != tids[i])
			fail("thread %ld is %d, not %d", i, gettid(), tids[i]);
		__atomic_fetch_add(turns + i, 1, __ATOMIC_SEQ_CST);
		nap(count > 100 ? 0.3 : 0.03);
	}
	return NULL;
}

static void prepare(int threads)
{
	count = threads;
	for (long i = 0; i < count; i++)
		thread(run, (void *)i);
	for (int i = 0; i < count; i++)
		await(__atomic_load_n(turns + i, __ATOMIC_SEQ_CST), 10);
}

static void prepare_2(void)
{
	prepare(2);
}

static void prepare_16(void)
{
	prepare(16);
}

static void prepare_200(void)
{
	prepare(200);
}

static void check(void)
{
	unsigned long before[MOST];

	memcpy(before, turns, sizeof(before));
	for (int i = 0; i < count; i++)
		if (!await(__atomic_load_n(turns + i, __ATOMIC_SEQ_CST) > before[i] + 1,
			   SLACK))
			fail("thread %d of %d does not run", i, count);
}

SURVIVOR(threads_2, .about = "2 threads", .prepare = prepare_2, .check = check);
SURVIVOR(threads_16, .about = "16 threads", .prepare = prepare_16, .check = check);
SURVIVOR(threads_200, .about = "200 threads", .prepare = prepare_200, .check = check);
