// SPDX-License-Identifier: GPL-2.0
/* setitimer(): real, virtual and profiling time; EINTR goes on coming. */
#include "survivor.h"
#include <sys/time.h>

static const int kinds[] = { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };
static const int signals[] = { SIGALRM, SIGVTALRM, SIGPROF };
static volatile unsigned long times[3], turns;
static int kind;

static void on_signal(int sig)
{
	times[sig == SIGALRM ? 0 : sig == SIGVTALRM ? 1 : 2]++;
}

static void *spin(void *argument)
{
	for (;;)
		turns++;
	return argument;
}

static void prepare(int which)
{
	struct itimerval value = { { 0, 100000 }, { 0, 100000 } };

	kind = which;
	signal(signals[kind], on_signal);
	/* CPU time has to be used. */
	if (kind)
		spinning_thread(spin, NULL);
	must(setitimer(kinds[kind], &value, NULL));
	await(times[kind], 20);
}

static void prepare_real(void)
{
	prepare(0);
}

static void prepare_virtual(void)
{
	prepare(1);
}

static void prepare_prof(void)
{
	prepare(2);
}

static void check(void)
{
	struct itimerval value;
	unsigned long before = times[kind];
	struct timespec time = { .tv_sec = 1 };

	must(getitimer(kinds[kind], &value));
	expect_equal(value.it_interval.tv_sec, 0);
	/* CPU time is counted in ticks. */
	expect(value.it_interval.tv_usec >= 100000 &&
	       value.it_interval.tv_usec < 110001);
	if (!kind)
		/* Who gets no CPU for a second sleeps to the end. */
		expect(await(nanosleep(&time, NULL) == -1 && errno == EINTR, SLACK));
	if (kind ? !await_with_cpu(times[kind] >= before + 3, 2) :
		   !await(times[kind] >= before + 3, SLACK))
		fail("%lu signals more only", times[kind] - before);
}

SURVIVOR(itimer_real, .about = "ITIMER_REAL; sleeps end with EINTR",
	 .prepare = prepare_real, .check = check, .flags = SIGNALS_CHANGE);
SURVIVOR(itimer_virtual, .about = "ITIMER_VIRTUAL with a spinning thread",
	 .prepare = prepare_virtual, .check = check, .flags = SIGNALS_CHANGE);
SURVIVOR(itimer_prof, .about = "ITIMER_PROF with a spinning thread",
	 .prepare = prepare_prof, .check = check, .flags = SIGNALS_CHANGE);
