// SPDX-License-Identifier: GPL-2.0
/* An entry of the local descriptor table, and a segment register that uses it. */
#include "survivor.h"
#include <asm/ldt.h>

static unsigned int *low;

static int install(void)
{
	struct user_desc desc = { .entry_number = 3,
				  .base_addr = (unsigned long)low,
				  .limit = 4095,
				  .seg_32bit = 1,
				  .useable = 1 };

	return syscall(SYS_modify_ldt, 0x11, &desc, sizeof(desc));
}

/* In 64-bit mode only FS and GS have a base that counts. */
static unsigned int through_gs(void)
{
	unsigned int value;

	asm volatile("mov %%gs:4, %0" : "=r"(value));
	return value;
}

static void prepare(void)
{
	unsigned short selector = 3 << 3 | 7;

	low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	must((long)low);
	low[1] = 0xdeb;
	if (install())
		skip("modify_ldt: %s", strerror(errno));
	asm volatile("mov %0, %%gs" : : "r"(selector));
}

static void check(void)
{
	unsigned long long table[8] = { 0 };
	unsigned short selector;

	expect(syscall(SYS_modify_ldt, 0, table, sizeof(table)) >= 32);
	expect(table[3]);
	asm volatile("mov %%gs, %0" : "=r"(selector));
	expect_equal(selector, 3 << 3 | 7);
	if (table[3] && selector == (3 << 3 | 7))
		expect_equal(through_gs(), 0xdeb);
}

SURVIVOR(ldt, .about = "LDT entry and a selector that uses it",
	 .prepare = prepare, .check = check);
