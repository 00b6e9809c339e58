// SPDX-License-Identifier: GPL-2.0
/* A thread from before ends and is joined; new ones are made (clear_child_tid). */
#include "survivor.h"

static pthread_t worker;
static unsigned int round_;

static void *run(void *argument)
{
	unsigned int mine = (unsigned long)argument;

	while (__atomic_load_n(&round_, __ATOMIC_SEQ_CST) == mine)
		nap(0.02);
	return (void *)(unsigned long)(mine + 1000);
}

static void prepare(void)
{
	worker = thread(run, (void *)(unsigned long)round_);
}

static void check(void)
{
	struct timespec limit;
	void *result = NULL;

	__atomic_fetch_add(&round_, 1, __ATOMIC_SEQ_CST);
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += SLACK;
	expect_equal(pthread_timedjoin_np(worker, &result, &limit), 0);
	expect_equal((unsigned long)result, round_ - 1 + 1000);
	prepare();
}

SURVIVOR(thread_join, .about = "pthread_join() afterwards", .prepare = prepare,
	 .check = check);
