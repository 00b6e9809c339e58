// SPDX-License-Identifier: GPL-2.0
/*
 * What no kernel makes anew: a control group, keys, the bond to a debugger.
 * Whoever had one is told so, once.
 */
#include "survivor.h"
#include <sys/mount.h>
#include <sys/ptrace.h>

#include <otherworld/ow.h>

#define GET_KEYRING_ID	     0
#define JOIN_SESSION_KEYRING 1
#define THREAD_KEYRING	     -1

static const char *tie;
static char tie_name[64];
static int told;

static int note_tie(const struct ow_loss *loss, void *data)
{
	(void)data;
	told += !strcmp(loss->resource, tie) && loss->grade == OW_DEGRADED;
	return 0;
}

static void check(void)
{
	enum ow_grade worst;

	if (is_fake())
		return;
	told = 0;
	expect(!ow_own_verdict(&worst, note_tie, NULL));
	/* It has none any more in the second takeover. */
	expect_equal(told, generation() == 1);
}

static void prepare_keyring(void)
{
	tie = "keyrings";
	if (syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL) < 0)
		skip("%s", strerror(errno));
}

/* Its process has none. */
static volatile int has_keyring;

static void *keep_keyring(void *argument)
{
	snprintf(tie_name, sizeof(tie_name), "thread %d: keyrings", gettid());
	tie = tie_name;
	has_keyring = syscall(SYS_keyctl, GET_KEYRING_ID, THREAD_KEYRING, 1) < 0 ?
			      -1 : 1;
	for (;;)
		nap(1);
	return argument;
}

static void prepare_thread_keyring(void)
{
	thread(keep_keyring, NULL);
	await(has_keyring, 10);
	if (has_keyring < 0)
		skip("no keyrings");
}

/* A child tells it, for /proc shows that this one would not be traced again. */
static volatile int *traced;

static void be_traced(void)
{
	for (;; nap(0.05)) {
		told = 0;
		if (!ow_own_verdict(NULL, note_tie, NULL))
			*traced = told ? 1 : -1;
	}
}

static void prepare_traced(void)
{
	pid_t child;

	tie = "tracer";
	traced = shared_page();
	child = must(fork());
	if (!child)
		be_traced();
	must(ptrace(PTRACE_SEIZE, child, NULL, NULL));
}

static void check_traced(void)
{
	if (is_fake() || generation() > 1)
		return;
	expect(await(*traced, PATIENCE));
	expect_equal(*traced, 1);
}

static void prepare_group(void)
{
	char path[512];
	const char *root = in_dir("groups");
	int fd;

	tie = "control group";
	if (is_fake())
		skip("the group would be of the machine that tests");
	must(mkdir(root, 0700));
	if (mount("none", root, "cgroup2", 0, NULL))
		skip("%s", strerror(errno));
	snprintf(path, sizeof(path), "%s/survivor", root);
	must(mkdir(path, 0700));
	strcat(path, "/cgroup.procs");
	fd = must(open(path, O_WRONLY));
	must(write(fd, "0", 1));
	must(close(fd));
	must(umount(root));
}

SURVIVOR(keyring, .about = "a keyring is lost, with a verdict",
	 .prepare = prepare_keyring, .check = check);
SURVIVOR(keyring_thread, .about = "a keyring of one thread alone, likewise",
	 .prepare = prepare_thread_keyring, .check = check);
SURVIVOR(traced, .about = "a tracer is lost, with a verdict",
	 .prepare = prepare_traced, .check = check_traced);
SURVIVOR(control_group, .about = "a control group is lost, with a verdict",
	 .prepare = prepare_group, .check = check);
