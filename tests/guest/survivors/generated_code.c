// SPDX-License-Identifier: GPL-2.0
/* Code that was generated into memory runs. */
#include "survivor.h"

static unsigned char *code;

static void prepare(void)
{
	/* lea 42(%rdi), %eax; ret */
	static const unsigned char add[] = { 0x8d, 0x47, 42, 0xc3 };

	code = anonymous(8192);
	memcpy(code, add, sizeof(add));
	memcpy(code + 4096, add, sizeof(add));
	must(mprotect(code, 4096, PROT_READ | PROT_EXEC));
	must(mprotect(code + 4096, 4096, PROT_READ | PROT_WRITE | PROT_EXEC));
}

static void check(void)
{
	int (*fixed)(int) = (int (*)(int))(void *)code;
	int (*open)(int) = (int (*)(int))(void *)(code + 4096);

	expect_equal(fixed(generation()), generation() + 42);
	code[4096 + 2] = 43;
	expect_equal(open(generation()), generation() + 43);
	expect(!writable(code));
}

SURVIVOR(generated_code, .about = "generated code in executable memory",
	 .prepare = prepare, .check = check);
