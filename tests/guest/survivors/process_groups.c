// SPDX-License-Identifier: GPL-2.0
/* A tree of processes in groups and sessions of their own. */
#include "survivor.h"

/* The library compares parent, group and session of each of them. */
static pid_t group_leader, in_group, session_leader, grandchild;
static pid_t *told;

static void lead_group(void)
{
	must(setpgid(0, 0));
}

static void join_group(void)
{
	must(setpgid(0, group_leader));
}

static void check_grandchild(void)
{
	expect_equal(getpid(), told[0]);
}

static void lead_session(void)
{
	must(setsid());
	told[0] = member("c", NULL, check_grandchild);
}

static void prepare(void)
{
	told = shared_page();
	group_leader = member("a", lead_group, NULL);
	in_group = member("b", join_group, NULL);
	session_leader = member("s", lead_session, NULL);
	grandchild = told[0];
}

static void check(void)
{
	expect_equal(getpgid(in_group), group_leader);
	expect_equal(getpgid(group_leader), group_leader);
	expect_equal(getsid(in_group), getsid(0));
	expect_equal(getsid(grandchild), session_leader);
	expect_equal(getpgid(grandchild), session_leader);
	/* The group takes a signal as a group, and can be joined by others. */
	expect(!kill(-group_leader, SIGURG));
	expect(kill(-grandchild, 0) < 0 && errno == ESRCH);
}

static void finish(void)
{
	kill(-session_leader, SIGKILL);
}

SURVIVOR(process_groups, .about = "process groups and sessions",
	 .prepare = prepare, .check = check, .finish = finish);
