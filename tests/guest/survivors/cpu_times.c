// SPDX-License-Identifier: GPL-2.0
/* CPU times and fault counts, of the process, its threads and its children. */
#include "survivor.h"
#include <sys/resource.h>
#include <sys/times.h>

static struct counts {
	double process, thread, spinner;
	struct rusage self, children;
	struct tms tms;
	clock_t ticks;
} before;
static pthread_t spinner;

static double clock_of(clockid_t clock)
{
	struct timespec ts = { 0 };

	clock_gettime(clock, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void read_counts(struct counts *counts)
{
	clockid_t clock;

	counts->process = clock_of(CLOCK_PROCESS_CPUTIME_ID);
	counts->thread = clock_of(CLOCK_THREAD_CPUTIME_ID);
	pthread_getcpuclockid(spinner, &clock);
	counts->spinner = clock_of(clock);
	getrusage(RUSAGE_SELF, &counts->self);
	getrusage(RUSAGE_CHILDREN, &counts->children);
	counts->ticks = times(&counts->tms);
}

static void burn(double seconds)
{
	double end = clock_of(CLOCK_THREAD_CPUTIME_ID) + seconds;

	while (clock_of(CLOCK_THREAD_CPUTIME_ID) < end)
		;
}

static void *spin(void *argument)
{
	for (;;)
		burn(0.1);
	return argument;
}

static void prepare(void)
{
	pid_t pid = must(fork());

	if (!pid) {
		burn(0.1);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	burn(0.1);
	spinner = spinning_thread(spin, NULL);
	nap(0.1);
	read_counts(&before);
}

static double seconds(struct timeval tv)
{
	return tv.tv_sec + tv.tv_usec / 1e6;
}

static void check(void)
{
	struct counts after;

	read_counts(&after);
	expect(after.process >= before.process);
	expect(after.thread >= before.thread);
	expect(after.spinner >= before.spinner);
	/* Nor may they have jumped: more than two threads never ran. */
	expect(after.thread < before.thread + 30);
	expect(seconds(after.self.ru_utime) >= seconds(before.self.ru_utime));
	expect(seconds(after.self.ru_stime) >= seconds(before.self.ru_stime));
	expect(seconds(after.children.ru_utime) >= seconds(before.children.ru_utime));
	expect(seconds(after.children.ru_stime) >= seconds(before.children.ru_stime));
	expect(after.self.ru_minflt >= before.self.ru_minflt);
	expect(after.self.ru_majflt >= before.self.ru_majflt);
	expect(after.self.ru_maxrss >= before.self.ru_maxrss);
	expect(after.tms.tms_utime >= before.tms.tms_utime);
	expect(after.tms.tms_cutime >= before.tms.tms_cutime);
	expect(after.ticks >= before.ticks);
	/* They go on. */
	expect(await((read_counts(&before), before.spinner > after.spinner), PATIENCE));
}

SURVIVOR(cpu_times, .about = "CPU times and counts never go back",
	 .prepare = prepare, .check = check);
