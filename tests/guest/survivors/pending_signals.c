// SPDX-License-Identifier: GPL-2.0
/* Blocked signals that are pending, with their siginfo and in their order. */
#include "survivor.h"

#define QUEUED 5

static void send(void)
{
	for (int i = 0; i < QUEUED; i++)
		sigqueue(getpid(), SIGRTMIN + 3,
			 (union sigval){ .sival_ptr = (void *)(0x123456789a00UL + i) });
	sigqueue(getpid(), SIGRTMIN + 2, (union sigval){ .sival_int = 77 });
	/* Not queued twice. */
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	/* For this thread alone. */
	syscall(SYS_tgkill, getpid(), gettid(), SIGUSR2);
}

static void prepare(void)
{
	sigset_t set;

	sigfillset(&set);
	pthread_sigmask(SIG_SETMASK, &set, NULL);
	send();
}

static bool take(int sig, siginfo_t *info)
{
	static const struct timespec none;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	memset(info, 0, sizeof(*info));
	/* The raw call: glibc makes SI_USER of SI_TKILL. */
	return syscall(SYS_rt_sigtimedwait, &set, info, &none, 8) == sig;
}

static void check(void)
{
	siginfo_t info;

	for (int i = 0; i < QUEUED; i++) {
		if (!take(SIGRTMIN + 3, &info)) {
			fail("queued signal %d is gone", i);
			break;
		}
		expect_equal(info.si_value.sival_ptr, 0x123456789a00UL + i);
		expect_equal(info.si_code, SI_QUEUE);
		expect_equal(info.si_pid, getpid());
		expect_equal(info.si_uid, getuid());
	}
	expect(!take(SIGRTMIN + 3, &info));
	expect(take(SIGRTMIN + 2, &info));
	expect_equal(info.si_value.sival_int, 77);
	expect(take(SIGUSR1, &info));
	expect_equal(info.si_code, SI_USER);
	expect_equal(info.si_pid, getpid());
	expect(!take(SIGUSR1, &info));
	expect(take(SIGUSR2, &info));
	expect_equal(info.si_code, SI_TKILL);
	send();
}

SURVIVOR(pending_signals, .about = "pending and queued signals with siginfo",
	 .prepare = prepare, .check = check);
