// SPDX-License-Identifier: GPL-2.0
/*
 * quiet NAME LOG [LOUD]: once a program has a pact and a persistent region,
 * changing the one and committing the other are no system calls: from then on
 * each, but for write() and exit_group(), kills it. With LOUD it makes one, to
 * show that it would be seen.
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <otherworld/ow.h>

#include "say.h"

#define ROUNDS 1000

static int procedure(const struct ow_crash *crash, void *data)
{
	(void)crash;
	(void)data;
	return OW_CONTINUE;
}

static int other_procedure(const struct ow_crash *crash, void *data)
{
	(void)crash;
	(void)data;
	return OW_RESTART;
}

static int allow_only_writing(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(*filter),
		.filter = filter,
	};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int change_everything(struct ow_region *region, int round)
{
	static char guarded[128];
	uint64_t *words = ow_region_data(region);

	words[round % 128] = (uint64_t)round;
	guarded[0] = (char)round;
	return ow_register_crash_procedure(round % 2 ? procedure : other_procedure,
					   NULL, 0, 1000) ||
	       ow_join_group(round % 2 ? "quiet" : "quiet/er") ||
	       ow_wish(OW_ACTION_HOT_RESTART) || ow_leave_group() ||
	       ow_guard(guarded, sizeof(guarded), "guarded") ||
	       ow_guard_open(guarded) || ow_guard_close(guarded) ||
	       ow_unguard(guarded) || ow_region_commit(region);
}

int main(int count, char **arguments)
{
	struct ow_region *region;
	int log, failed;

	if (count != 3 && count != 4)
		return 2;
	log = open(arguments[2], O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (ow_region_open(arguments[1], 1024, 0, &region) ||
	    change_everything(region, 0) || allow_only_writing())
		return 1;
	if (count == 4)
		syscall(SYS_getppid);
	failed = 0;
	for (int round = 1; round <= ROUNDS; round++)
		failed += change_everything(region, round) != 0;
	/* As say() does, but for opening the log. */
	ow_safe_print(log, arguments[1]);
	ow_safe_print(log, " failures ");
	ow_safe_print_number(log, (uint64_t)failed);
	ow_safe_print(log, "\n");
	_exit(0);
}
