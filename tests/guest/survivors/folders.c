// SPDX-License-Identifier: GPL-2.0
/* Where a process is: working directory, root, and descriptors of places. */
#include "survivor.h"

static int place;

static void prepare_cwd(void)
{
	must(mkdir(on_disk("dir"), 0700));
	must(chdir(on_disk("dir")));
	place = must(open(".", O_PATH));
	close(must(open("here", O_WRONLY | O_CREAT, 0600)));
	sync();
}

static void check_cwd(void)
{
	char cwd[512];
	int fd;

	expect(getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, on_disk("dir")));
	expect(!access("here", F_OK));
	expect(!faccessat(place, "here", F_OK, 0));
	expect(read(place, cwd, 1) < 0 && errno == EBADF);
	fd = open("later", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	expect(fd >= 0);
	close(fd);
	expect(!unlink("later"));
}

static void finish_cwd(void)
{
	unlink("here");
	rmdir(on_disk("dir"));
}

/* The root of a child: its results are written from outside. */
static unsigned int *told;
static pid_t child;

static void prepare_root(void)
{
	if (geteuid())
		skip("needs root");
	told = shared_page();
	must(mkdir(on_disk("root"), 0755));
	must(mkdir(on_disk("root/in"), 0755));
	child = must(fork());
	if (!child) {
		char cwd[64];

		if (chroot(on_disk("root")) || chdir("/in"))
			_exit(1);
		for (;; nap(0.02)) {
			bool right = getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, "/in") &&
				     !access("/in", F_OK) && access("/proc", F_OK);

			__atomic_fetch_add(told + right, 1, __ATOMIC_SEQ_CST);
		}
	}
	await(__atomic_load_n(told + 1, __ATOMIC_SEQ_CST), 10);
}

static void check_root(void)
{
	char path[64], target[256] = "";
	unsigned int before = __atomic_load_n(told + 1, __ATOMIC_SEQ_CST);

	expect(await(__atomic_load_n(told + 1, __ATOMIC_SEQ_CST) > before + 1, SLACK));
	expect_equal(told[0], 0);
	snprintf(path, sizeof(path), "/proc/%d/root", child);
	must(readlink(path, target, sizeof(target) - 1));
	expect(!strcmp(target, on_disk("root")));
}

static void finish_root(void)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	rmdir(on_disk("root/in"));
	rmdir(on_disk("root"));
}

static void prepare_deleted(void)
{
	must(mkdir(on_disk("gone"), 0700));
	must(chdir(on_disk("gone")));
	must(rmdir(on_disk("gone")));
}

static void check_deleted(void)
{
	char cwd[512];

	expect(!getcwd(cwd, sizeof(cwd)) && errno == ENOENT);
	expect(open("later", O_WRONLY | O_CREAT, 0600) < 0 && errno == ENOENT);
}

SURVIVOR(working_directory, .about = "working directory, O_PATH descriptor",
	 .prepare = prepare_cwd, .check = check_cwd, .finish = finish_cwd);
SURVIVOR(changed_root, .about = "a process with a root of its own (chroot)",
	 .prepare = prepare_root, .check = check_root, .finish = finish_root);
SURVIVOR(deleted_cwd, .about = "a working directory that was deleted",
	 .prepare = prepare_deleted, .check = check_deleted, .flags = LATER);
