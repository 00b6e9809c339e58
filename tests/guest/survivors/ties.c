// SPDX-License-Identifier: GPL-2.0
/*
 * What no kernel makes anew: a control group, keys. Whoever had one is told so,
 * once.
 */
#include "survivor.h"
#include <sys/mount.h>

#include <otherworld/ow.h>

#define JOIN_SESSION_KEYRING 1

static const char *tie;
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
SURVIVOR(control_group, .about = "a control group is lost, with a verdict",
	 .prepare = prepare_group, .check = check);
