// SPDX-License-Identifier: GPL-2.0
/*
 * Credentials. What they are is in every snapshot; here they are made unusual,
 * and used: what they permit works, what they do not is refused.
 */
#include "survivor.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>

static void need_root(void)
{
	if (geteuid())
		skip("needs root");
}

static void prepare_user(void)
{
	gid_t groups[] = { 1000, 24, 25, 3000 };

	need_root();
	must(setgroups(4, groups));
	must(setresgid(1000, 1000, 1000));
	must(setresuid(1000, 1000, 1000));
	/* So that it can see itself again. */
	must(prctl(PR_SET_DUMPABLE, 1));
}

static void check_user(void)
{
	gid_t groups[8];

	expect_equal(getgroups(8, groups), 4);
	expect(setuid(0) && errno == EPERM);
	expect(open("/etc/shadow", O_RDONLY) < 0 && errno == EACCES);
	expect(kill(1, 0) && errno == EPERM);
}

/* Real, effective, saved and file system IDs all differ. */
static void prepare_ids(void)
{
	need_root();
	must(setresgid(2001, 2002, 2003));
	must(setresuid(1001, 0, 1003));
	setfsgid(2004);
	setfsuid(1004);
}

static void check_ids(void)
{
	int fd = open(in_dir("owner"), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct stat st = { 0 };

	must(fd);
	fstat(fd, &st);
	expect_equal(st.st_uid, 1004);
	expect_equal(st.st_gid, 2004);
	close(fd);
	unlink(in_dir("owner"));
	expect_equal(setfsuid(1004), 1004);
}

static void set_capabilities(unsigned int permitted, unsigned int effective,
			     unsigned int inheritable)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2] = {
		{ effective, permitted, inheritable }
	};

	must(syscall(SYS_capset, &header, caps));
}

#define BIT(capability) (1U << (capability))

static void prepare_capabilities(void)
{
	unsigned int all = BIT(CAP_NET_RAW) | BIT(CAP_KILL) | BIT(CAP_CHOWN);

	need_root();
	must(prctl(PR_CAPBSET_DROP, CAP_SYS_TIME));
	must(prctl(PR_SET_KEEPCAPS, 1));
	must(setresuid(1000, 1000, 1000));
	must(prctl(PR_SET_DUMPABLE, 1));
	set_capabilities(all, BIT(CAP_KILL), BIT(CAP_NET_RAW) | BIT(CAP_KILL));
	must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
	must(prctl(PR_SET_KEEPCAPS, 1));
}

static void check_capabilities(void)
{
	expect_equal(kill(1, 0), 0);
	expect_equal(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0), 1);
	expect_equal(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_RAW, 0, 0), 0);
	expect_equal(prctl(PR_CAPBSET_READ, CAP_SYS_TIME), 0);
	expect_equal(prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN), 1);
	expect(open("/etc/shadow", O_RDONLY) < 0 && errno == EACCES);
	/* One that is permitted but not effective can be raised. */
	set_capabilities(BIT(CAP_NET_RAW) | BIT(CAP_KILL) | BIT(CAP_CHOWN),
			 BIT(CAP_KILL), BIT(CAP_NET_RAW) | BIT(CAP_KILL));
}

static void prepare_securebits(void)
{
	need_root();
	must(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_KEEP_CAPS |
					      SECBIT_NO_SETUID_FIXUP_LOCKED));
}

static void check_securebits(void)
{
	/* A locked bit cannot be set. */
	expect(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) && errno == EPERM);
}

/* A thread may have credentials of its own, by the raw call. */
static unsigned long turns;

static void *other_user(void *argument)
{
	must(syscall(SYS_setresuid, 1000, 1000, 1000));
	for (;; turns++) {
		if (syscall(SYS_geteuid) != 1000)
			fail("the thread's user is %ld", syscall(SYS_geteuid));
		nap(0.05);
	}
	return argument;
}

static void prepare_thread(void)
{
	need_root();
	thread(other_user, NULL);
	await(turns, 10);
}

static void check_thread(void)
{
	unsigned long before = turns;

	expect_equal(geteuid(), 0);
	expect(await(turns > before + 1, SLACK));
}

static void prepare_dumpable(void)
{
	must(prctl(PR_SET_DUMPABLE, 0));
}

static void check_dumpable(void)
{
	/* /proc belongs to root then; to a root without privileges it is closed. */
	expect_equal(prctl(PR_GET_DUMPABLE), 0);
}

SURVIVOR(user_1000, .about = "user 1000 with groups, from root",
	 .prepare = prepare_user, .check = check_user);
SURVIVOR(user_ids, .about = "real, effective, saved, file system IDs differ",
	 .prepare = prepare_ids, .check = check_ids);
SURVIVOR(capabilities, .about = "some capabilities, one of them ambient",
	 .prepare = prepare_capabilities, .check = check_capabilities);
SURVIVOR(securebits, .about = "securebits", .prepare = prepare_securebits,
	 .check = check_securebits);
SURVIVOR(thread_user, .about = "a thread of another user than its process",
	 .prepare = prepare_thread, .check = check_thread);
SURVIVOR(not_dumpable, .about = "PR_SET_DUMPABLE 0", .prepare = prepare_dumpable,
	 .check = check_dumpable);
