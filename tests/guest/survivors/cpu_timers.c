// SPDX-License-Identifier: GPL-2.0
/* POSIX timers on the CPU time of the process and of a thread. */
#include "survivor.h"

static volatile unsigned long expired[2], turns;
static timer_t timers[2];

static void on_signal(int sig)
{
	expired[sig - SIGRTMIN]++;
}

static void *spin(void *argument)
{
	for (;;)
		turns++;
	return argument;
}

static void prepare(void)
{
	struct itimerspec value = { { 0, 100000000 }, { 0, 100000000 } };
	clockid_t clocks[2] = { CLOCK_PROCESS_CPUTIME_ID, 0 };
	pthread_t spinner = spinning_thread(spin, NULL);

	pthread_getcpuclockid(spinner, clocks + 1);
	for (int i = 0; i < 2; i++) {
		struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
					  .sigev_signo = SIGRTMIN + i };

		signal(SIGRTMIN + i, on_signal);
		must(timer_create(clocks[i], &event, timers + i));
		must(timer_settime(timers[i], 0, &value, NULL));
	}
}

static void check(void)
{
	struct itimerspec value;

	for (int i = 0; i < 2; i++) {
		unsigned long before = expired[i];

		must(timer_gettime(timers[i], &value));
		expect_equal(value.it_interval.tv_nsec, 100000000);
		if (!await_with_cpu(expired[i] >= before + 3, 2))
			fail("timer %d is silent", i);
	}
}

SURVIVOR(cpu_timers, .about = "timers on CPU time", .prepare = prepare,
	 .check = check, .flags = SIGNALS_CHANGE);
