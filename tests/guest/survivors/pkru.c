// SPDX-License-Identifier: GPL-2.0
/* Protection keys: which are allocated, what they guard, and the PKRU register. */
#include "survivor.h"

static char *memory;
static int key, other;

static void prepare(void)
{
	key = pkey_alloc(0, PKEY_DISABLE_ACCESS);
	if (key < 0)
		skip("no protection keys: %s", strerror(errno));
	other = must(pkey_alloc(0, PKEY_DISABLE_WRITE));
	memory = anonymous(8192);
	memory[0] = 1;
	memory[4096] = 2;
	must(pkey_mprotect(memory, 4096, PROT_READ | PROT_WRITE, key));
	must(pkey_mprotect(memory + 4096, 4096, PROT_READ | PROT_WRITE, other));
}

/*
 * readable() leaves a signal handler by siglongjmp(), so with the PKRU that
 * handlers begin with: what is read of the register has to be read first.
 */
static bool then_restore(bool result)
{
	pkey_set(key, PKEY_DISABLE_ACCESS);
	pkey_set(other, PKEY_DISABLE_WRITE);
	return result;
}

static void check(void)
{
	int third;

	expect_equal(pkey_get(key), PKEY_DISABLE_ACCESS);
	expect_equal(pkey_get(other), PKEY_DISABLE_WRITE);
	expect(!then_restore(readable(memory)));
	expect(then_restore(readable(memory + 4096)));
	expect(!then_restore(writable(memory + 4096)));
	pkey_set(key, 0);
	expect(memory[0] == 1 && memory[4096] == 2);
	expect(writable(memory));
	pkey_set(key, PKEY_DISABLE_ACCESS);
	/* Both are still taken. */
	third = pkey_alloc(0, 0);
	expect(third != key && third != other);
	if (third >= 0)
		pkey_free(third);
}

SURVIVOR(pkru, .about = "protection keys and PKRU", .prepare = prepare,
	 .check = check);
