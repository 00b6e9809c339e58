// SPDX-License-Identifier: GPL-2.0
/* Children that have ended and were not waited for yet, by exit and by signal. */
#include "survivor.h"

static pid_t exited, killed;

static void prepare(void)
{
	exited = must(fork());
	if (!exited)
		_exit(generation() % 100 + 7);
	killed = must(fork());
	if (!killed) {
		raise(SIGKILL);
		_exit(1);
	}
	/* Without collecting them. */
	must(waitid(P_PID, exited, &(siginfo_t){ 0 }, WEXITED | WNOWAIT));
	must(waitid(P_PID, killed, &(siginfo_t){ 0 }, WEXITED | WNOWAIT));
}

static int was;

static void check(void)
{
	siginfo_t info = { 0 };
	int status = 0;

	expect(!waitid(P_PID, killed, &info, WEXITED | WNOWAIT | WNOHANG));
	expect_equal(info.si_pid, killed);
	expect_equal(info.si_code, CLD_KILLED);
	expect_equal(info.si_status, SIGKILL);
	expect_equal(waitpid(exited, &status, WNOHANG), exited);
	expect(WIFEXITED(status));
	expect_equal(WEXITSTATUS(status), was % 100 + 7);
	expect_equal(waitpid(killed, &status, WNOHANG), killed);
	expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	expect(waitpid(-1, &status, WNOHANG) < 0 && errno == ECHILD);
	was = generation();
	prepare();
}

static void prepare_first(void)
{
	was = generation();
	prepare();
}

SURVIVOR(zombies, .about = "zombies, their status collected afterwards",
	 .prepare = prepare_first, .check = check);
