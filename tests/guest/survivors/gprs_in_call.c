// SPDX-License-Identifier: GPL-2.0
/* A system call in flight gives back every register that it does not return in. */
#include "survivor.h"

static const struct timespec tenth = { .tv_nsec = 100000000 };

/* clock_nanosleep() with values in all registers; only rax, rcx, r11 may change. */
static void round_(void)
{
	unsigned long bad;

	asm volatile("push %%rbp\n\t"
		     "mov $0x2222222222222222, %%rbx\n\t"
		     "mov %%rbx, %%rbp\n\t"
		     "mov %%rbx, %%r8\n\t"
		     "mov %%rbx, %%r9\n\t"
		     "mov %%rbx, %%r12\n\t"
		     "mov %%rbx, %%r13\n\t"
		     "mov %%rbx, %%r14\n\t"
		     "mov %%rbx, %%r15\n\t"
		     "push %%rdx\n\t"
		     "xor %%r10d, %%r10d\n\t"
		     "stc\n\t"
		     "syscall\n\t"
		     "setnc %%cl\n\t"
		     "pop %%r11\n\t"
		     /* The result is 0; a bit for each register that changed. */
		     "cmp %%r11, %%rdx\n\t"
		     "setne %%dl\n\t"
		     "or %%dl, %%cl\n\t"
		     "movzbl %%cl, %%ecx\n\t"
		     "shl $8, %%ecx\n\t"
		     "or %%rcx, %%rax\n\t"
		     "shl $16, %%rax\n\t"
		     "lea -1(%%rdi), %%rdi\n\t"
		     "or %%rdi, %%rax\n\t"
		     "or %%rsi, %%rax\n\t"
		     "or %%r10, %%rax\n\t"
		     ".irp reg, rbp, r8, r9, r12, r13, r14, r15\n\t"
		     "cmp %%rbx, %%\\reg\n\t"
		     "setne %%cl\n\t"
		     "movzbl %%cl, %%ecx\n\t"
		     "or %%rcx, %%rax\n\t"
		     ".endr\n\t"
		     "mov $0x2222222222222222, %%rcx\n\t"
		     "sub %%rcx, %%rbx\n\t"
		     "or %%rbx, %%rax\n\t"
		     "pop %%rbp\n\t"
		     : "=&a"(bad)
		     : "0"((long)SYS_clock_nanosleep), "D"(1L), "S"(0L), "d"(&tenth)
		     : "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
		       "r15", "memory", "cc");
	if (bad)
		fail("the call changed what it may not: %#lx", bad);
}

static struct caller caller = { .round = round_ };

static void prepare(void)
{
	caller_start(&caller);
}

static void check(void)
{
	caller_goes_on(&caller, 2, SLACK);
}

SURVIVOR(gprs_in_call, .about = "integer registers across a call in flight",
	 .prepare = prepare, .check = check);
