// SPDX-License-Identifier: GPL-2.0
/* A child that is stopped stays stopped, until SIGCONT. */
#include "survivor.h"

static pid_t child;
static unsigned int *turns;

static void stop(void)
{
	int status = 0;

	kill(child, SIGSTOP);
	must(waitpid(child, &status, WUNTRACED));
	expect(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
}

static void prepare(void)
{
	turns = shared_page();
	child = must(fork());
	while (!child) {
		__atomic_fetch_add(turns, 1, __ATOMIC_SEQ_CST);
		nap(0.01);
	}
	await(__atomic_load_n(turns, __ATOMIC_SEQ_CST), 10);
	stop();
}

static void check(void)
{
	unsigned int before = __atomic_load_n(turns, __ATOMIC_SEQ_CST);
	char path[64], stat[512], *state;
	siginfo_t info = { 0 };

	nap(0.2);
	expect_equal(__atomic_load_n(turns, __ATOMIC_SEQ_CST), before);
	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	expect(read_file(path, stat, sizeof(stat)) > 0);
	state = strrchr(stat, ')');
	expect(state && state[2] == 'T');
	/* It was reported once, and is not again. */
	expect(!waitid(P_PID, child, &info, WSTOPPED | WNOHANG) && !info.si_pid);
	kill(child, SIGCONT);
	expect(await(!waitid(P_PID, child, &info, WCONTINUED | WNOHANG) &&
		     info.si_pid == child, SLACK));
	expect(await(__atomic_load_n(turns, __ATOMIC_SEQ_CST) > before, SLACK));
	stop();
}

static void finish(void)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

SURVIVOR(stopped_child, .about = "a stopped child stays stopped, and continues",
	 .prepare = prepare, .check = check, .finish = finish);
