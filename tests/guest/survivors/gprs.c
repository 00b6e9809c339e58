// SPDX-License-Identifier: GPL-2.0
/* Every integer register while the thread runs in user mode; and the flags. */
#include "survivor.h"

/*
 * Fourteen registers hold values made from one another, while the fifteenth
 * counts. After each stretch of some million turns all are checked in assembly,
 * for a compiler would move them.
 */
static volatile unsigned long stretches, wrong;

static unsigned long spin(unsigned long turns)
{
	unsigned long bad;

	asm volatile("push %%rbp\n\t"
		     "push %[turns]\n\t"
		     "mov $0x1111111111111111, %%rbx\n\t"
		     "lea 1(%%rbx), %%rdx\n\t"
		     "lea 2(%%rbx), %%rsi\n\t"
		     "lea 3(%%rbx), %%rdi\n\t"
		     "lea 4(%%rbx), %%rbp\n\t"
		     "lea 5(%%rbx), %%r8\n\t"
		     "lea 6(%%rbx), %%r9\n\t"
		     "lea 7(%%rbx), %%r10\n\t"
		     "lea 8(%%rbx), %%r11\n\t"
		     "lea 9(%%rbx), %%r12\n\t"
		     "lea 10(%%rbx), %%r13\n\t"
		     "lea 11(%%rbx), %%r14\n\t"
		     "lea 12(%%rbx), %%r15\n\t"
		     "pop %%rcx\n\t"
		     "xor %%eax, %%eax\n\t"
		     /* Carry and direction: dec leaves both alone. */
		     "stc\n\t"
		     "std\n\t"
		     "1: dec %%rcx\n\t"
		     "jnc 2f\n\t"
		     "jnz 1b\n\t"
		     "jmp 3f\n\t"
		     "2: or $0x10000, %%eax\n\t"
		     "3:\n\t"
		     "pushfq\n\t"
		     "cld\n\t"
		     "testl $0x400, (%%rsp)\n\t"
		     "jnz 4f\n\t"
		     "or $0x20000, %%eax\n\t"
		     "4: popfq\n\t"
		     "cld\n\t"
		     "lea -12(%%r15), %%r15\n\t"
		     "lea -11(%%r14), %%r14\n\t"
		     "lea -10(%%r13), %%r13\n\t"
		     "lea -9(%%r12), %%r12\n\t"
		     "lea -8(%%r11), %%r11\n\t"
		     "lea -7(%%r10), %%r10\n\t"
		     "lea -6(%%r9), %%r9\n\t"
		     "lea -5(%%r8), %%r8\n\t"
		     "lea -4(%%rbp), %%rbp\n\t"
		     "lea -3(%%rdi), %%rdi\n\t"
		     "lea -2(%%rsi), %%rsi\n\t"
		     "lea -1(%%rdx), %%rdx\n\t"
		     /* A bit for each that is not what rbx is. */
		     ".irp reg, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15\n\t"
		     "cmp %%rbx, %%\\reg\n\t"
		     "setne %%cl\n\t"
		     "shl $1, %%eax\n\t"
		     "or %%cl, %%al\n\t"
		     ".endr\n\t"
		     "mov $0x1111111111111111, %%rcx\n\t"
		     "cmp %%rcx, %%rbx\n\t"
		     "je 5f\n\t"
		     "or $0x40000000, %%eax\n\t"
		     "5: pop %%rbp\n\t"
		     : "=&a"(bad)
		     : [turns] "r"(turns)
		     : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
		       "r12", "r13", "r14", "r15", "memory", "cc");
	return bad;
}

static void *spinner(void *argument)
{
	unsigned long bad;

	(void)argument;
	for (;;) {
		bad = spin(4000000);
		if (bad)
			wrong = bad;
		stretches++;
	}
	return NULL;
}

static void prepare(void)
{
	/* One for each CPU of a small machine. */
	spinning_thread(spinner, NULL);
	spinning_thread(spinner, NULL);
	await(stretches, 10);
}

static void check(void)
{
	unsigned long before = stretches;

	/* The stretches that the kernel died in have to end first. */
	if (!await_with_cpu(stretches >= before + 4, 20))
		fail("it does not spin any more");
	if (wrong)
		fail("registers were wrong: %#lx", wrong);
	wrong = 0;
}

SURVIVOR(gprs, .about = "all integer registers and flags of spinning threads",
	 .prepare = prepare, .check = check);
