// SPDX-License-Identifier: GPL-2.0
/* Syscall user dispatch: calls of a thread that a handler of its own answers. */
#include "survivor.h"
#include <sys/prctl.h>
#include <sys/resource.h>
#include <ucontext.h>

#include <otherworld/ow.h>

#define ANSWER 4711
#define NOBODYS_CALL 1111

static volatile char selector = SYSCALL_DISPATCH_FILTER_ALLOW;
static volatile unsigned long answered;
static unsigned long answers;
static bool asked;

/* Between the two no call is dispatched: here the handler comes back. */
static void on_call(int sig, siginfo_t *info, void *context)
{
	ucontext_t *interrupted = context;

	(void)sig;
	selector = SYSCALL_DISPATCH_FILTER_ALLOW;
	answered = info->si_syscall;
	interrupted->uc_mcontext.gregs[REG_RAX] = ANSWER;
}

static long ask(void)
{
	long result;

	selector = SYSCALL_DISPATCH_FILTER_BLOCK;
	__asm__ volatile("syscall" : "=a"(result) : "a"(NOBODYS_CALL)
			 : "rcx", "r11", "memory");
	return result;
}

/* The thread's own, so it has to be the thread that asks. */
static void *dispatched(void *argument)
{
	must(prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &selector));
	for (;;) {
		if (__atomic_exchange_n(&asked, false, __ATOMIC_SEQ_CST)) {
			answered = 0;
			if (ask() == ANSWER && answered == NOBODYS_CALL)
				__atomic_fetch_add(&answers, 1, __ATOMIC_SEQ_CST);
		}
		nap(0.05);
	}
	return argument;
}

static void check(void)
{
	unsigned long before = __atomic_load_n(&answers, __ATOMIC_SEQ_CST);

	__atomic_store_n(&asked, true, __ATOMIC_SEQ_CST);
	expect(await(__atomic_load_n(&answers, __ATOMIC_SEQ_CST) > before, SLACK));
}

static void prepare(void)
{
	struct sigaction action = { .sa_sigaction = on_call, .sa_flags = SA_SIGINFO };

	must(sigaction(SIGSYS, &action, NULL));
	thread(dispatched, NULL);
	check();
}

/* --- In a crash procedure no call is dispatched ---------------------------------- */

static volatile struct {
	unsigned long turns;
	int procedures;
} *shared;
static pid_t child;

static int procedure(const struct ow_crash *crash, void *data)
{
	(void)crash;
	(void)data;
	shared->procedures += getpid() == child;
	return OW_CONTINUE;
}

/* It makes no call itself, and the handler would not make libow's. */
static void __attribute__((noreturn)) be_blocked(void)
{
	child = getpid();
	must(setpriority(PRIO_PROCESS, 0, 19));
	must(prctl(PR_SET_PDEATHSIG, SIGKILL));
	if (!is_fake())
		must_0(-ow_register_crash_procedure(procedure, NULL, 0, 0));
	must(prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &selector));
	selector = SYSCALL_DISPATCH_FILTER_BLOCK;
	for (;;)
		shared->turns++;
}

static void prepare_procedure(void)
{
	shared = shared_page();
	child = must(fork());
	if (!child)
		be_blocked();
	expect(await(shared->turns, PATIENCE));
}

static void check_procedure(void)
{
	unsigned long before = shared->turns;

	expect(await(shared->turns > before, PATIENCE));
	if (!is_fake())
		expect_equal(shared->procedures, generation());
}

static void finish_procedure(void)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

SURVIVOR(dispatch_procedure, .about = "a crash procedure of who dispatches its calls",
	 .prepare = prepare_procedure, .check = check_procedure,
	 .finish = finish_procedure);
SURVIVOR(dispatch, .about = "system calls dispatched to a thread itself",
	 .prepare = prepare, .check = check);
