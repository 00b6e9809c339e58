// SPDX-License-Identifier: GPL-2.0
/*
 * Namespaces of a process's own, which it has in common with its child: their
 * contents are lost, but nobody is back in the machine's.
 */
#include "survivor.h"
#include <sched.h>

#define HOST "another-host"

/* This kernel may not have all of them. */
static const struct {
	const char *name;
	int flag;
} kinds[] = {
	{ "mnt", CLONE_NEWNS },
	{ "uts", CLONE_NEWUTS },
	{ "net", CLONE_NEWNET },
	{ "ipc", CLONE_NEWIPC },
	{ "cgroup", CLONE_NEWCGROUP },
};

static bool has(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	return !access(path, F_OK);
}

static ino_t namespace_of(pid_t pid, const char *name)
{
	struct stat stat = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	return must(fstatat(AT_FDCWD, path, &stat, 0)), stat.st_ino;
}

static void compare_with_parent(bool same)
{
	char name[64];
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (has(kinds[i].name) &&
		    (namespace_of(getpid(), kinds[i].name) ==
		     namespace_of(getppid(), kinds[i].name)) != same)
			fail("%s namespace: %s its parent's", kinds[i].name,
			     same ? "not" : "now");
	if (!has("uts"))
		return;
	must(gethostname(name, sizeof(name)));
	if (strcmp(name, HOST))
		fail("the host's name is %s", name);
}

static void check_inner(void)
{
	compare_with_parent(true);
}

static void check_outer(void)
{
	compare_with_parent(false);
}

static void prepare_outer(void)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (has(kinds[i].name))
			must(unshare(kinds[i].flag));
	if (has("uts"))
		must(sethostname(HOST, strlen(HOST)));
	member("b", NULL, check_inner);
}

/* In a container, root may not. */
static bool allowed(void)
{
	pid_t pid = must(fork());
	int status;
	size_t i;

	if (!pid) {
		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (has(kinds[i].name) && unshare(kinds[i].flag))
				_exit(1);
		_exit(0);
	}
	must(waitpid(pid, &status, 0));
	return !status;
}

static void prepare(void)
{
	if (!allowed())
		skip("no namespaces are to be had");
	member("a", prepare_outer, check_outer);
}

SURVIVOR(namespaces, .about = "namespaces of its own, and its child's",
	 .prepare = prepare);
