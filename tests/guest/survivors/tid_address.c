// SPDX-License-Identifier: GPL-2.0
/* set_tid_address(): the kernel still clears the word, and wakes, at the end. */
#include "survivor.h"
#include <linux/futex.h>
#include <sched.h>

/* In memory that is shared, so that the end of a process can be seen. */
static struct shared {
	int tid, go;
} *shared;
static pid_t child;
/* A thread of the child by the raw call would need a stack; CLONE_VM is not
 * needed for the kernel to clear the word, two users of the memory are. */
static char stack[16 * KIB] __attribute__((aligned(64)));

static int run(void *argument)
{
	syscall(SYS_set_tid_address, &shared->tid);
	__atomic_store_n(&shared->tid, syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&shared->go, __ATOMIC_SEQ_CST))
		syscall(SYS_nanosleep, &(struct timespec){ .tv_nsec = 20000000 }, NULL);
	syscall(SYS_exit, 0);
	return !!argument;
}

static void prepare(void)
{
	if (!shared)
		shared = shared_page();
	shared->go = 0;
	child = must(clone(run, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL));
	await(__atomic_load_n(&shared->tid, __ATOMIC_SEQ_CST) == child, 10);
}

static void check(void)
{
	const struct timespec limit = { .tv_sec = (int)SLACK };

	expect_equal(shared->tid, child);
	__atomic_store_n(&shared->go, 1, __ATOMIC_SEQ_CST);
	/* Returns at once if the word is 0 already. */
	syscall(SYS_futex, &shared->tid, FUTEX_WAIT, child, &limit, NULL, 0);
	expect(!__atomic_load_n(&shared->tid, __ATOMIC_SEQ_CST));
	waitpid(child, NULL, 0);
	prepare();
}

static void finish(void)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

SURVIVOR(tid_address, .about = "set_tid_address() is obeyed at the end",
	 .prepare = prepare, .check = check, .finish = finish);
