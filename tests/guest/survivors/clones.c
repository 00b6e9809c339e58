// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that share some of what threads share: memory (CLONE_VM), the table
 * of descriptors (CLONE_FILES), directories and umask (CLONE_FS), and signal
 * handlers (CLONE_VM with CLONE_SIGHAND).
 */
#include "survivor.h"

#include <sched.h>

static struct shared {
	unsigned int order, done; /* what the child shall do; how often it did */
	int fd;
	long result;
	char cwd[256];
} *shared;
static pid_t child;
static unsigned long in_memory;
static char stack[64 * KIB] __attribute__((aligned(64)));

static void on_signal(int sig)
{
	(void)sig;
}

/* The child may share our memory, so it calls no library that keeps state. */
static int serve(void *argument)
{
	unsigned int done = 0;

	(void)argument;
	for (;; nap(0.01)) {
		if (__atomic_load_n(&shared->order, __ATOMIC_SEQ_CST) == done)
			continue;
		done++;
		in_memory = done;
		if (shared->fd >= 0)
			shared->result = syscall(SYS_close, shared->fd);
		if (*shared->cwd)
			shared->result = syscall(SYS_chdir, shared->cwd);
		umask(done % 2 ? 027 : 077);
		signal(SIGUSR2, done % 2 ? on_signal : SIG_IGN);
		__atomic_store_n(&shared->done, done, __ATOMIC_SEQ_CST);
	}
	return 0;
}

static void prepare(int flags)
{
	shared = shared_page();
	shared->fd = -1;
	child = must(clone(serve, stack + sizeof(stack), flags | SIGCHLD, NULL));
}

static void order(void)
{
	unsigned int number = __atomic_add_fetch(&shared->order, 1, __ATOMIC_SEQ_CST);

	if (!await(__atomic_load_n(&shared->done, __ATOMIC_SEQ_CST) == number, SLACK))
		fail("the child does not answer");
}

static void finish(void)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void prepare_vm(void)
{
	prepare(CLONE_VM);
}

static void check_vm(void)
{
	unsigned long before = in_memory;
	mode_t mask = umask(022);

	order();
	expect_equal(in_memory, before + 1);
	/* Nothing else is shared. */
	expect_equal(umask(mask), 022);
}

static void prepare_files(void)
{
	prepare(CLONE_FILES);
}

static void check_files(void)
{
	shared->fd = must(open("/dev/zero", O_RDONLY));
	shared->result = -1;
	order();
	expect_equal(shared->result, 0);
	expect(fcntl(shared->fd, F_GETFD) < 0 && errno == EBADF);
	expect_equal(in_memory, 0);
	shared->fd = -1;
}

static void prepare_fs(void)
{
	prepare(CLONE_FS);
	strcpy(shared->cwd, "/usr");
}

static void check_fs(void)
{
	char *after = shared->cwd + 128;

	strcpy(shared->cwd, generation() % 2 ? "/usr" : "/proc");
	order();
	expect(getcwd(after, 128) && !strcmp(after, shared->cwd));
	expect_equal(umask(022), shared->done % 2 ? 027 : 077);
	umask(022);
	expect_equal(in_memory, 0);
}

static void prepare_sighand(void)
{
	prepare(CLONE_VM | CLONE_SIGHAND);
}

static void check_sighand(void)
{
	struct sigaction action;

	order();
	sigaction(SIGUSR2, NULL, &action);
	expect(action.sa_handler == (shared->done % 2 ? on_signal : SIG_IGN));
	expect(in_memory == shared->done);
}

SURVIVOR(clone_vm, .about = "CLONE_VM without CLONE_THREAD",
	 .prepare = prepare_vm, .check = check_vm, .finish = finish);
SURVIVOR(clone_files, .about = "CLONE_FILES between processes",
	 .prepare = prepare_files, .check = check_files, .finish = finish);
SURVIVOR(clone_fs, .about = "CLONE_FS between processes",
	 .prepare = prepare_fs, .check = check_fs, .finish = finish);
SURVIVOR(clone_sighand, .about = "CLONE_SIGHAND between processes",
	 .prepare = prepare_sighand, .check = check_sighand, .finish = finish);
