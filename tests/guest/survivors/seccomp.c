// SPDX-License-Identifier: GPL-2.0
/*
 * Seccomp filters are still enforced: for the process, for its children, for
 * the one thread that has one more.
 */
#include "survivor.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

static unsigned long turns;

/* Refuses one call with this error. */
static void refuse(unsigned int number, unsigned int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static void *run(void *argument)
{
	refuse(SYS_sysfs, 77);
	for (;; turns++) {
		if (syscall(SYS_sysfs, 3) != -1 || errno != 77)
			fail("the thread's filter is gone");
		nap(0.05);
	}
	return argument;
}

static void prepare(void)
{
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	refuse(SYS_sched_rr_get_interval, 123);
	refuse(SYS_acct, 122);
	thread(run, NULL);
	await(turns, 10);
}

static int refused(void)
{
	if (syscall(SYS_sched_rr_get_interval, 0, NULL) != -1 || errno != 123)
		return 1;
	if (syscall(SYS_acct, "/") != -1 || errno != 122)
		return 2;
	return 0;
}

static void check(void)
{
	unsigned long before = turns;
	int status = -1;
	pid_t pid;

	expect_equal(refused(), 0);
	/* The other thread's filter is its own. */
	expect(!(syscall(SYS_sysfs, 3) == -1 && errno == 77));
	pid = must(fork());
	if (!pid)
		_exit(refused());
	waitpid(pid, &status, 0);
	expect_equal(status, 0);
	expect(await(turns > before + 1, SLACK));
	expect(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) < 0);
}

static void prepare_nnp(void)
{
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

SURVIVOR(seccomp, .about = "seccomp filters are still enforced",
	 .prepare = prepare, .check = check);
SURVIVOR(no_new_privs, .about = "PR_SET_NO_NEW_PRIVS", .prepare = prepare_nnp);
