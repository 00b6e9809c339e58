// SPDX-License-Identifier: GPL-2.0
/* POSIX timers: signals with values, to a thread, intervals, overruns, one-shot. */
#include "survivor.h"

static timer_t interval, to_thread, overrun, once, disarmed;
static volatile unsigned long ticks, thread_ticks, shots, wrong;
static pid_t process, target;
static double due;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (info->si_code != SI_TIMER)
		wrong++;
	if (sig == SIGRTMIN) {
		ticks++;
		wrong += info->si_value.sival_int != 1;
	} else if (sig == SIGRTMIN + 1) {
		thread_ticks++;
		wrong += info->si_value.sival_int != 2 || gettid() != target;
	} else {
		shots++;
		wrong += info->si_value.sival_int != 4 || now() < due;
	}
}

static void *wait_for_ticks(void *argument)
{
	sigset_t set;

	target = gettid();
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	for (;;)
		pause();
	return argument;
}

static timer_t make(int sig, int value, pid_t tid, clockid_t clock)
{
	struct sigevent event = { .sigev_notify = tid ? SIGEV_THREAD_ID : SIGEV_SIGNAL,
				  .sigev_signo = sig,
				  .sigev_value.sival_int = value };
	timer_t timer;

	event._sigev_un._tid = tid;
	must(timer_create(clock, &event, &timer));
	return timer;
}

static void set(timer_t timer, double first, double every)
{
	struct itimerspec value = { .it_value.tv_sec = (int)first,
				    .it_interval.tv_sec = (int)every };

	value.it_value.tv_nsec = (first - (int)first) * 1e9;
	value.it_interval.tv_nsec = (every - (int)every) * 1e9;
	must(timer_settime(timer, 0, &value, NULL));
}

static void shoot(void)
{
	due = now() + 1.5;
	set(once, 1.5, 0);
}

static void prepare(void)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	sigset_t blocked;

	process = getpid();
	for (int i = 0; i < 5; i++)
		sigaction(SIGRTMIN + i, &action, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGRTMIN + 1);
	sigaddset(&blocked, SIGRTMIN + 2);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
	thread(wait_for_ticks, NULL);
	interval = make(SIGRTMIN, 1, 0, CLOCK_MONOTONIC);
	set(interval, 0.1, 0.1);
	to_thread = make(SIGRTMIN + 1, 2, target, CLOCK_REALTIME);
	set(to_thread, 0.1, 0.1);
	/* Blocked: it expires many times, one signal is pending. */
	overrun = make(SIGRTMIN + 2, 3, 0, CLOCK_MONOTONIC);
	set(overrun, 0.05, 0.05);
	once = make(SIGRTMIN + 3, 4, 0, CLOCK_BOOTTIME);
	shoot();
	disarmed = make(SIGRTMIN + 4, 5, 0, CLOCK_MONOTONIC);
}

static void expect_going(const char *what, timer_t timer, const volatile unsigned long *count)
{
	unsigned long before = *count;
	struct itimerspec value = {};

	if (await(*count > before + 3, SLACK))
		return;
	timer_gettime(timer, &value);
	fail("%s: %lu ticks, then %lu; the next in %ld.%09ld s", what, before, *count,
	     (long)value.it_value.tv_sec, value.it_value.tv_nsec);
}

static void check(void)
{
	static const struct timespec second = { .tv_sec = 1 };
	struct itimerspec value;
	siginfo_t info;
	sigset_t set_;

	expect_going("to the process", interval, &ticks);
	expect_going("to a thread", to_thread, &thread_ticks);
	/* The one that was under way when the kernel died. */
	expect(await(shots == 1, 1.5 + SLACK));
	shots = 0;
	must(timer_gettime(interval, &value));
	expect_equal(value.it_interval.tv_nsec, 100000000);
	must(timer_gettime(disarmed, &value));
	expect(!value.it_value.tv_sec && !value.it_value.tv_nsec);
	sigemptyset(&set_);
	sigaddset(&set_, SIGRTMIN + 2);
	expect_equal(sigtimedwait(&set_, &info, &second), SIGRTMIN + 2);
	expect_equal(info.si_value.sival_int, 3);
	expect(info.si_overrun > 1);
	expect_equal(timer_getoverrun(overrun), info.si_overrun);
	/* Those from before can be deleted, and new ones made. */
	timer_delete(disarmed);
	disarmed = make(SIGRTMIN + 4, 5, 0, CLOCK_MONOTONIC);
	expect_equal(wrong, 0);
	shoot();
}

SURVIVOR(posix_timers, .about = "timer_create(): intervals, threads, overruns",
	 .prepare = prepare, .check = check, .flags = SIGNALS_CHANGE);
