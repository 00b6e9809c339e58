// SPDX-License-Identifier: GPL-2.0
/* Settings of a process that every snapshot shows; set here, and used. */
#include "survivor.h"

#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void write_text(const char *path, const char *text)
{
	int fd = must(open(path, O_WRONLY | O_CLOEXEC));

	must(write(fd, text, strlen(text)));
	close(fd);
}

static void prepare_limits(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;

		must(getrlimit(i, &limit));
		/* A different one each, none too small to live with. */
		if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > 1UL << 40)
			limit.rlim_max = (1UL << 40) - 4096 * i;
		if (limit.rlim_cur > limit.rlim_max)
			limit.rlim_cur = limit.rlim_max - 4096;
		setrlimit(i, &limit);
	}
	must(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 20, 40 }));
	must(setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 4096 }));
}

static void check_limits(void)
{
	int fds[24], n = 0;

	while (n < 24 && (fds[n] = open("/dev/null", O_RDONLY)) >= 0)
		n++;
	expect(n < 20 && errno == EMFILE);
	while (n--)
		close(fds[n]);
}

static void prepare_oom(void)
{
	write_text("/proc/self/oom_score_adj", "321");
}

static void prepare_personality(void)
{
	must(personality(ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC | STICKY_TIMEOUTS));
}

/* READ_IMPLIES_EXEC counts for mmap(). */
static void check_personality(void)
{
	unsigned char *code = anonymous(4096);
	int status = -1;
	pid_t pid;

	code[0] = 0xc3;
	pid = must(fork());
	if (!pid) {
		((void (*)(void))(void *)code)();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	expect_equal(status, 0);
	munmap(code, 4096);
}

static void prepare_umask(void)
{
	umask(0135);
}

static void check_umask(void)
{
	struct stat st = { 0 };
	int fd = must(open(in_dir("mode"), O_WRONLY | O_CREAT | O_CLOEXEC, 0777));

	fstat(fd, &st);
	close(fd);
	unlink(in_dir("mode"));
	expect_equal(st.st_mode & 0777, 0642);
}

static void prepare_flags(void)
{
	must(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
	must(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0));
	write_text("/proc/self/coredump_filter", "0x5a");
	/* Refused where it makes no difference. */
	prctl(PR_SET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, PR_SPEC_DISABLE, 0, 0);
}

/* A command line and an environment that the program itself wrote over. */
extern char **environ;

static void prepare_title(void)
{
	char *variable = *environ;

	if (variable)
		memset(variable, 'x', strcspn(variable, "=") - 1);
	must(setenv("SURVIVOR_LATER", "set after the start", 1));
	must(prctl(PR_SET_NAME, "new title"));
}

static void check_title(void)
{
	expect(getenv("SURVIVOR_LATER") &&
	       !strcmp(getenv("SURVIVOR_LATER"), "set after the start"));
}

SURVIVOR(rlimits, .about = "all resource limits", .prepare = prepare_limits,
	 .check = check_limits);
SURVIVOR(oom_score, .about = "oom_score_adj", .prepare = prepare_oom);
SURVIVOR(personality, .about = "personality, and READ_IMPLIES_EXEC works",
	 .prepare = prepare_personality, .check = check_personality);
SURVIVOR(umask, .about = "umask", .prepare = prepare_umask, .check = check_umask);
SURVIVOR(process_flags, .about = "THP off, machine check policy, core filter",
	 .prepare = prepare_flags);
SURVIVOR(environment, .about = "command line and environment written over",
	 .prepare = prepare_title, .check = check_title);
