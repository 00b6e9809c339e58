// SPDX-License-Identifier: GPL-2.0
/* What madvise() said of a mapping is still so, for fork() too. */
#include "survivor.h"

#define SIZE (64 * KIB)

static const struct {
	const char *name;
	int advice;
} kinds[] = {
	{ "DONTFORK", MADV_DONTFORK },	   { "WIPEONFORK", MADV_WIPEONFORK },
	{ "HUGEPAGE", MADV_HUGEPAGE },	   { "NOHUGEPAGE", MADV_NOHUGEPAGE },
	{ "MERGEABLE", MADV_MERGEABLE },   { "DONTDUMP", MADV_DONTDUMP },
	{ "RANDOM", MADV_RANDOM },	   { "SEQUENTIAL", MADV_SEQUENTIAL },
};
#define KINDS ((int)(sizeof(kinds) / sizeof(*kinds)))
static char *memory[KINDS];

static void prepare(void)
{
	for (int i = 0; i < KINDS; i++) {
		memory[i] = anonymous(SIZE);
		fill(memory[i], SIZE, i);
		/* A kernel may be built without some of them. */
		if (madvise(memory[i], SIZE, kinds[i].advice) && errno != EINVAL)
			must(-1);
	}
}

static int in_child(void)
{
	int wrong = 0;

	for (int i = 0; i < KINDS; i++) {
		if (kinds[i].advice == MADV_DONTFORK)
			wrong |= readable(memory[i]) << i;
		else if (kinds[i].advice == MADV_WIPEONFORK)
			wrong |= !!*(long *)memory[i] << i;
		else
			wrong |= !*(long *)memory[i] << i;
	}
	return wrong;
}

/* The flags themselves are compared with all other maps. */
static void check(void)
{
	int status = 0;
	pid_t pid;

	for (int i = 0; i < KINDS; i++)
		check_filled(kinds[i].name, memory[i], SIZE, i);
	pid = must(fork());
	if (!pid)
		_exit(in_child());
	waitpid(pid, &status, 0);
	expect_equal(status, 0);
}

SURVIVOR(madvise_flags, .about = "DONTFORK, WIPEONFORK, HUGEPAGE, ...",
	 .prepare = prepare, .check = check);
