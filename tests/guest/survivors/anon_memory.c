// SPDX-License-Identifier: GPL-2.0
/* 16 MiB of anonymous memory hold every byte that was written. */
#include "survivor.h"

#define SIZE (16 * MIB)

static void *memory;

static void prepare(void)
{
	memory = anonymous(SIZE);
	fill(memory, SIZE, getpid());
}

static void check(void)
{
	check_filled("memory", memory, SIZE, getpid());
}

SURVIVOR(anon_memory, .about = "16 MiB of anonymous memory, every byte",
	 .prepare = prepare, .check = check);
